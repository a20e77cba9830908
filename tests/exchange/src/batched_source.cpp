#include <cassert>
#include <cstdint>
#include <iterator>
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

  /// What is different now, bids first, on either side the best first, each row with its action.
  [[nodiscard]] std::vector<Row> take_changes();

 private:
  struct Level {
    Price price;
    std::int64_t size = 0;  ///< contracts
    Timestamp changed;
  };
  using Key = std::pair<Side, std::int64_t>;  ///< side and price units

  void add(const Row& row, std::int64_t size);

  std::unordered_map<std::uint64_t, Row> rows_;  ///< by id
  std::map<Key, Level> levels_;
  std::map<Key, Level> before_;  ///< of those touched; size 0: there was none
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
  before_.try_emplace(key, level->second);
  level->second.size += size;
  level->second.changed = row.changed;
  if (level->second.size == 0) levels_.erase(level);
}

std::vector<Row> PriceLadder::take_changes() {
  std::vector<Row> bids, asks;
  for (const auto& [key, before] : before_) {
    const auto found = levels_.find(key);
    const std::int64_t size = found == levels_.end() ? 0 : found->second.size;
    if (size == before.size) continue;
    const auto action = size == 0          ? BookAction::remove
                        : before.size == 0 ? BookAction::insert
                                           : BookAction::update;
    const Side side = key.first;
    const Timestamp changed = found == levels_.end() ? before.changed : found->second.changed;
    (side == Side::bid ? bids : asks)
        .push_back({level_id(side, before.price), side, before.price,
                    size == 0 ? std::nullopt : std::optional{size}, changed, action});
  }
  before_.clear();
  std::vector<Row> out{bids.rbegin(), bids.rend()};
  out.insert(out.end(), asks.begin(), asks.end());
  return out;
}

namespace {

/// As large as Deribit's were in 2026.
constexpr std::uint64_t first_change_id = 176'209'440'222;
constexpr std::uint64_t largest_jump = 1'000;

/// One symbol.
struct Market {
  PriceLadder ladder;
  Timestamp changed;  ///< last
  std::uint64_t change_id = 0;
};

class BatchedSource final : public Source {
 public:
  explicit BatchedSource(std::unique_ptr<Source> market) : market_{std::move(market)} {
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
    return !event.frames.empty();
  }

 private:
  void open() {
    for (const BookFrame& image : market_->opening()) {
      const auto found = index_.find(image.channel);
      if (found == index_.end()) continue;
      Market& market = markets_[found->second];
      market.changed = start();
      market.ladder.apply(image);
      opening_.push_back({found->second,
                          BookAction::partial,
                          start(),
                          market.ladder.take_changes(),
                          {},
                          market.change_id = next_change_id()});
    }
    assert(opening_.size() == channels_.size());
  }

  /// Applies all that happens before `end`.
  void gather(Timestamp end) {
    for (; more_ && upcoming_.time < end; more_ = market_->next(upcoming_)) {
      assert(!upcoming_.disconnect);
      for (const BookFrame& frame : upcoming_.frames) {
        const auto found = index_.find(frame.channel);
        if (found == index_.end()) continue;
        markets_[found->second].ladder.apply(frame);
        markets_[found->second].changed = upcoming_.time;
      }
    }
  }

  void add_batch(Event& event, std::size_t channel) {
    Market& market = markets_[channel];
    auto rows = market.ladder.take_changes();
    if (rows.empty()) return;
    const std::uint64_t previous = market.change_id;
    market.change_id = next_change_id();
    event.frames.push_back({channel,
                            BookAction::change,
                            std::chrono::floor<std::chrono::milliseconds>(market.changed),
                            std::move(rows),
                            {},
                            market.change_id,
                            previous});
  }

  std::uint64_t next_change_id() { return change_id_ += 1 + random_() % largest_jump; }

  std::unique_ptr<Source> market_;
  std::map<std::size_t, std::size_t> index_;  ///< of the market's channels that are Primary
  std::vector<Channel> channels_;
  std::vector<Market> markets_;
  std::vector<BookFrame> opening_;
  Event upcoming_;
  bool more_ = false;
  std::uint64_t change_id_ = first_change_id;
  std::minstd_rand random_;
};

}  // namespace

std::unique_ptr<Source> make_batched_source(std::unique_ptr<Source> market) {
  return std::make_unique<BatchedSource>(std::move(market));
}

}  // namespace obkit::exchange
