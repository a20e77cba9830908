#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/core/trade.hpp"

#include "obsave/symbol_choice.hpp"
#include "obsave/trade_output.hpp"

namespace obkit::obsave {

struct TradeRecorderOptions {
  std::vector<std::string> symbols = {};  ///< or patterns; others are left out; empty: every symbol
  /// As RecorderOptions has it.
  std::function<bool(Timestamp event, Timestamp received)> believes = {};
};

/// What went through, or not.
struct TradeTally {
  std::uint64_t trades = 0;      ///< that are new
  std::uint64_t doubles = 0;     ///< left out: they had come already
  std::uint64_t late = 0;        ///< that came when later ones were written
  std::uint64_t unbelieved = 0;  ///< whose time is far from the clock
};

/// An exchange's trades in, in the order of their matches out. Knows no clock, as Recorder.
///
/// A trade waits until nothing older is to be expected, so long by receive times: exchanges send
/// trades in batches. What comes later still gets the time of the last one written. Where trades
/// are numbered, a jump of the numbers is a gap, and a connection that goes on behind them leaves
/// none; where they are not, a loss of the connection is one.
class TradeRecorder {
 public:
  /// How long a trade waits for older ones.
  static constexpr std::chrono::milliseconds patience{250};
  /// Trades of a symbol, without numbers, that are known again by their ids.
  static constexpr std::size_t remembered_ids = 1'000;

  /// `output` must outlive it.
  TradeRecorder(TradeRecorderOptions options, TradeOutput& output);

  using Scope = std::span<const std::string>;

  /// A frame was received that says this of trades, or nothing.
  void on_frame(std::span<const TradeUpdate> updates, Timestamp received);
  /// It is so late by the clock that receive times are taken from: what has waited long enough goes
  /// out although no frame comes. As if a frame had come a second ago, since one may be on its way
  /// that was received before: a replay gives the same.
  void pass(Timestamp now);
  /// What was sent of these symbols may be lost; empty: of all. Where trades are numbered, their
  /// numbers tell.
  void on_loss(std::string_view reason, Scope symbols = {});
  /// Nothing more comes. `now`: of a live feed only; trades that may be missing at the end are lost
  /// until then.
  void finish(std::optional<Timestamp> now = {});

  [[nodiscard]] const TradeTally& tally() const { return tally_; }
  /// By symbol. O(symbols).
  [[nodiscard]] std::map<std::string, TradeTally> symbol_tallies() const;

 private:
  struct Waiting {
    Trade trade;
    Timestamp received;
  };
  struct Symbol {
    std::string name;
    std::multimap<Timestamp, Waiting> waiting = {};  ///< by time, then by arrival
    std::string gap_reason = {};                     ///< of the next one; empty: no gap
    std::string lost_for = {};                 ///< why what came since the last one may be lost
    std::optional<Timestamp> newest = {};      ///< match time that the exchange told
    std::optional<std::uint64_t> number = {};  ///< of the last one
    std::deque<std::string> ids = {};          ///< of the last ones without numbers
    std::unordered_set<std::string_view> known_ids = {};  ///< the same, to be found
    std::optional<Timestamp> written = {};                ///< time of the last one
    std::optional<Timestamp> heard = {};                  ///< receipt of the last one
    TradeTally tally = {};
  };

  void take(Symbol& symbol, const Trade& trade, Timestamp received);
  [[nodiscard]] bool is_known(Symbol& symbol, const Trade& trade);
  void check_number(Symbol& symbol, const Trade& trade);
  void begin_gap(Symbol& symbol, std::string_view reason);
  [[nodiscard]] Timestamp believed_time(Symbol& symbol, const Trade& trade, Timestamp received);
  void release_all(std::optional<Timestamp> now);
  void release(Symbol& symbol, std::optional<Timestamp> now);
  void write(Symbol& symbol, Timestamp time, Waiting waiting);
  void count(Symbol& symbol, std::uint64_t TradeTally::*what);

  TradeRecorderOptions options_;
  SymbolChoice wanted_;
  TradeOutput& output_;
  std::unordered_map<std::string, Symbol> symbols_;
  std::set<Symbol*> waiting_;  ///< those that have trades that wait
  Timestamp last_received_;
  TradeTally tally_;
};

}  // namespace obkit::obsave
