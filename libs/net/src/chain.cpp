#include "chain.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>

namespace obkit::net {
namespace {

using std::chrono::milliseconds;

/// A time that others name may be any; 2^31 s is long enough.
milliseconds to_milliseconds(std::chrono::seconds time) {
  constexpr std::chrono::seconds longest{std::numeric_limits<std::int32_t>::max()};
  return std::clamp(time, std::chrono::seconds{0}, longest);
}

}  // namespace

Chain::Chain(Common& common, SessionObserver& observer)
    : common_{common},
      options_{common.options},
      observer_{observer},
      lines_{{{common.io, common.tls, http_options(options_), common.gets},
              {common.io, common.tls, http_options(options_), common.gets}}},
      backoff_{options_.backoff},
      pause_{common.io} {
  secrets_.set(hidden_by(common.proxy));
  for (Line& line : lines_) pass_answers(line);
}

void Chain::start() {
  asio::co_spawn(common_.io, stay_connected(), [this](const std::exception_ptr& thrown) {
    stopping_ = has_ended_ = true;
    for (Line& line : lines_) line.http.cancel();
    if (thrown) common_.fail(thrown);
    common_.on_end();
  });
}

void Chain::end() {
  stop_waiting();
  try {
    dismiss_heir();
  } catch (...) {
    return common_.fail(std::current_exception());
  }
  if (current().control != nullptr) current().control->end();
}

void Chain::drop() {
  stop_waiting();
  for (Line& line : lines_)
    if (line.control != nullptr) line.control->drop();
}

void Chain::stop_waiting() {
  stopping_ = true;
  pause_.cancel();
  for (Line& line : lines_) {
    line.turn.cancel();
    line.http.cancel();
  }
}

/// Tells an observer something, and does what it wants next.
template <class Tell>
void Chain::act(Line& line, Tell tell) {
  if (line.observer == nullptr) return;
  try {
    Next next = tell(*line.observer);
    if (next.step == Next::Step::stop) return stop_by(line);
    if (line.control == nullptr || !line.control->look().is_connected) return;
    if (next.step != Next::Step::read_on) arrange_succession(line, next.step);
    if (next.step == Next::Step::reconnect) return line.control->end(disconnect_on_request(next));
    line.control->send(std::move(next.send));
  } catch (...) {
    common_.fail(std::current_exception());
  }
}

void Chain::pass_answers(Line& line) {
  line.http.on_answer([this, &line](feed::HttpAnswer answer) {
    const std::string body{secrets_.hide(answer.body)}, problem{secrets_.hide(answer.problem)};
    answer.body = body;
    answer.problem = problem;
    act(line,
        [&](SessionObserver& observer) { return observer.on_answer(answer, options_.clock()); });
  });
}

void Chain::tick() {
  Line &first = current(), &second = other();
  tick(first);
  tick(second);
}

void Chain::tick(Line& line) {
  act(line, [&line](SessionObserver& observer) {
    return observer.on_tick(line.control != nullptr ? line.control->look() : Tick{});
  });
}

Awaitable<void> Chain::stay_connected() {
  while (!stopping_) {
    begin(current(), observer_);
    while (current().is_busy) co_await current().ended.async_wait(quiet);
    dismiss_heir();
    while (other().is_busy) co_await other().ended.async_wait(quiet);
    const std::optional<Disconnect> disconnect = std::move(current().end);
    if (stopping_ || !disconnect) co_return;
    const milliseconds pause = pause_after(*disconnect);
    if (observer_.on_disconnect(*disconnect, pause) == Next::Step::stop) co_return;
    pause_.expires_after(pause);
    co_await pause_.async_wait(quiet);
  }
}

/// Makes a connection for an observer.
void Chain::begin(Line& line, SessionObserver& observer) {
  line.observer = &observer;
  line.end.reset();
  line.is_ending = false;
  line.is_busy = true;
  line.ended.expires_at(Timer::time_point::max());
  asio::co_spawn(common_.io, serve(line), [this, &line](const std::exception_ptr& thrown) {
    line.is_busy = false;
    line.ended.cancel();
    if (thrown) common_.fail(thrown);
  });
}

/// One connection, from the first packet to the last.
Awaitable<void> Chain::serve(Line& line) {
  co_await wait_for_turn(line);
  if (common_.endpoint.secure) {
    line.end = co_await attempt<TlsStream>(line, common_.io, common_.tls);
  } else {
    line.end = co_await attempt<TcpStream>(line, common_.io);
  }
  if (line.end) line.end->text = std::string{secrets_.hide(line.end->text)};
  const bool is_heirs = &line != &current() && line.observer != nullptr;
  if (is_heirs && line.end && !stopping_) tell_heir_of(*line.end);
}

/// Who is to end is not waited for.
Awaitable<void> Chain::wait_for_turn(Line& line) {
  const Timer::time_point turn = common_.connects.take();
  if (turn <= Timer::clock_type::now()) co_return;
  line.turn.expires_at(turn);
  co_await line.turn.async_wait(quiet);
}

/// Who ends a connection hands nothing over: its successor goes first.
void Chain::arrange_succession(Line& line, Next::Step step) {
  if (is_about_two(step)) {
    if (stopping_ || current().is_ending) return;
    return step == Next::Step::succeed ? begin_heir() : hand_over();
  }
  line.is_ending = true;
  if (step == Next::Step::stop) common_.end_others(*this);
  if (&line == &current()) return dismiss_heir();
  if (step == Next::Step::stop) stop_by_heir();
}

void Chain::stop_by(Line& line) {
  common_.end_others(*this);
  if (&line == &current()) return end();
  stop_by_heir();
  if (line.control != nullptr) line.control->end();
}

void Chain::stop_by_heir() {
  other().observer = nullptr;
  end();
}

void Chain::begin_heir() {
  SessionObserver* const heir = observer_.heir();
  if (heir != nullptr && !other().is_busy) begin(other(), *heir);
}

void Chain::hand_over() {
  Line &first = current(), &second = other();
  if (second.control == nullptr || second.observer == nullptr || second.is_ending) return;
  current_ = 1 - current_;
  second.observer = &observer_;
  first.observer = nullptr;
  if (first.control != nullptr) first.control->end();
}

/// The first connection ends, or has ended.
void Chain::dismiss_heir() {
  if (!other().is_busy || other().observer == nullptr) return;
  tell_heir_of({.kind = Disconnect::Kind::asked, .text = "the first connection ends"});
  other().turn.cancel();
  if (other().control != nullptr) other().control->end();
}

void Chain::tell_heir_of(const Disconnect& disconnect) {
  SessionObserver* const heir = std::exchange(other().observer, nullptr);
  static_cast<void>(heir->on_disconnect(disconnect, milliseconds{0}));
}

milliseconds Chain::pause_after(const Disconnect& disconnect) {
  constexpr int forbidden = 403;
  milliseconds pause = backoff_.pause(common_.random);
  if (disconnect.retry_after)
    pause = std::max(pause, Backoff::asked(to_milliseconds(*disconnect.retry_after),
                                           options_.longest_retry_after, common_.random));
  if (disconnect.http_status == forbidden) pause = std::max(pause, options_.forbidden_pause);
  return pause;
}

/// It is gone before this returns.
template <class Stream, class... Arguments>
Awaitable<std::optional<Disconnect>> Chain::attempt(Line& line, Arguments&... arguments) {
  if (stopping_ || line.observer == nullptr) co_return std::nullopt;
  Connection<Stream> connection{
      Surroundings{options_, common_.endpoint, common_.proxy, line, secrets_, arrange_},
      arguments...};
  const struct Reachable {
    ConnectionControl*& control;
    ~Reachable() { control = nullptr; }
  } reachable{line.control};
  line.control = &connection;
  if (auto failure = co_await connection.open()) co_return failure;
  if (line.observer == nullptr) co_return std::nullopt;
  const auto begin = std::chrono::steady_clock::now();
  auto failure = co_await connection.talk();
  line.http.cancel();
  backoff_.lasted(
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin));
  co_return failure;
}

}  // namespace obkit::net
