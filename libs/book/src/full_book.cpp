#include "obkit/book/full_book.hpp"

#include <cassert>

namespace obkit::book {
namespace {

/// Hands the sums of the best `count` prices to `take(index from the best, price, size)`; false
/// where there are fewer. Sums are taken anew each time, so they do not drift.
template <class Iterator, class Take>
bool walk(Iterator level, Iterator end, std::size_t count, Take take) {
  for (std::size_t i = 0; i < count; ++i) {
    if (level == end) return false;
    const Price price = level->first.price;
    double size = level->second;
    for (++level; level != end && level->first.price == price; ++level) size += level->second;
    take(i, price, size);
  }
  return true;
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
    case Outcome::out_of_order:
      return "changes that do not follow the update before";
  }
  return "";
}

void FullBook::drop() {
  has_image_ = false;
  levels_.clear();
  bids_.clear();
  asks_.clear();
}

Applied FullBook::apply(const BookUpdate& update) {
  if (update.kind == BookUpdate::Kind::image) {
    drop();
    has_image_ = true;
    levels_.reserve(update.levels.size());
  }
  if (!has_image_) return {Outcome::dropped, 0};
  if (update.kind == BookUpdate::Kind::changes && update.previous &&
      update.previous != last_number_) {
    drop();
    return {Outcome::out_of_order, *update.previous};
  }
  last_number_ = update.number;
  for (const LevelChange& row : update.levels) {
    if (const Outcome outcome = change(row); outcome != Outcome::applied) {
      drop();
      return {outcome, row.id};
    }
  }
  return {};
}

Outcome FullBook::change(const LevelChange& row) {
  if (row.action == LevelChange::Action::set) return set(row);
  const auto known = levels_.find(row.id);
  const bool inserts = row.action == LevelChange::Action::insert;
  if (known == levels_.end()) return inserts ? insert(row) : Outcome::unknown_id;
  const Level& level = known->second;
  if (level.side != row.side || (row.price && *row.price != level.at->first.price))
    return Outcome::contradiction;
  if (row.action == LevelChange::Action::remove) {
    ladder(level.side).erase(level.at);
    levels_.erase(known);
    return Outcome::applied;
  }
  if (!row.size || (inserts && !row.price)) return Outcome::incomplete;
  level.at->second = *row.size;
  return Outcome::applied;
}

Outcome FullBook::insert(const LevelChange& row) {
  if (!row.price || !row.size) return Outcome::incomplete;
  const auto at = ladder(row.side).emplace(Place{*row.price, row.id}, *row.size).first;
  levels_.emplace(row.id, Level{row.side, at});
  return Outcome::applied;
}

Outcome FullBook::set(const LevelChange& row) {
  if (!row.size) return Outcome::incomplete;
  LevelChange plain = row;
  plain.action = *row.size > 0 ? LevelChange::Action::insert : LevelChange::Action::remove;
  const bool nothing_to_remove = *row.size <= 0 && !levels_.contains(row.id);
  return nothing_to_remove ? Outcome::applied : change(plain);
}

bool FullBook::is_crossed() const {
  return !bids_.empty() && !asks_.empty() &&
         bids_.rbegin()->first.price >= asks_.begin()->first.price;
}

bool FullBook::top(std::size_t depth, OrderBook& book) const {
  assert(depth >= 2 && depth % 2 == 0);
  const std::size_t half = depth / 2;
  book.prices.resize(depth);
  book.volumes.resize(depth);
  const auto put = [&](std::size_t at, Price price, double size) {
    book.prices[at] = price;
    book.volumes[at] = size;
  };
  return walk(bids_.rbegin(), bids_.rend(), half,
              [&](std::size_t i, Price price, double size) { put(half - 1 - i, price, size); }) &&
         walk(asks_.begin(), asks_.end(), half,
              [&](std::size_t i, Price price, double size) { put(half + i, price, size); });
}

}  // namespace obkit::book
