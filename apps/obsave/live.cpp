#include "obsave/live.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/net/hmac.hpp"

namespace obkit::obsave {
namespace {

using net::Disconnect;
using net::Next;

constexpr int unauthorized = 401;
constexpr int forbidden = 403;
constexpr int timeout = 408;
constexpr int too_many = 429;
constexpr int normal_closure = 1000;

/// Only a person can mend it: another URL, other credentials, another CA file.
bool is_final(const Disconnect& disconnect) {
  if (disconnect.kind == Disconnect::Kind::certificate) return true;
  const int status = disconnect.http_status;
  return status >= 300 && status < 500 && status != forbidden && status != timeout &&
         status != too_many;
}

Timestamp system_time() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>{time}.count();
}

}  // namespace

Live::Live(const Options& options, Parts parts, Patience patience)
    : options_{options}, parts_{std::move(parts)}, images_{parts_.protocol, patience} {}

std::vector<feed::Request> Live::on_open() {
  ++connections_;
  spdlog::info("connected to {}", options_.url);
  images_.begin(options_.symbols, Clock::now());
  return parts_.protocol.open();
}

Next Live::on_frame(std::string_view text, Timestamp received) {
  const feed::Frame& frame = parts_.protocol.decode(text);
  // The line first: somebody may wait for it, and nobody for the rest.
  const auto& lost = record(frame, text.size(), received);
  if (parts_.captures != nullptr) parts_.captures->write(frame, text, received);
  return follow(frame, lost, received);
}

/// A snapshot whose request failed is asked for again when its time is over.
Next Live::on_answer(const feed::HttpAnswer& answer, Timestamp received) {
  if (!answer.problem.empty()) spdlog::warn("{}", answer.problem);
  const feed::Frame& frame = parts_.protocol.decode_answer(answer);
  return follow(frame, record(frame, answer.body.size(), received), received);
}

const std::vector<Recorder::Loss>& Live::record(const feed::Frame& frame, std::size_t bytes,
                                                Timestamp received) {
  const std::uint64_t books_before = parts_.recorder.tally().books;
  const auto& lost = parts_.recorder.on_frame(frame, bytes, received);
  last_frame_ = Clock::now();
  if (parts_.recorder.tally().books > books_before) note_book(received, *last_frame_);
  return lost;
}

Next Live::follow(const feed::Frame& frame, const std::vector<Recorder::Loss>& lost,
                  Timestamp received) {
  const auto now = *last_frame_;
  images_.on_frame(frame, now);
  if (frame.kind == feed::Frame::Kind::book && parts_.recorder.event_time())
    lag_ = received - *parts_.recorder.event_time();
  if (parts_.recorder.is_done()) return {.step = Next::Step::stop};
  if (frame.kind == feed::Frame::Kind::refused) return on_refusal(frame);
  if (frame.kind == feed::Frame::Kind::subscribed) check_pool(frame);
  if (frame.kind == feed::Frame::Kind::malformed)
    return {.step = Next::Step::reconnect, .reason = "a frame is not understood: " + frame.text};
  Next next;
  if (!lost.empty()) {
    for (const Recorder::Loss& lost_book : lost)
      images_.lose(lost_book.symbol, lost_book.reason, now);
    next = images_.due(now);
  }
  next.send.insert(next.send.begin(), frame.replies.begin(), frame.replies.end());
  return next;
}

void Live::note_book(Timestamp received, Clock::time_point now) {
  last_book_ = now;
  if (!std::exchange(told_of_first_book_, true)) spdlog::info("recording");
  if (parts_.on_book) parts_.on_book(system_time() - received);
}

Next Live::on_refusal(const feed::Frame& frame) {
  const std::string text = "the exchange refuses: " + frame.text +
                           (frame.status != 0 ? " (" + std::to_string(frame.status) + ")" : "");
  if (!frame.passes && !has_recorded()) throw NetworkError{text};
  if (frame.passes)
    return {.step = Next::Step::reconnect, .reason = text, .retry_after = frame.retry_after};
  spdlog::warn("{}", text);  // the other symbols are served on
  return {};
}

void Live::check_pool(const feed::Frame& frame) const {
  spdlog::debug("subscribed to {} {}", frame.text, frame.pool);
  if (!frame.pool.empty() && !options_.pool.empty() && frame.pool != options_.pool)
    spdlog::warn("asked for pool {}, the exchange sends {} of {}", options_.pool, frame.pool,
                 frame.text);
}

Next::Step Live::on_disconnect(const Disconnect& disconnect, std::chrono::milliseconds pause) {
  parts_.recorder.on_disconnect(disconnect.text);
  if (parts_.captures != nullptr) parts_.captures->disconnect();
  ++disconnects_[std::string{to_string(disconnect.kind)}];
  last_failure_ = disconnect.text;
  const bool unreachable =
      disconnect.kind == Disconnect::Kind::name || disconnect.kind == Disconnect::Kind::connect;
  const std::string_view note = options_.venue->note;
  if (unreachable && options_.is_default_url() && !note.empty())
    last_failure_.append(" (").append(note).append(")");
  if (is_final(disconnect) && !has_recorded()) throw NetworkError{last_failure_};
  if (is_archive_that_ended(disconnect)) {
    spdlog::info("the archive has ended");
    return Next::Step::stop;
  }
  const auto level = disconnect.http_status == forbidden || disconnect.http_status == unauthorized
                         ? spdlog::level::err
                         : spdlog::level::warn;
  spdlog::log(level, "{}; next attempt in {:.1f} s", last_failure_, seconds(pause));
  return Next::Step::read_on;
}

/// A server that replays an archive closes properly at its end; what it sent lies in the past.
bool Live::is_archive_that_ended(const Disconnect& disconnect) const {
  constexpr std::chrono::hours past{1};
  return disconnect.kind == Disconnect::Kind::closed && disconnect.close_code == normal_closure &&
         !options_.is_default_url() && has_recorded() && lag_ && *lag_ > past;
}

Next Live::on_tick(const net::Tick& tick) {
  const auto now = Clock::now();
  look_after_output(now);
  tell_status(tick, now);
  return tick.is_connected ? images_.due(now) : Next{};
}

void Live::look_after_output(Clock::time_point now) {
  parts_.output.retry();
  parts_.output.check();
  if (parts_.captures != nullptr) parts_.captures->retry();
  if (now - last_sync_ >= options_.sync) {
    last_sync_ = now;
    parts_.output.sync();
    if (parts_.captures != nullptr) parts_.captures->sync();
  }
  if (parts_.captures != nullptr && parts_.captures->wants_images()) images_.ask_for_all(now);
}

void Live::tell_status(const net::Tick& tick, Clock::time_point now) {
  if (!parts_.on_status) return;
  Status status{.tally = parts_.recorder.tally(),
                .output = parts_.output.counts(),
                .is_connected = tick.is_connected,
                .connections = connections_,
                .disconnects = disconnects_,
                .trouble = parts_.output.trouble(),
                .unread_bytes = tick.unread_bytes};
  if (status.trouble.empty() && parts_.captures != nullptr)
    status.trouble = parts_.captures->trouble();
  if (last_frame_) status.seconds_since_frame = seconds(now - *last_frame_);
  if (last_book_) status.seconds_since_book = seconds(now - *last_book_);
  if (lag_) status.lag_seconds = seconds(*lag_);
  std::error_code unknown;
  const auto space = std::filesystem::space(options_.out, unknown);
  if (options_.out != "-" && !unknown) status.disk_free_bytes = space.available;
  parts_.on_status(status);
}

void Live::check_reached() const {
  if (connections_ == 0 && !last_failure_.empty()) throw NetworkError{last_failure_};
}

net::SessionOptions session_options(
    const Options& options, std::function<void(const std::vector<std::string>&)> on_secrets) {
  net::SessionOptions session;
  session.url = options.url;
  session.http_url = options.http_url();
  session.ca_file = options.ca_file;
  session.user_agent = "obsave/" OBKIT_VERSION;
  session.clock = system_time;
  constexpr std::chrono::milliseconds shortest_tick{5}, longest_tick{1000};
  session.tick = std::clamp(options.sync / 4, shortest_tick, longest_tick);
  if (options.venue->auth_headers == nullptr) {
    if (!options.credentials.empty())
      throw UsageError{"--credentials: " + std::string{options.venue->name} + " takes none"};
    return session;
  }
  const auto credentials = find_credentials(options.credentials);
  if (!credentials) return session;
  if (options.url.starts_with("ws://")) spdlog::warn("credentials are not sent over ws://");
  session.secret_headers = [credentials, on_secrets = std::move(on_secrets),
                            auth_headers = options.venue->auth_headers] {
    constexpr std::chrono::hours validity{1};
    const auto expires = (system_time() + validity).time_since_epoch();
    auto headers = auth_headers(*credentials,
                                std::chrono::duration_cast<std::chrono::seconds>(expires).count(),
                                net::hmac_sha256);
    if (on_secrets) on_secrets({credentials->key, credentials->secret, headers.back().value});
    return headers;
  };
  return session;
}

}  // namespace obkit::obsave
