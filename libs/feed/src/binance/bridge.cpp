#include "bridge.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace obkit::feed::binance {

using Kind = BookUpdate::Kind;
using Order = BookUpdate::Order;

namespace {

/// The prices of a book while it is brought up to date.
class Prices {
 public:
  void take(std::span<const LevelChange> rows) {
    for (const LevelChange& row : rows) {
      std::set<Price>& side = row.side == Side::bid ? bids_ : asks_;
      if (!row.price) continue;
      if (row.size.value_or(0) > 0)
        side.insert(*row.price);
      else
        side.erase(*row.price);
    }
  }
  [[nodiscard]] bool are_crossed() const {
    return !bids_.empty() && !asks_.empty() && *bids_.rbegin() >= *asks_.begin();
  }

 private:
  std::set<Price> bids_, asks_;
};

}  // namespace

/// Behind a snapshot the first diff may begin before it.
bool Bridge::follows(Span span) const { return is_fresh_ ? span.from <= at_ : span.from == at_; }

void Bridge::begin() {
  forget();
  stands_ = is_fresh_ = is_quiet_ = is_dead_ = false;
  ahead_.reset();
}

void Bridge::take(Span span, BookUpdate& update) {
  is_quiet_ = false;
  const bool is_whole = update.lost.empty();  // all its prices are held
  if (stands_ && is_whole && is_fresh_ && has(at_, span.last)) {
    keep(span, update);
    update.kind = Kind::old;
    return;
  }
  if (!stands_ && span.last < at_) at_ = 0;  // its numbers begin again
  const bool goes_on = stands_ && follows(span);
  if (stands_) update.order = goes_on ? Order::follows : Order::breaks;
  if (stands_ && !goes_on && is_whole)
    update.lost = "changes that do not follow the update before (" + std::to_string(at_) + ")";
  if (is_whole)
    keep(span, update);
  else
    forget();
  if (!stands_) update.kind = Kind::old;
  stands_ = goes_on && is_whole;
  if (!stands_) return ahead_.reset();
  at_ = span.last;
  update.number = at_;
  is_fresh_ = false;
  if (ahead_ && ahead_->number <= at_) renew(update);
}

/// The diff reaches the snapshot that waits.
void Bridge::renew(BookUpdate& update) {
  std::vector<LevelChange>& levels = ahead_->levels;
  if (!has(ahead_->number, at_))
    levels.insert(levels.end(), update.levels.begin(), update.levels.end());
  update.levels.swap(levels);
  update.edges = ahead_->edges;
  update.kind = Kind::image;
  update.continues = true;
  ahead_.reset();
}

void Bridge::put_by(std::uint64_t number, BookUpdate& update) {
  ahead_.emplace(Ahead{.number = number, .levels = {}, .edges = update.edges});
  ahead_->levels.swap(update.levels);
  update.kind = Kind::old;
}

void Bridge::join(std::uint64_t number, BookUpdate& update) {
  const bool was_quiet = std::exchange(is_quiet_, true);
  is_dead_ = stands_ && number > at_ && was_quiet;
  if (!update.lost.empty()) return;  // not all its prices are held
  if (stands_ && number > at_) return put_by(number, update);
  const bool reaches_back = kept_.empty() || kept_.front().span.from <= number;
  const bool reaches_on = number == at_ || (!kept_.empty() && kept_.back().span.last == at_);
  if (stands_ && !(reaches_back && reaches_on)) {
    update.kind = Kind::old;
    update.levels.clear();
    return;
  }
  if (!reaches_back) {
    update.lost = "its snapshot (" + std::to_string(number) + ") is older than the changes (from " +
                  std::to_string(kept_.front().span.from + 1) + ")";
    return;
  }
  const bool is_behind_all = kept_.empty() || has(number, kept_.back().span.last);
  Prices prices;
  if (!stands_) prices.take(update.levels);
  auto rows = rows_.begin() + static_cast<std::ptrdiff_t>(gone_);
  for (const Diff& diff : kept_) {
    const auto end = rows + static_cast<std::ptrdiff_t>(diff.rows);
    const bool is_new = !has(number, diff.span.last);
    if (is_new) update.levels.insert(update.levels.end(), rows, end);
    if (is_new && !stands_) prices.take({rows, end});
    rows = end;
    if (!prices.are_crossed()) continue;
    update.lost = "the changes behind its snapshot bring a best bid that is not below the best ask";
    return;
  }
  if (!kept_.empty() && (!is_behind_all || !update.time)) update.time = kept_.back().time;
  update.continues = stands_;
  if (!stands_) {
    is_fresh_ = is_behind_all;
    at_ = is_behind_all ? number : kept_.back().span.last;
  }
  update.number = at_;
  stands_ = true;
}

void Bridge::keep(Span span, const BookUpdate& update) {
  if (!kept_.empty() && kept_.back().span.last != span.from) forget();
  const std::size_t rows = update.levels.size();
  if (budget_.cost + cost_of(rows) > Budget::most) forget();
  if (budget_.cost + cost_of(rows) > Budget::most) return;
  if (stands_ && kept_.size() >= most_kept) forget_oldest(kept_.size() - most_kept + 1);
  kept_.push_back({.span = span, .time = update.time, .rows = rows});
  rows_.insert(rows_.end(), update.levels.begin(), update.levels.end());
  budget_.cost += cost_of(rows);
}

void Bridge::forget_oldest(std::size_t count) {
  const auto end = kept_.begin() + static_cast<std::ptrdiff_t>(count);
  for (auto diff = kept_.begin(); diff != end; ++diff) {
    gone_ += diff->rows;
    budget_.cost -= cost_of(diff->rows);
  }
  kept_.erase(kept_.begin(), end);
  if (count == 1 && gone_ <= rows_.size() / 2) return;  // they are moved seldom
  rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(gone_));
  gone_ = 0;
  if (count > 1) rows_.shrink_to_fit();  // there was no book for long
}

void Bridge::forget() {
  for (const Diff& diff : kept_) budget_.cost -= cost_of(diff.rows);
  kept_ = {};
  rows_ = {};
  gone_ = 0;
}

}  // namespace obkit::feed::binance
