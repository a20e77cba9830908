#include <algorithm>
#include <cassert>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/source.hpp"

namespace obkit::exchange {

/// The levels of one book by price, made from rows by id, and what changed since it was last asked.
class PriceLadder {
 public:
  /// Pre: every row that is not removed has a price and a size.
  void apply(const BookFrame& frame);

  /// What is different now among the best `levels` of each side (0: all), bids first, on either
  /// side the best first, each row with its action.
  [[nodiscard]] std::vector<Row> take_changes(std::size_t levels);

 private:
  struct Level {
    Price price;
    std::int64_t size = 0;  ///< contracts
    Timestamp changed;
  };
  using Key = std::pair<Side, std::int64_t>;  ///< side and price units
  using Levels = std::map<Key, Level>;

  void add(const Row& row, std::int64_t size);
  [[nodiscard]] std::ptrdiff_t bid_count() const;
  /// Whether each side has no more levels than that.
  [[nodiscard]] bool fits(std::size_t levels) const;
  [[nodiscard]] Levels window(std::size_t levels) const;
  /// Those of `keys` that are there now.
  [[nodiscard]] Levels among(const Levels& keys) const;
  /// All levels, but these as they were.
  [[nodiscard]] Levels with(const Levels& before) const;

  std::unordered_map<std::uint64_t, Row> rows_;  ///< by id
  Levels levels_;
  std::optional<Levels> shown_;  ///< when changes were taken last; empty: all levels
  Levels touched_;               ///< since then, as they were; size 0: there was none
};

void PriceLadder::apply(const BookFrame& frame) {
  for (const Row& row : frame.rows) {
    if (const auto known = rows_.find(row.id); known != rows_.end()) {
      add(known->second, -*known->second.size);
      rows_.erase(known);
    }
    if (frame.action == BookAction::remove) continue;
    add(row, *row.size);
    rows_.emplace(row.id, row);
  }
}

void PriceLadder::add(const Row& row, std::int64_t size) {
  const Key key{row.side, row.price->units()};
  const auto level = levels_.try_emplace(key, Level{*row.price, 0, row.changed}).first;
  touched_.try_emplace(key, level->second);
  level->second.size += size;
  level->second.changed = row.changed;
  if (level->second.size == 0) levels_.erase(level);
}

std::ptrdiff_t PriceLadder::bid_count() const {
  const auto asks = levels_.lower_bound({Side::ask, std::numeric_limits<std::int64_t>::min()});
  return std::distance(levels_.begin(), asks);
}

bool PriceLadder::fits(std::size_t levels) const {
  if (levels == 0 || levels_.size() <= levels) return true;
  const auto bids = static_cast<std::size_t>(bid_count());
  return bids <= levels && levels_.size() - bids <= levels;
}

PriceLadder::Levels PriceLadder::window(std::size_t levels) const {
  const auto most = static_cast<std::ptrdiff_t>(levels);
  const std::ptrdiff_t bids = bid_count(), asks = std::ssize(levels_) - bids;
  const auto spread = std::next(levels_.begin(), bids);
  return {std::prev(spread, std::min(most, bids)), std::next(spread, std::min(most, asks))};
}

PriceLadder::Levels PriceLadder::among(const Levels& keys) const {
  Levels found;
  for (const auto& [key, level] : keys)
    if (const auto now = levels_.find(key); now != levels_.end()) found.insert(found.end(), *now);
  return found;
}

PriceLadder::Levels PriceLadder::with(const Levels& before) const {
  Levels all = levels_;
  for (const auto& [key, level] : before) {
    all.erase(key);
    if (level.size != 0) all.emplace(key, level);
  }
  return all;
}

std::vector<Row> PriceLadder::take_changes(std::size_t levels) {
  Levels before = std::exchange(touched_, {});
  if (before.empty()) return {};
  const bool shows_all = fits(levels);
  Levels after;
  if (shows_all && !shown_) {
    after = among(before);  // a window of hundreds of levels is not looked through
  } else {
    before = shown_ ? *std::exchange(shown_, {}) : with(before);
    after = window(levels);
    if (!shows_all) shown_ = after;
  }
  std::erase_if(before, [](const auto& level) { return level.second.size == 0; });
  std::vector<Row> bids, asks;
  const auto add = [&](const Key& key, const Level& level, BookAction action) {
    const bool is_gone = action == BookAction::remove;
    (key.first == Side::bid ? bids : asks)
        .push_back({level_id(key.first, level.price), key.first, level.price,
                    is_gone ? std::nullopt : std::optional{level.size}, level.changed, action,
                    is_gone && levels_.contains(key)});
  };
  auto old = before.begin();
  const auto remove_up_to = [&](const Key* key) {
    for (; old != before.end() && (key == nullptr || old->first < *key); ++old)
      add(old->first, old->second, BookAction::remove);
  };
  for (const auto& [key, level] : after) {
    remove_up_to(&key);
    const bool was_there = old != before.end() && old->first == key;
    if (!was_there) add(key, level, BookAction::insert);
    if (!was_there) continue;
    if (old->second.size != level.size) add(key, level, BookAction::update);
    ++old;
  }
  remove_up_to(nullptr);
  std::vector<Row> out{bids.rbegin(), bids.rend()};
  out.insert(out.end(), asks.begin(), asks.end());
  return out;
}

namespace {

/// As large as Deribit's were in 2026.
constexpr std::uint64_t first_change_id = 176'209'440'222;
constexpr std::uint64_t largest_jump = 1'000;
/// Where numbers begin anew: after so many on average.
constexpr std::uint64_t numbers_to_restart = 200;

/// One symbol.
struct BatchedMarket {
  PriceLadder ladder;
  Timestamp changed;  ///< last
  std::uint64_t change_id = 0;
};

class BatchedSource final : public Source {
 public:
  BatchedSource(std::unique_ptr<Source> market, Batches batches)
      : market_{std::move(market)}, batches_{batches} {
    const auto& all = market_->channels();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].pool != "Primary" && !all[i].pool.empty()) continue;
      index_[i] = channels_.size();
      channels_.push_back({all[i].symbol, ""});
    }
    markets_.resize(channels_.size());
    open();
    more_ = market_->next(upcoming_);
  }

  [[nodiscard]] const std::vector<Instrument>& instruments() const override {
    return market_->instruments();
  }
  [[nodiscard]] const std::vector<Channel>& channels() const override { return channels_; }
  [[nodiscard]] Timestamp start() const override { return market_->start(); }
  [[nodiscard]] std::vector<BookFrame> opening() const override { return opening_; }
  [[nodiscard]] std::optional<Venue> venue() const override { return Venue::deribit; }

  [[nodiscard]] bool next(Event& event) override {
    event = {};
    while (more_ && event.frames.empty()) {
      const auto batch = (upcoming_.time - start()) / batch_length;
      event.time = start() + (batch + 1) * batch_length;
      gather(event.time);
      for (std::size_t i = 0; i < markets_.size(); ++i) add_batch(event, i);
    }
    event.trades = std::exchange(trades_, {});
    return !event.frames.empty();
  }

 private:
  void open() {
    for (const BookFrame& image : market_->opening()) {
      const auto found = index_.find(image.channel);
      if (found == index_.end()) continue;
      BatchedMarket& market = markets_[found->second];
      market.changed = start();
      market.ladder.apply(image);
      opening_.push_back({found->second,
                          BookAction::partial,
                          start(),
                          market.ladder.take_changes(batches_.levels),
                          {},
                          market.change_id = next_change_id(0)});
    }
    assert(opening_.size() == channels_.size());
  }

  /// Applies all that happens before `end`.
  void gather(Timestamp end) {
    for (; more_ && upcoming_.time < end; more_ = market_->next(upcoming_)) {
      assert(!upcoming_.disconnect);
      for (MarketTrade trade : upcoming_.trades) {
        trade.channel = index_.at(trade.channel);
        trades_.push_back(trade);
      }
      for (const BookFrame& frame : upcoming_.frames) {
        const auto found = index_.find(frame.channel);
        if (found == index_.end()) continue;
        markets_[found->second].ladder.apply(frame);
        markets_[found->second].changed = upcoming_.time;
      }
    }
  }

  void add_batch(Event& event, std::size_t channel) {
    auto rows = markets_[channel].ladder.take_changes(batches_.levels);
    if (rows.empty()) return;
    if (!batches_.is_by_row) return add_frame(event, channel, std::move(rows));
    std::stable_partition(rows.begin(), rows.end(), [](const Row& row) {
      return row.action == BookAction::remove;  // so that no book is crossed in between
    });
    for (const Row& row : rows) add_frame(event, channel, {row});
  }

  void add_frame(Event& event, std::size_t channel, std::vector<Row> rows) {
    BatchedMarket& market = markets_[channel];
    const std::uint64_t previous = market.change_id;
    market.change_id = next_change_id(previous);
    event.frames.push_back({channel,
                            BookAction::change,
                            std::chrono::floor<std::chrono::milliseconds>(market.changed),
                            std::move(rows),
                            {},
                            market.change_id,
                            previous});
  }

  /// Behind a channel's number before; 0: its first.
  std::uint64_t next_change_id(std::uint64_t previous) {
    if (batches_.is_counted && previous != 0) return previous + 1;
    // Far below, and nowhere near where it was before.
    if (batches_.restarts && random_() % numbers_to_restart == 0) change_id_ = random_();
    return change_id_ += 1 + random_() % largest_jump;
  }

  std::unique_ptr<Source> market_;
  Batches batches_;
  std::map<std::size_t, std::size_t> index_;  ///< of the market's channels that are Primary
  std::vector<Channel> channels_;
  std::vector<BatchedMarket> markets_;
  std::vector<BookFrame> opening_;
  Event upcoming_;
  std::vector<MarketTrade> trades_;  ///< of the batch
  bool more_ = false;
  std::uint64_t change_id_ = first_change_id;
  std::minstd_rand random_;
};

}  // namespace

std::unique_ptr<Source> make_batched_source(std::unique_ptr<Source> market, Batches batches) {
  return std::make_unique<BatchedSource>(std::move(market), batches);
}

}  // namespace obkit::exchange
