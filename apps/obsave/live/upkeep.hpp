#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/feed/instrument.hpp"
#include "obkit/net/session.hpp"

#include "obsave/captures.hpp"
#include "obsave/live/image_watch.hpp"
#include "obsave/options.hpp"
#include "obsave/output.hpp"
#include "obsave/recorder.hpp"
#include "obsave/watch/status.hpp"

namespace obkit::obsave {

inline Timestamp system_time() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

inline double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>{time}.count();
}

/// What the connections of one recording have in common: its output, which must be looked after,
/// what is told of it, and the turns of GETs.
class Upkeep {
 public:
  using Clock = std::chrono::steady_clock;

  struct Parts {
    Recorder& recorder;
    Output& output;  ///< of the recorder; is told nothing but to look after itself
    Captures* captures = nullptr;
    TradeOutput* trades = nullptr;
    /// Called when a frame's book is written, with the time since its receipt.
    std::function<void(std::chrono::nanoseconds)> on_book = {};
    /// Called on each tick.
    std::function<void(const Status&)> on_status = {};
    /// Whether that status should have the best levels; may be empty: it has none.
    std::function<bool()> wants_levels = {};
    /// Told what the exchange's list says of a symbol; empty: the list is not asked for.
    std::function<void(const feed::Instrument&)> on_terms = {};
    /// From the first book until symbols without a trade are told, once. Some channels of trades
    /// are documented nowhere: who begins to record them must hear that none comes.
    std::chrono::milliseconds tradeless = std::chrono::minutes{10};
  };
  /// How one of the connections stands.
  struct Link {
    std::size_t number = 1;  ///< from 1
    net::Tick tick = {};     ///< the last look at it
    std::uint64_t made = 0, successions = 0;
  };

  /// The parts and the options must outlive it.
  Upkeep(const Options& options, Parts parts);

  /// A further connection. Valid as long as this.
  [[nodiscard]] Link& add_link();
  [[nodiscard]] std::size_t link_count() const { return links_.size(); }
  [[nodiscard]] Recorder& recorder() { return parts_.recorder; }
  [[nodiscard]] const Recorder& recorder() const { return parts_.recorder; }
  [[nodiscard]] Captures* captures() { return parts_.captures; }
  [[nodiscard]] GetQueue& gets() { return gets_; }
  [[nodiscard]] const std::function<void(const feed::Instrument&)>& on_terms() const {
    return parts_.on_terms;
  }

  void note_frame(Clock::time_point now) { last_frame_ = now; }
  void note_book(Timestamp received, Clock::time_point now);
  /// Lines that wait for more leave now. Throws what the output throws.
  void hand_over();
  void note_lag(std::chrono::nanoseconds lag) { lag_ = lag; }
  void note_disconnect(net::Disconnect::Kind kind, const std::string& text);
  /// What happens once a tick, whatever the number of connections: at the first one's.
  void on_tick(const Link& link, Clock::time_point now);

  [[nodiscard]] bool has_recorded() const { return parts_.recorder.tally().images > 0; }
  /// Throws NetworkError when the exchange was not reached even once and nobody asked to stop
  /// sooner.
  void check_reached() const;
  /// Connections that were made anew.
  [[nodiscard]] std::uint64_t reconnects() const;
  /// Connections that followed another without a gap.
  [[nodiscard]] std::uint64_t successions() const;

 private:
  void tell_delays();
  void look_after_output(Clock::time_point now);
  void look_for_trades(Clock::time_point now);
  void tell_status(Clock::time_point now) const;
  [[nodiscard]] std::uint64_t connections() const;

  const Options& options_;
  Parts parts_;
  std::deque<Link> links_;
  GetQueue gets_;
  std::map<std::string, std::uint64_t> disconnects_;
  std::string last_failure_;
  std::optional<Clock::time_point> first_book_;
  bool told_of_tradeless_ = false;
  std::vector<Timestamp> waiting_;  ///< receipts of books whose lines wait to be written
  std::optional<std::chrono::nanoseconds> lag_;
  std::optional<Clock::time_point> last_frame_, last_book_;
  Clock::time_point last_sync_ = Clock::now();
};

}  // namespace obkit::obsave
