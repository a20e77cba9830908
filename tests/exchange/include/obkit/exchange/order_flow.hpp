#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

struct OrderFlowOptions {
  std::uint64_t seed = 1;
  std::uint64_t first_id = 1;  ///< ids are in [first_id, first_id + 2^36)
  Timestamp start;
  double rate = 10;                  ///< mean of book-changing events per second, > 0
  std::int64_t first_price = 60000;  ///< where the market opens, in quote currency
};

/// A limit order book under random order flow.
///
/// Limit orders arrive as Poisson processes with a rate that falls as a power of the distance from
/// the opposite best price, market orders with a constant rate; every resting order is cancelled
/// with a rate that falls with that distance too. Orders have random sizes in lots and queue in
/// the order they came. Behind the zone where this happens, levels lie still; new ones appear at
/// the far end when the price comes near, so the book never runs dry.
///
/// Source: Cont, Stoikov & Talreja, "A stochastic model for order book dynamics", Operations
/// Research 58(3), 2010; power law by distance after Bouchaud, Mezard & Potters (2002).
class OrderFlow {
 public:
  static constexpr std::int64_t ticks_per_one = 2;  ///< the tick is 0.5
  static constexpr std::int64_t lot = 100;          ///< contracts

  /// What one engine event did to the rows; a level that was emptied and filled again at once is
  /// removed under its old id and inserted under a fresh one.
  struct Changes {
    Timestamp time;
    std::vector<Row> removed, updated, inserted;
    std::vector<MarketTrade> trades = {};  ///< by which levels lost size; without channel, number
    std::vector<QueueEvent> queue = {};    ///< all that happened, in order; without channel
  };

  explicit OrderFlow(const OrderFlowOptions& options);

  /// The next event; it changes at least one row.
  [[nodiscard]] Changes next();

  /// The book now, by descending price.
  [[nodiscard]] std::vector<Row> rows() const;
  [[nodiscard]] std::int64_t best_tick(Side side) const;
  /// An id that was never used before.
  [[nodiscard]] std::uint64_t fresh_id();
  /// Uniform in [0, 1), from the market's own random stream.
  [[nodiscard]] double uniform();
  [[nodiscard]] static Price price_of(std::int64_t tick);

 private:
  struct Level {
    std::uint64_t id = 0;
    std::vector<std::int64_t> orders;  ///< contracts, the oldest first
    std::int64_t size = 0;             ///< their sum
    Timestamp changed;
  };
  /// Levels by distance from an end of the price axis: the best is first on either side.
  using Levels = std::map<std::int64_t, Level>;
  struct Before {
    Side side;
    std::int64_t key;
    std::uint64_t id;  ///< 0: there was no level
    std::int64_t size;
  };

  [[nodiscard]] Levels& levels(Side side) { return side == Side::bid ? bids_ : asks_; }
  [[nodiscard]] const Levels& levels(Side side) const { return side == Side::bid ? bids_ : asks_; }
  [[nodiscard]] double cancel_rate(Side side) const;
  [[nodiscard]] std::int64_t random_size();

  void step();
  void touch(Side side, std::int64_t key);
  void add_order(Side side, std::int64_t key, std::int64_t size);
  void limit_order(Side side);
  void market_order(Side taken);
  void cancel_order(Side side, double at);
  void extend(Side side);
  void note(QueueEvent::Kind kind, Side side, std::int64_t key, std::int64_t size,
            std::int64_t ahead = 0);
  [[nodiscard]] static Row row(Side side, std::int64_t key, const Level& level);
  [[nodiscard]] Changes collect();

  OrderFlowOptions options_;
  std::mt19937_64 random_;
  std::uint64_t ids_issued_ = 0;
  Levels bids_, asks_;
  Timestamp now_;
  std::vector<double> limit_rates_;  ///< cumulated over distances 1, 2, ...
  double time_scale_ = 1;            ///< seconds a unit of model time
  std::vector<Before> touched_;
  std::vector<MarketTrade> trades_;
  std::vector<QueueEvent> queue_;
};

}  // namespace obkit::exchange
