#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <random>

#include "obkit/net/backoff.hpp"
#include "obkit/net/secrets.hpp"

#include "connection.hpp"

namespace obkit::net {

/// When connections may be made: an exchange counts those of an address, whoever wants them.
class ConnectTurns {
 public:
  explicit ConnectTurns(std::chrono::milliseconds pace) : pace_{pace} {}

  /// The time at which the next one may be made, which is taken with that.
  [[nodiscard]] Timer::time_point take() {
    const auto turn = std::max(next_, Timer::clock_type::now());
    next_ = turn + pace_;
    return turn;
  }

 private:
  std::chrono::milliseconds pace_;
  Timer::time_point next_ = Timer::time_point::min();
};

class Chain;

/// What the chains of a session have in common.
struct Common {
  const SessionOptions& options;
  Endpoint endpoint = parse_endpoint(options.url);
  std::optional<Proxy> proxy = parse_proxy(options.proxy);
  asio::ssl::context tls = make_tls_context(options.ca_file);
  asio::io_context io{1};
  std::mt19937 random;
  ConnectTurns connects{options.connect_pace};
  GetTurns gets = {};
  /// The observer of one wants to stop: all others are to end.
  std::function<void(const Chain& but)> end_others = {};
  /// One will make no further connection.
  std::function<void()> on_end = {};
  /// An observer threw.
  std::function<void(std::exception_ptr)> fail = {};
};

/// The connections of one observer: one after another, for a while two, with their GETs.
class Chain {
 public:
  /// `common` and `observer` must outlive it.
  Chain(Common& common, SessionObserver& observer);
  Chain(Chain&&) = delete;
  Chain& operator=(Chain&&) = delete;
  ~Chain() = default;

  /// Connects again and again, until Common::on_end.
  void start();
  /// Ends all that is not ending already.
  void end();
  /// Ends at once.
  void drop();
  /// Looks at its connections for their observers.
  void tick();
  /// Whether it will make no further connection.
  [[nodiscard]] bool has_ended() const { return has_ended_; }

 private:
  template <class Tell>
  void act(Line& line, Tell tell);
  void tick(Line& line);
  void pass_answers(Line& line);
  void stop_waiting();
  [[nodiscard]] Line& current() { return lines_.at(current_); }
  [[nodiscard]] Line& other() { return lines_.at(1 - current_); }
  [[nodiscard]] Awaitable<void> stay_connected();
  void begin(Line& line, SessionObserver& observer);
  [[nodiscard]] Awaitable<void> serve(Line& line);
  [[nodiscard]] Awaitable<void> wait_for_turn(Line& line);
  void arrange_succession(Line& line, Next::Step step);
  void stop_by(Line& line);
  void stop_by_heir();
  void begin_heir();
  void hand_over();
  void dismiss_heir();
  void tell_heir_of(const Disconnect& disconnect);
  [[nodiscard]] std::chrono::milliseconds pause_after(const Disconnect& disconnect);
  template <class Stream, class... Arguments>
  [[nodiscard]] Awaitable<std::optional<Disconnect>> attempt(Line& line, Arguments&... arguments);

  Common& common_;
  const SessionOptions& options_;
  SessionObserver& observer_;
  Secrets secrets_;
  std::array<Line, 2> lines_;
  std::size_t current_ = 0;  ///< of the two; the other is the heir's
  const Arrange arrange_ = [this](Line& line, Next::Step step) { arrange_succession(line, step); };
  Backoff backoff_;
  Timer pause_;
  bool stopping_ = false;
  bool has_ended_ = false;
};

}  // namespace obkit::net
