#include "obkit/book/full_book.hpp"

#include <array>
#include <cassert>
#include <cstdint>
#include <utility>

#include "renewal.hpp"

namespace obkit::book {
namespace {

/// More rows than that in one message are cheaper sorted in together than one by one.
constexpr std::size_t bulk = 64;

/// Whether a side has so many prices.
bool has_prices(const Ladder& ladder, std::size_t count) {
  const auto& levels = ladder.levels();
  if (levels.size() < count) return false;
  std::size_t prices = 0;
  for (auto level = levels.rbegin(); level != levels.rend() && prices < count; ++level)
    if (level == levels.rbegin() || level->key != (level - 1)->key) ++prices;
  return prices == count;
}

/// The best prices of a side, each with the sum of its levels.
void take_best(const Ladder& ladder, std::size_t count, std::vector<PriceLevel>& best) {
  best.clear();
  const auto& levels = ladder.levels();
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    const Price price = ladder.price_of(*level);
    if (!best.empty() && best.back().price == price) {
      best.back().size += level->size;
      continue;
    }
    if (best.size() == count) return;
    best.push_back({price, level->size});
  }
}

}  // namespace

std::string_view describe(Outcome outcome) {
  switch (outcome) {
    case Outcome::applied:
      return "applied";
    case Outcome::dropped:
      return "change without an image";
    case Outcome::unknown_id:
      return "change of an unknown level";
    case Outcome::contradiction:
      return "known level with another side or price";
    case Outcome::incomplete:
      return "level without price or size";
    case Outcome::wrong_checksum:
      return "checksum of another book";
    case Outcome::told_lost:
      return "lost by the exchange's own word";
  }
  return "";
}

void FullBook::drop() {
  has_image_ = false;
  levels_.clear();
  for (Half& half : halves_) {
    half.ladder.clear();
    half.move_all();
  }
}

Applied FullBook::apply(const BookUpdate& update) {
  if (update.kind == BookUpdate::Kind::image) {
    drop();
    has_image_ = true;
  }
  if (!has_image_) return {Outcome::dropped, 0};
  const Applied applied = apply_levels(update);
  if (applied.outcome != Outcome::applied) drop();
  return applied;
}

Applied FullBook::apply_levels(const BookUpdate& update) {
  if (!update.lost.empty()) return {Outcome::told_lost, 0};
  is_bulk_ = update.kind == BookUpdate::Kind::image || update.levels.size() > bulk;
  for (const LevelChange& row : update.levels) {
    if (const Outcome outcome = change(row); outcome != Outcome::applied) return {outcome, row.id};
  }
  if (std::exchange(is_bulk_, false)) make_ladders();
  if (update.kept_levels > 0)
    for (Half& half : halves_) cut(half, update.kept_levels);
  if (update.checksum_rule != nullptr && !has_checksum_of(update))
    return {Outcome::wrong_checksum, update.checksum};
  return {};
}

bool FullBook::has_checksum_of(const BookUpdate& update) {
  for (std::size_t i = 0; i < halves_.size(); ++i)
    take_best(halves_[i].ladder, update.checksum_rule->levels(), best_[i]);
  return update.checksum_rule->checksum(best_[0], best_[1]) == update.checksum;
}

void FullBook::make_ladders() {
  for (Half& half : halves_) half.ladder.clear();
  levels_.for_each([&](const LevelTable::Level& level) {
    half_of(level.side).ladder.add(level.price, level.id, level.size);
  });
  for (Half& half : halves_) {
    half.ladder.sort();
    half.move_all();
  }
}

void FullBook::cut(Half& half, std::size_t kept) {
  const auto& levels = half.ladder.levels();
  while (levels.size() > kept) remove(*levels_.find(half.ladder.id_of(levels.front())));
}

Outcome FullBook::change(const LevelChange& row) {
  if (row.action == LevelChange::Action::set) return set(row);
  LevelTable::Level* const level = levels_.find(row.id);
  const bool inserts = row.action == LevelChange::Action::insert;
  if (level == nullptr) return inserts ? insert(row) : Outcome::unknown_id;
  if (level->side != row.side || (row.price && *row.price != level->price))
    return Outcome::contradiction;
  if (row.action == LevelChange::Action::remove) {
    remove(*level);
    return Outcome::applied;
  }
  if (!row.size || (inserts && !row.price)) return Outcome::incomplete;
  resize(*level, *row.size);
  return Outcome::applied;
}

Outcome FullBook::insert(const LevelChange& row) {
  if (!row.price || !row.size) return Outcome::incomplete;
  LevelTable::Level level{.id = row.id, .price = *row.price, .size = *row.size, .side = row.side};
  if (!is_bulk_) {
    Half& half = half_of(row.side);
    const std::size_t place = half.ladder.insert(level.price, level.id, level.size);
    level.place = static_cast<std::uint32_t>(place);
    half.move_from(half.ladder.rank_of(place));
  }
  levels_.put(level);
  return Outcome::applied;
}

void FullBook::resize(LevelTable::Level& level, double size) {
  level.size = size;
  if (is_bulk_) return;
  Ladder& ladder = half_of(level.side).ladder;
  const std::size_t place = ladder.find(level.price, level.id, level.place);
  level.place = static_cast<std::uint32_t>(place);
  ladder.set(place, size);
  note_resized(level.side, ladder.rank_of(place));
}

void FullBook::note_resized(Side side, std::size_t rank) {
  if (resized_count_ == resized_.size()) return half_of(side).move_from(rank);
  resized_[resized_count_++] = {.side = side, .rank = rank};
}

void FullBook::remove(const LevelTable::Level& level) {
  if (!is_bulk_) {
    Half& half = half_of(level.side);
    const std::size_t place = half.ladder.find(level.price, level.id, level.place);
    half.move_from(half.ladder.rank_of(place));
    half.ladder.erase(place);
  }
  levels_.erase(&level);
}

Outcome FullBook::set(const LevelChange& row) {
  if (!row.size) return Outcome::incomplete;
  LevelChange plain = row;
  plain.action = *row.size > 0 ? LevelChange::Action::insert : LevelChange::Action::remove;
  const bool nothing_to_remove = *row.size <= 0 && levels_.find(row.id) == nullptr;
  return nothing_to_remove ? Outcome::applied : change(plain);
}

bool FullBook::is_crossed() const {
  const Ladder &bids = half_of(Side::bid).ladder, &asks = half_of(Side::ask).ladder;
  return !bids.empty() && !asks.empty() &&
         bids.price_of(bids.levels().back()) >= asks.price_of(asks.levels().back());
}

bool FullBook::top(std::size_t depth, OrderBook& book) const {
  assert(depth >= 2 && depth % 2 == 0);
  for (const Half& half : halves_)
    if (!has_prices(half.ladder, depth / 2)) return false;
  book.prices.resize(depth);
  book.volumes.resize(depth);
  for (const Side side : {Side::bid, Side::ask}) Renewal{half_of(side), side, book}.renew_from(0);
  return true;
}

Look FullBook::look(std::size_t depth, OrderBook& book) {
  assert(depth >= 2 && depth % 2 == 0);
  for (const Half& half : halves_)
    if (half.first_moved != Half::none && !has_prices(half.ladder, depth / 2)) return Look::thin;
  const bool is_first = book.depth() != depth || book.volumes.size() != depth;
  book.prices.resize(depth);
  book.volumes.resize(depth);
  std::array renewals{Renewal{half_of(Side::bid), Side::bid, book},
                      Renewal{half_of(Side::ask), Side::ask, book}};
  BookChange change{.number = book.change.number + 1};
  renew_sizes(renewals, depth / 2, change);
  for (std::size_t i = 0; i < halves_.size(); ++i) {
    halves_[i].seen = renewals[i].renew_moved();
    halves_[i].first_moved = Half::none;
    change.parts[i] = renewals[i].part();
  }
  if (is_first) change.parts = {{{0, depth / 2, true}, {depth / 2, depth, true}}};
  const bool differs =
      change.volume_count > 0 || change.parts[0].last > 0 || change.parts[1].last > 0;
  if (differs) book.change = change;
  return is_first || renewals[0].is_changed() || renewals[1].is_changed() ? Look::changed
                                                                          : Look::same;
}

/// Where a side moved, ranks may be others than they were: then that is renewed anyway, and so is
/// the price before.
void FullBook::renew_sizes(std::span<Renewal, 2> renewals, std::size_t count, BookChange& change) {
  for (const auto& [side, rank] : std::span{resized_}.first(resized_count_)) {
    Renewal& renewal = renewals[static_cast<std::size_t>(side)];
    if (rank >= count || rank + 1 >= half_of(side).first_moved || !renewal.is_one_each()) continue;
    if (renewal.renew_size(rank)) change.add_volume(renewal.position(rank));
  }
  resized_count_ = 0;
}

}  // namespace obkit::book
