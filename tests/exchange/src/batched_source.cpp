#include "obkit/exchange/batched_source.hpp"

#include <cassert>
#include <map>
#include <random>

#include "price_ladder.hpp"

namespace obkit::exchange {
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
