#include "obkit/book/full_book.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <utility>

namespace obkit::book {
namespace {

/// More rows than that in one message are cheaper sorted in together than one by one.
constexpr std::size_t bulk = 64;

/// Sums of more levels than memory holds stay finite.
constexpr double largest_size = 1e300;

/// Prices of a side, at most `most`.
std::size_t count_prices(const Ladder& ladder, std::size_t most) {
  const auto& levels = ladder.levels();
  std::size_t prices = 0;
  for (auto level = levels.rbegin(); level != levels.rend() && prices < most; ++level)
    if (level == levels.rbegin() || level->key != (level - 1)->key) ++prices;
  return prices;
}

/// Whether a side has so many prices.
bool has_prices(const Ladder& ladder, std::size_t count) {
  return ladder.levels().size() >= count && count_prices(ladder, count) == count;
}

std::size_t position(Side side, std::size_t rank, std::size_t count) {
  return side == Side::bid ? count - 1 - rank : count + rank;
}

/// Gives put(position, price, size) the best `count` prices of a side, from rank `first` on, where
/// all levels before have a price of their own. Returns how many levels are summed. Sums are taken
/// anew each time, so they do not drift. Pre: the side has so many prices.
template <class Put>
std::size_t show_from(const Ladder& ladder, Side side, std::size_t first, std::size_t count,
                      Put put) {
  const auto& levels = ladder.levels();
  const std::size_t step = side == Side::bid ? ~std::size_t{0} : 1;  // modulo 2^64
  std::size_t left = levels.size() - first;
  for (std::size_t i = first, at = position(side, first, count); i < count; ++i, at += step) {
    const Ladder::Level& best = levels[--left];
    double size = best.size;
    for (; left > 0 && levels[left - 1].key == best.key; --left) size += levels[left - 1].size;
    put(at, ladder.price_of(best), size);
  }
  return levels.size() - left;
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
    case Outcome::endless_size:
      return "size beyond 1e300";
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
  for (Half& half : halves_) half.ladder.clear();
  move_all();
}

void FullBook::move_all() {
  for (Half& half : halves_) half.move_all();
}

Applied FullBook::apply(const BookUpdate& update) {
  if (update.kind == BookUpdate::Kind::image) {
    drop();
    has_image_ = true;
  }
  if (!has_image_) return {Outcome::dropped, 0};
  if (update.kind == BookUpdate::Kind::old) return {};
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

std::optional<Price> FullBook::price_at(Side side, std::size_t rank) const {
  const Ladder& ladder = half_of(side).ladder;
  const auto& levels = ladder.levels();
  if (rank >= levels.size()) return std::nullopt;
  return ladder.price_of(levels[levels.size() - 1 - rank]);
}

std::optional<PriceLevel> FullBook::best(Side side) {
  std::vector<PriceLevel>& levels = best_.front();
  take_best(half_of(side).ladder, 1, levels);
  return levels.empty() ? std::nullopt : std::optional{levels.front()};
}

bool FullBook::agrees_with(const BookUpdate& witness) {
  auto& [ours, told] = best_;
  for (const Side side : {Side::bid, Side::ask}) {
    told.clear();
    for (const LevelChange& level : witness.levels)
      if (level.side == side && level.size > 0.0) told.push_back({*level.price, *level.size});
    const bool falls = side == Side::bid;
    std::sort(told.begin(), told.end(), [falls](const PriceLevel& a, const PriceLevel& b) {
      return falls ? b.price < a.price : a.price < b.price;
    });
    take_best(half_of(side).ladder, told.size(), ours);
    if (ours != told) return false;
  }
  return true;
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
  if (row.size && *row.size > largest_size) return Outcome::endless_size;
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

std::size_t FullBook::levels_a_side(std::size_t most) const {
  return std::min(count_prices(half_of(Side::bid).ladder, most),
                  count_prices(half_of(Side::ask).ladder, most));
}

bool FullBook::top(std::size_t depth, OrderBook& book) const {
  assert(depth >= 2 && depth % 2 == 0);
  for (const Half& half : halves_)
    if (!has_prices(half.ladder, depth / 2)) return false;
  book.prices.resize(depth);
  book.volumes.resize(depth);
  const auto put = [&](std::size_t at, Price price, double size) {
    book.prices[at] = price;
    book.volumes[at] = size;
  };
  for (const Side side : {Side::bid, Side::ask})
    show_from(half_of(side).ladder, side, 0, depth / 2, put);
  return true;
}

Look FullBook::look(std::size_t depth, TrackedBook& book) {
  assert(depth >= 2 && depth % 2 == 0);
  if (book.revision() != looked_) move_all();  // another book, or somebody else renewed it
  for (const Half& half : halves_)
    if (half.first_moved != Half::none && !has_prices(half.ladder, depth / 2)) return Look::thin;
  const bool is_changed = renew(book, depth);
  looked_ = book.revision();
  return is_changed ? Look::changed : Look::same;
}

bool FullBook::renew(TrackedBook& book, std::size_t depth) {
  TrackedBook::Renewal renewal{book, depth};
  renew_sizes(renewal, depth / 2);
  for (const Side side : {Side::bid, Side::ask}) renew_moved(renewal, side, depth / 2);
  return renewal.is_changed();
}

/// Where a side moved, ranks may be others than they were: then that is renewed anyway, and so is
/// the price before.
void FullBook::renew_sizes(TrackedBook::Renewal& renewal, std::size_t count) {
  for (std::size_t i = 0; i < resized_count_; ++i) {
    const auto [side, rank] = resized_[i];
    const Half& half = half_of(side);
    if (rank >= count || rank + 1 >= half.first_moved || !half.is_one_each(count)) continue;
    const auto& levels = half.ladder.levels();
    renewal.put_volume(position(side, rank, count), levels[levels.size() - 1 - rank].size);
  }
  resized_count_ = 0;
}

void FullBook::renew_moved(TrackedBook::Renewal& renewal, Side side, std::size_t count) {
  Half& half = half_of(side);
  std::size_t first = 0;
  if (half.is_one_each(count)) {
    const std::size_t moved = std::exchange(half.first_moved, Half::none);
    if (moved > count) return;
    first = moved - std::min<std::size_t>(moved, 1);  // its level may share the price before it
  }
  half.first_moved = Half::none;
  auto pass = renewal.pass();
  half.seen =
      show_from(half.ladder, side, first, count,
                [&](std::size_t at, Price price, double size) { pass.put(at, price, size); });
  renewal.end(pass, side);
}

}  // namespace obkit::book
