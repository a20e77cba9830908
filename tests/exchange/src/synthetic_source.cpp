#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "obkit/exchange/order_flow.hpp"
#include "obkit/exchange/source.hpp"

namespace obkit::exchange {

/// The secondary pool: one protected order a side, quoted anew when the primary best price comes
/// near it or leaves it behind.
class SecondaryQuotes {
 public:
  SecondaryQuotes(OrderFlow& primary, Timestamp now);

  /// What follows from the primary book as it is now: requotes, as removals and insertions.
  [[nodiscard]] OrderFlow::Changes follow(Timestamp now);
  /// Sell, then Buy.
  [[nodiscard]] std::vector<Row> rows() const { return {rows_.begin(), rows_.end()}; }

 private:
  [[nodiscard]] Row quote(Side side, Timestamp now);

  OrderFlow& primary_;
  std::array<std::int64_t, 2> ticks_{};
  std::array<Row, 2> rows_;
};

namespace {

constexpr std::array sides{Side::ask, Side::bid};
/// Distances from the own side's best primary price, in ticks.
constexpr std::int64_t nearest = 3, farthest = 60;
constexpr double quoted_from = 6, quoted_span = 20;
/// Contracts: large and round, as the pool's orders were in 2026.
constexpr std::int64_t base_size = 1'000'000;
constexpr double size_span_lots = 400;

}  // namespace

SecondaryQuotes::SecondaryQuotes(OrderFlow& primary, Timestamp now) : primary_{primary} {
  for (std::size_t i = 0; i < sides.size(); ++i) {
    rows_[i] = quote(sides[i], now);
    ticks_[i] = rows_[i].price->units() / OrderFlow::price_of(1).units();
  }
}

OrderFlow::Changes SecondaryQuotes::follow(Timestamp now) {
  OrderFlow::Changes changes{now, {}, {}, {}};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const std::int64_t best = primary_.best_tick(sides[i]);
    const std::int64_t behind = sides[i] == Side::ask ? ticks_[i] - best : best - ticks_[i];
    if (behind >= nearest && behind <= farthest) continue;
    Row gone = rows_[i];
    gone.size.reset();
    gone.changed = now;
    changes.removed.push_back(gone);
    changes.inserted.push_back(rows_[i] = quote(sides[i], now));
    ticks_[i] = rows_[i].price->units() / OrderFlow::price_of(1).units();
  }
  return changes;
}

Row SecondaryQuotes::quote(Side side, Timestamp now) {
  const auto behind = static_cast<std::int64_t>(quoted_from + primary_.uniform() * quoted_span);
  const std::int64_t best = primary_.best_tick(side);
  const auto lots = static_cast<std::int64_t>(primary_.uniform() * size_span_lots);
  const Price price = OrderFlow::price_of(side == Side::ask ? best + behind : best - behind);
  return {primary_.fresh_id(), side, price, base_size + lots * OrderFlow::lot, now};
}

namespace {

constexpr std::array pools{"Primary", "Secondary", "Aggregated"};
constexpr unsigned id_bits = 36;

OrderFlowOptions flow_options(const SyntheticOptions& options, std::size_t symbol) {
  return {.seed = options.seed + symbol * 0x9E3779B97F4A7C15,
          .first_id = (std::uint64_t{symbol} + 1) << id_bits,
          .start = options.start,
          .rate = options.rate,
          .first_price = options.first_price};
}

/// One symbol: its order flow and the protected orders beside it.
struct Market {
  explicit Market(const OrderFlowOptions& options) : flow{options}, quotes{flow, options.start} {}

  void advance() {
    primary = flow.next();
    secondary = quotes.follow(primary.time);
  }

  OrderFlow flow;
  SecondaryQuotes quotes;
  OrderFlow::Changes primary, secondary;  ///< of the event that comes next
  std::uint64_t trades = 0;               ///< so far
};

std::vector<Row> joined(const std::vector<Row>& left, const std::vector<Row>& right) {
  std::vector<Row> out = left;
  out.insert(out.end(), right.begin(), right.end());
  return out;
}

std::vector<Row> by_descending_price(std::vector<Row> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& left, const Row& right) { return *left.price > *right.price; });
  return rows;
}

void add_frame(Event& event, std::size_t channel, BookAction action, std::vector<Row> rows) {
  if (!rows.empty()) event.frames.push_back({channel, action, event.time, std::move(rows), {}});
}

void add_frames(Event& event, std::size_t channel, const OrderFlow::Changes& changes) {
  add_frame(event, channel, BookAction::remove, changes.removed);
  add_frame(event, channel, BookAction::update, changes.updated);
  add_frame(event, channel, BookAction::insert, changes.inserted);
}

OrderFlow::Changes united(const OrderFlow::Changes& left, const OrderFlow::Changes& right) {
  return {left.time, joined(left.removed, right.removed), joined(left.updated, right.updated),
          joined(left.inserted, right.inserted)};
}

class SyntheticSource final : public Source {
 public:
  explicit SyntheticSource(const SyntheticOptions& options) : start_{options.start} {
    assert(!options.symbols.empty());
    for (std::size_t i = 0; i < options.symbols.size(); ++i) {
      const std::string& symbol = options.symbols[i];
      instruments_.push_back({symbol, OrderFlow::price_of(1), OrderFlow::lot});
      const std::size_t channel = channels_.size();
      for (const char* pool : pools) channels_.push_back({symbol, pool});
      open(channel, *markets_.emplace_back(std::make_unique<Market>(flow_options(options, i))));
    }
  }

  [[nodiscard]] const std::vector<Instrument>& instruments() const override { return instruments_; }
  [[nodiscard]] const std::vector<Channel>& channels() const override { return channels_; }
  [[nodiscard]] Timestamp start() const override { return start_; }
  [[nodiscard]] std::vector<BookFrame> opening() const override { return opening_; }

  [[nodiscard]] bool next(Event& event) override {
    const auto first = std::min_element(markets_.begin(), markets_.end(), [](auto& a, auto& b) {
      return a->primary.time < b->primary.time;
    });
    const auto channel = pools.size() * static_cast<std::size_t>(first - markets_.begin());
    Market& market = **first;
    event = {market.primary.time, {}, false};
    for (MarketTrade& trade : market.primary.trades) {
      trade.channel = channel;
      trade.number = ++market.trades;
    }
    event.trades = std::move(market.primary.trades);
    for (QueueEvent& one : market.primary.queue) one.channel = channel;
    event.queue = std::move(market.primary.queue);
    add_frames(event, channel, market.primary);
    add_frames(event, channel + 1, market.secondary);
    add_frames(event, channel + 2, united(market.primary, market.secondary));
    market.advance();
    return true;
  }

 private:
  void open(std::size_t channel, Market& market) {
    const auto primary = market.flow.rows();
    const auto secondary = market.quotes.rows();
    const std::array images{primary, secondary, by_descending_price(joined(primary, secondary))};
    for (const auto& image : images)
      opening_.push_back({channel++, BookAction::partial, start_, image, {}});
    market.advance();
  }

  Timestamp start_;
  std::vector<Instrument> instruments_;
  std::vector<Channel> channels_;
  std::vector<std::unique_ptr<Market>> markets_;
  std::vector<BookFrame> opening_;
};

}  // namespace

std::unique_ptr<Source> make_synthetic_source(const SyntheticOptions& options) {
  return std::make_unique<SyntheticSource>(options);
}

}  // namespace obkit::exchange
