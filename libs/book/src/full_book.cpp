#include "obkit/book/full_book.hpp"

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>

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

}  // namespace

/// Brings one side of a visible book up to date.
class FullBook::Renewal {
 public:
  /// Pre: the side has half that depth in prices, and the book that depth.
  Renewal(const Half& half, Side side, OrderBook& book)
      : half_{half}, side_{side}, book_{book}, count_{book.depth() / 2} {}

  /// From rank `first` on, where all levels before have a price of their own. Returns how many
  /// levels are summed. Sums are taken anew each time, so they do not drift.
  std::size_t renew_from(std::size_t first) {
    const auto& levels = half_.ladder.levels();
    auto level = levels.rbegin() + static_cast<std::ptrdiff_t>(first);
    Differences differences;
    for (std::size_t i = first; i < count_; ++i) {
      const auto& best = *level;
      double size = best.size;
      for (++level; level != levels.rend() && level->key == best.key; ++level) size += level->size;
      put(i, half_.ladder.price_of(best), size, differences);
    }
    differences_ = differences;
    return static_cast<std::size_t>(level - levels.rbegin());
  }

  /// All that was touched, where only what is in `book` was seen. Returns as renew_from().
  std::size_t renew() {
    const bool is_one_each = half_.seen == count_;
    if (!is_one_each) return renew_from(0);
    if (half_.first_touched > count_) return count_;
    // A level that came may share the price of the one before it.
    if (half_.last_touched == Half::all)
      return renew_from(half_.first_touched - std::min<std::size_t>(half_.first_touched, 1));
    const auto& levels = half_.ladder.levels();
    Differences differences;
    for (std::size_t i = half_.first_touched; i < count_ && i <= half_.last_touched; ++i) {
      const auto& level = levels[levels.size() - 1 - i];
      put(i, half_.ladder.price_of(level), level.size, differences);
    }
    differences_ = differences;
    return count_;
  }

  /// By value: more decimals, say, are none.
  [[nodiscard]] bool is_changed() const { return differences_.in_value; }
  /// What differs, to the bit.
  [[nodiscard]] BookChange::Part part() const {
    const auto [first, last, prices, in_value] = differences_;
    if (first > last) return {};
    return side_ == Side::bid ? BookChange::Part{count_ - 1 - last, count_ - first, prices}
                              : BookChange::Part{count_ + first, count_ + last + 1, prices};
  }

 private:
  struct Differences {
    std::size_t first = Half::all, last = 0;  ///< ranks
    bool prices = false, in_value = false;
  };

  /// Pre: ranks ascend.
  void put(std::size_t rank, Price price, double size, Differences& differences) {
    const std::size_t at = side_ == Side::bid ? count_ - 1 - rank : count_ + rank;
    Price& shown_price = book_.prices[at];
    double& shown_size = book_.volumes[at];
    const bool price_differs = shown_price != price || shown_price.decimals() != price.decimals();
    if (!price_differs &&
        std::bit_cast<std::uint64_t>(shown_size) == std::bit_cast<std::uint64_t>(size))
      return;
    differences.first = std::min(differences.first, rank);
    differences.last = rank;
    differences.prices |= price_differs;
    differences.in_value |= shown_price != price || shown_size != size;
    shown_price = price;
    shown_size = size;
  }

  const Half& half_;
  Side side_;
  OrderBook& book_;
  std::size_t count_;
  Differences differences_;
};

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
    case Outcome::out_of_order:
      return "changes that do not follow the update before";
  }
  return "";
}

void FullBook::drop() {
  has_image_ = false;
  levels_.clear();
  for (Half* const half : {&bids_, &asks_}) {
    half->ladder.clear();
    half->touch_all();
  }
}

Applied FullBook::apply(const BookUpdate& update) {
  if (update.kind == BookUpdate::Kind::image) {
    drop();
    has_image_ = true;
  }
  if (!has_image_) return {Outcome::dropped, 0};
  if (update.kind == BookUpdate::Kind::changes && update.previous &&
      update.previous != last_number_) {
    drop();
    return {Outcome::out_of_order, *update.previous};
  }
  last_number_ = update.number;
  is_bulk_ = update.kind == BookUpdate::Kind::image || update.levels.size() > bulk;
  for (const LevelChange& row : update.levels) {
    if (const Outcome outcome = change(row); outcome != Outcome::applied) {
      drop();
      return {outcome, row.id};
    }
  }
  if (is_bulk_) make_ladders();
  return {};
}

void FullBook::make_ladders() {
  bids_.ladder.clear();
  asks_.ladder.clear();
  levels_.for_each([&](const LevelTable::Level& level) {
    half_of(level.side).ladder.add(level.price, level.id, level.size);
  });
  for (Half* const half : {&bids_, &asks_}) {
    half->ladder.sort();
    half->touch_all();
  }
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
  levels_.put({.id = row.id, .price = *row.price, .size = *row.size, .side = row.side});
  Half& half = half_of(row.side);
  if (!is_bulk_) half.touch(half.ladder.insert(*row.price, row.id, *row.size), Half::all);
  return Outcome::applied;
}

void FullBook::resize(LevelTable::Level& level, double size) {
  level.size = size;
  Half& half = half_of(level.side);
  if (is_bulk_) return;
  const std::size_t rank = half.ladder.set(level.price, level.id, size);
  half.touch(rank, rank);
}

void FullBook::remove(const LevelTable::Level& level) {
  Half& half = half_of(level.side);
  if (!is_bulk_) half.touch(half.ladder.erase(level.price, level.id), Half::all);
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
  const Ladder &bids = bids_.ladder, &asks = asks_.ladder;
  return !bids.empty() && !asks.empty() &&
         bids.price_of(bids.levels().back()) >= asks.price_of(asks.levels().back());
}

bool FullBook::top(std::size_t depth, OrderBook& book) const {
  assert(depth >= 2 && depth % 2 == 0);
  if (!has_prices(bids_.ladder, depth / 2) || !has_prices(asks_.ladder, depth / 2)) return false;
  book.prices.resize(depth);
  book.volumes.resize(depth);
  Renewal{bids_, Side::bid, book}.renew_from(0);
  Renewal{asks_, Side::ask, book}.renew_from(0);
  return true;
}

Look FullBook::look(std::size_t depth, OrderBook& book) {
  assert(depth >= 2 && depth % 2 == 0);
  const bool is_first = book.depth() != depth || book.volumes.size() != depth;
  const auto is_thin = [&](const Half& half) {
    return half.last_touched == Half::all && !has_prices(half.ladder, depth / 2);
  };
  if (is_thin(bids_) || is_thin(asks_)) return Look::thin;
  book.prices.resize(depth);
  book.volumes.resize(depth);
  bool is_changed = is_first, differs = is_first;
  std::array<BookChange::Part, 2> parts;
  for (const Side side : {Side::bid, Side::ask}) {
    Half& half = half_of(side);
    Renewal renewal{half, side, book};
    half.seen = renewal.renew();
    half.settle();
    is_changed |= renewal.is_changed();
    parts[side == Side::bid ? 0 : 1] = renewal.part();
    differs |= renewal.part().last > 0;
  }
  if (is_first) parts = {{{0, depth / 2, true}, {depth / 2, depth, true}}};
  if (differs) book.change = {.number = book.change.number + 1, .parts = parts};
  return is_changed ? Look::changed : Look::same;
}

}  // namespace obkit::book
