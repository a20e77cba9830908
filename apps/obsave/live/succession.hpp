#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/feed/protocol.hpp"
#include "obkit/net/session.hpp"

#include "obsave/live/image_watch.hpp"
#include "obsave/recorder.hpp"

namespace obkit::obsave {

/// Leads a recording from a connection that will be ended to the next one without a gap.
///
/// A second connection is made while the first is read. The updates of both have the same numbers:
/// as soon as a symbol's book stands at the same number on both, it is taken from the second alone.
/// When that has happened to every book, the second becomes the only one. A capture has each update
/// once, as if it were one connection. Where it cannot be done in time there is no second
/// connection, and the end of the first is a gap as any other.
class Succession final : public net::SessionObserver {
 public:
  using Clock = std::chrono::steady_clock;
  struct Parts {
    std::function<std::unique_ptr<feed::Protocol>()> make_protocol;
    const Recorder& recorder;
    std::span<const std::string> symbols;
    /// Records a frame of the second connection, of books that were taken over.
    std::function<net::Next(const feed::Frame& frame, std::string_view text, Timestamp received)>
        take;
    /// The second connection is the only one from now on; this is its protocol.
    std::function<void(std::unique_ptr<feed::Protocol>)> change_over;
  };

  /// What the parts refer to must outlive it.
  Succession(Parts parts, Patience patience) : parts_{std::move(parts)}, patience_{patience} {}

  /// A first connection stands, and has no successor yet. It is to have one at the age `renewal`;
  /// 0: at no age.
  void begin(std::chrono::milliseconds renewal, Clock::time_point now);
  /// The exchange says that it ends the connection.
  void announce(const std::string& reason, Clock::time_point now);
  /// Whether a second connection is to be made now. Says so once.
  [[nodiscard]] bool is_due(Clock::time_point now);

  /// Of a frame of the first connection: whether its books are taken from the second.
  [[nodiscard]] bool has_taken(const feed::Frame& frame) const;
  /// After the recorder had a frame of the first: whether the second is the only one now.
  [[nodiscard]] bool meet(const feed::Frame& frame);
  /// Whether the second connection is gone and had taken books: only a new one brings them back.
  [[nodiscard]] bool is_broken() const { return !protocol_ && !taken_.empty(); }

  [[nodiscard]] std::vector<feed::Request> on_open() override;
  [[nodiscard]] net::Next on_frame(std::string_view text, Timestamp received) override;
  [[nodiscard]] net::Next on_answer(const feed::HttpAnswer& answer, Timestamp received) override;
  [[nodiscard]] net::Next::Step on_disconnect(const net::Disconnect& disconnect,
                                              std::chrono::milliseconds pause) override;
  [[nodiscard]] net::Next on_tick(const net::Tick& tick) override;

 private:
  [[nodiscard]] net::Next follow(const feed::Frame& frame, std::string_view text,
                                 Timestamp received);
  void note_numbers(const feed::Frame& frame);
  [[nodiscard]] bool takes_all() const;

  Parts parts_;
  Patience patience_;
  std::optional<Clock::time_point> due_;          ///< when the next second connection is to be made
  std::unique_ptr<feed::Protocol> protocol_;      ///< of the second connection; null: there is none
  Clock::time_point begun_;                       ///< the second connection
  std::map<std::string, std::uint64_t> numbers_;  ///< of its books
  std::set<std::string> taken_;
};

}  // namespace obkit::obsave
