#include "obsave/live/live.hpp"

#include <algorithm>
#include <filesystem>
#include <span>
#include <sys/prctl.h>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/version.hpp"
#include "obkit/net/hmac.hpp"
#include "obkit/net/secrets.hpp"

namespace obkit::obsave {
namespace {

using From = ImageWatch::From;
using net::Disconnect;
using net::Next;

constexpr int unauthorized = 401;
constexpr int forbidden = 403;
constexpr int not_found = 404;  // also of a load balancer that has no server yet
constexpr int timeout = 408;
constexpr int banned = 418;  // for a while
constexpr int too_many = 429;
constexpr int normal_closure = 1000;

/// A market that lies so far behind is one of an archive: it has no lag.
constexpr std::chrono::hours past{1};

/// Only a person can mend it: another URL, other credentials, another CA file.
bool is_final(const Disconnect& disconnect) {
  if (disconnect.kind == Disconnect::Kind::certificate) return true;
  const int status = disconnect.http_status;
  return status >= 300 && status < 500 && status != forbidden && status != not_found &&
         status != timeout && status != banned && status != too_many;
}

Timestamp system_time() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>{time}.count();
}

constexpr std::size_t levels_shown = 10;
/// Of more symbols nobody reads the levels.
constexpr std::size_t most_with_levels = 100;

/// The best levels of the book that was written last.
void show_levels(const OrderBook& book, SymbolStatus& status) {
  const std::size_t side = book.depth() / 2;
  for (std::size_t k = 0; k < std::min(side, levels_shown); ++k) {
    const std::size_t bid = side - 1 - k, ask = side + k;
    status.bids.push_back({.price = book.prices[bid].value(), .volume = book.volumes[bid]});
    status.asks.push_back({.price = book.prices[ask].value(), .volume = book.volumes[ask]});
  }
}

void show_levels(const Recorder& recorder, std::map<std::string, SymbolStatus>& statuses) {
  std::size_t shown = 0;
  for (auto& [symbol, status] : statuses) {
    if (shown++ == most_with_levels) return;
    if (const OrderBook* book = recorder.last_book(symbol)) show_levels(*book, status);
  }
}

std::map<std::string, SymbolStatus> symbol_statuses(const Recorder& recorder, const Output& output,
                                                    const Captures* captures) {
  std::map<std::string, SymbolStatus> statuses;
  const Timestamp now = system_time();
  for (const auto& [symbol, tally] : recorder.symbol_tallies()) {
    SymbolStatus& status = statuses[symbol];
    status.tally = tally.counts;
    if (tally.lag && std::chrono::abs(*tally.lag) <= past) status.lag_seconds = seconds(*tally.lag);
    if (tally.last_book) status.seconds_since_book = std::max(seconds(now - *tally.last_book), 0.0);
  }
  for (const auto& [symbol, counts] : output.symbol_counts()) statuses[symbol].output = counts;
  for (auto& [symbol, status] : statuses)
    status.can_be_written =
        !output.is_in_trouble(symbol) && (captures == nullptr || !captures->is_in_trouble(symbol));
  return statuses;
}

}  // namespace

Live::Live(const Options& options, Parts parts, Patience patience)
    : options_{options},
      parts_{std::move(parts)},
      protocol_{parts_.make_protocol()},
      succession_{
          {.make_protocol = parts_.make_protocol,
           .recorder = parts_.recorder,
           .symbols = options.symbols,
           .captured = [this](const feed::HttpAnswer& answer) { return captured(answer); },
           .take = [this](const feed::Frame& frame, std::string_view text,
                          Timestamp received) { return take_from_second(frame, text, received); },
           .change_over =
               [this](std::unique_ptr<feed::Protocol> protocol) {
                 change_over(std::move(protocol));
               }},
          patience},
      images_{*protocol_, patience},
      checks_{options.verify_live ? std::span{options.symbols} : std::span<const std::string>{},
              patience} {}

std::vector<feed::Request> Live::on_open() {
  ++connections_;
  refused_.clear();
  spdlog::info("connected to {}", options_.url.substr(0, options_.url.find('?')));
  images_.begin(options_.symbols, Clock::now());
  checks_.begin(Clock::now());
  succession_.begin(options_.venue->renewal, Clock::now());
  return protocol_->open();
}

Next Live::on_frame(std::string_view text, Timestamp received) {
  unanswered_since_.reset();
  const feed::Frame& frame = protocol_->decode(text);
  if (succession_.has_taken(frame)) return look_ahead(frame, received, {});
  if (succession_.repeats(frame)) return look_ahead(frame, received, {.send = frame.replies});
  Next next = follow(frame, From::socket, take(frame, text, received), received);
  return look_ahead(frame, received, std::move(next));
}

const std::vector<Recorder::Loss>& Live::take(const feed::Frame& frame, std::string_view text,
                                              Timestamp received) {
  // The line first: somebody may wait for it, and nobody for the rest.
  const auto& lost = record(frame, text.size(), received);
  if (parts_.captures != nullptr) parts_.captures->write(frame, text, received);
  return lost;
}

/// Nobody can be asked for its image before all is taken over.
Next Live::take_from_second(const feed::Frame& frame, std::string_view text, Timestamp received) {
  const auto& lost = take(frame, text, received);
  images_.on_frame(frame, text.empty() ? From::http : From::socket, *last_frame_);
  ask_for_thinned(*last_frame_);
  if (parts_.recorder.is_done()) return {.step = Next::Step::stop};
  if (!lost.empty()) return {.step = Next::Step::reconnect, .reason = lost.front().reason};
  return {.send = frame.replies};
}

Next Live::look_ahead(const feed::Frame& frame, Timestamp received, Next next) {
  if (next.step != Next::Step::read_on) return next;
  if (!frame.ends.empty()) succession_.announce(frame.ends, Clock::now());
  if (succession_.meet(frame, received)) return {.step = Next::Step::hand_over};
  if (parts_.recorder.is_done()) return {.step = Next::Step::stop};
  if (const std::string* reason = succession_.broken())
    return {.step = Next::Step::reconnect,
            .reason = "a connection that had taken over is gone: " + *reason};
  if (succession_.is_due(Clock::now())) next.step = Next::Step::succeed;
  return next;
}

void Live::change_over(std::unique_ptr<feed::Protocol> protocol) {
  protocol_ = std::move(protocol);
  images_.speak(*protocol_);
  succession_.begin(options_.venue->renewal, Clock::now());
}

std::string Live::captured(const feed::HttpAnswer& answer) const {
  return feed::captured_answer(options_.http_url().append(answer.target), answer.body);
}

/// A snapshot whose request failed is asked for again when its time is over.
Next Live::on_answer(const feed::HttpAnswer& answer, Timestamp received) {
  if (answer.retry_after) images_.hold(Clock::now() + *answer.retry_after);
  const feed::Frame& frame = protocol_->decode_answer(answer);
  const bool has_other_words = frame.kind == feed::Frame::Kind::refused;
  if (!answer.problem.empty() && !has_other_words && failed_gets_.admits(Clock::now()))
    spdlog::warn("{}", answer.problem);
  if (succession_.has_taken(frame)) return {};
  const auto& lost = record(frame, answer.body.size(), received);
  if (parts_.captures != nullptr && answer.problem.empty())
    parts_.captures->write(frame, captured(answer), received);
  return look_ahead(frame, received, follow(frame, From::http, lost, received));
}

const std::vector<Recorder::Loss>& Live::record(const feed::Frame& frame, std::size_t bytes,
                                                Timestamp received) {
  const std::uint64_t books_before = parts_.recorder.tally().books;
  const auto& lost = parts_.recorder.on_frame(frame, bytes, received);
  last_frame_ = Clock::now();
  if (parts_.recorder.tally().books > books_before) note_book(received, *last_frame_);
  tell_doubt(*last_frame_);
  return lost;
}

Next Live::follow(const feed::Frame& frame, From from, const std::vector<Recorder::Loss>& lost,
                  Timestamp received) {
  const auto now = *last_frame_;
  images_.on_frame(frame, from, now);
  ask_for_thinned(now);
  if (frame.kind == feed::Frame::Kind::book && parts_.recorder.event_time())
    lag_ = received - *parts_.recorder.event_time();
  if (parts_.recorder.is_done()) return {.step = Next::Step::stop};
  if (frame.kind == feed::Frame::Kind::refused) return on_refusal(frame);
  if (frame.kind == feed::Frame::Kind::subscribed) check_pool(frame);
  if (frame.kind == feed::Frame::Kind::malformed)
    return {.step = Next::Step::reconnect, .reason = "a frame is not understood: " + frame.text};
  if (!frame.lost.empty()) return {.step = Next::Step::reconnect, .reason = frame.lost};
  Next next;
  if (!lost.empty()) {
    for (const Recorder::Loss& lost_book : lost)
      images_.lose(lost_book.symbol, lost_book.reason, now);
    next = look_after_images(now);
  }
  next.send.insert(next.send.begin(), frame.replies.begin(), frame.replies.end());
  return next;
}

void Live::ask_for_thinned(Clock::time_point now) {
  if (const std::string& symbol = parts_.recorder.thinned(); !symbol.empty())
    images_.ask_for(symbol, now);
}

Next Live::look_after_images(Clock::time_point now) {
  Next next = images_.due(now);
  for (const Recorder::Loss& one : images_.silent())
    parts_.recorder.ask_anew(one.symbol, one.reason);
  return next;
}

void Live::note_book(Timestamp received, Clock::time_point now) {
  last_book_ = now;
  if (!std::exchange(told_of_first_book_, true)) spdlog::info("recording");
  if (parts_.on_book) parts_.on_book(system_time() - received);
}

void Live::tell_doubt(Clock::time_point now) {
  const std::string& doubt = parts_.recorder.doubt();
  if (!doubt.empty() && doubts_.admits(now))
    spdlog::warn("{}; it is not believed, its receive time stands in", doubt);
}

Next Live::on_refusal(const feed::Frame& frame) {
  const std::string text =
      "the exchange refuses: " + (frame.text.empty() ? "it does not say why" : frame.text) +
      (frame.status != 0 ? " (" + std::to_string(frame.status) + ")" : "");
  if (!frame.symbol.empty()) refused_.insert(frame.symbol);
  const bool serves_others = !frame.symbol.empty() && refused_.size() < options_.symbols.size();
  if (!frame.passes && !serves_others && !has_recorded()) throw NetworkError{text};
  if (frame.passes)
    return {.step = Next::Step::reconnect, .reason = text, .retry_after = frame.retry_after};
  if (!frame.symbol.empty()) images_.give_up(frame.symbol);
  if (refusals_.admits(*last_frame_)) spdlog::warn("{}", text);  // the others are served on
  return {.send = frame.replies};
}

void Live::check_pool(const feed::Frame& frame) {
  spdlog::debug("subscribed to {} {}", frame.text, frame.pool);
  if (frame.pool.empty() || options_.pool.empty() || frame.pool == options_.pool) return;
  if (pools_.admits(Clock::now()))
    spdlog::warn("asked for pool {}, the exchange sends {} of {}", options_.pool, frame.pool,
                 frame.text);
}

Next::Step Live::on_disconnect(const Disconnect& disconnect, std::chrono::milliseconds pause) {
  const bool has_ended = is_archive_that_ended(disconnect);  // then nothing is lost
  if (!has_ended) parts_.recorder.on_disconnect(disconnect.text);
  if (parts_.captures != nullptr) parts_.captures->disconnect();
  ++disconnects_[std::string{to_string(disconnect.kind)}];
  last_failure_ = disconnect.text;
  const bool unreachable =
      disconnect.kind == Disconnect::Kind::name || disconnect.kind == Disconnect::Kind::connect;
  const std::string_view note = options_.venue->note;
  if (unreachable && options_.is_default_url() && !note.empty())
    last_failure_.append(" (").append(note).append(")");
  if (is_final(disconnect) && !has_recorded()) throw NetworkError{last_failure_};
  if (has_ended) {
    spdlog::info("the archive has ended");
    return Next::Step::stop;
  }
  const int status = disconnect.http_status;
  const bool is_grave = status == forbidden || status == unauthorized || status == not_found;
  const auto level = is_grave ? spdlog::level::err : spdlog::level::warn;
  spdlog::log(level, "{}; next attempt in {:.1f} s", last_failure_, seconds(pause));
  return Next::Step::read_on;
}

/// A server that replays an archive closes properly at its end; what it sent lies in the past.
bool Live::is_archive_that_ended(const Disconnect& disconnect) const {
  return disconnect.kind == Disconnect::Kind::closed && disconnect.close_code == normal_closure &&
         !options_.is_default_url() && has_recorded() && lag_ && *lag_ > past;
}

Next Live::on_tick(const net::Tick& tick) {
  const auto now = Clock::now();
  look_after_output(now);
  tell_status(tick, now);
  unanswered_since_.reset();
  if (tick.unanswered.count() > 0) unanswered_since_ = now - tick.unanswered;
  images_.sum_up(now);
  for (LogLimit* lines : {&refusals_, &failed_gets_, &pools_, &doubts_}) lines->sum_up(now);
  if (!tick.is_connected) return {};
  Next next = look_ahead({}, {}, look_after_images(now));
  if (succession_.is_under_way()) return next;  // its GETs are all that the exchange allows
  if (const std::string* symbol = checks_.due(now); symbol != nullptr)
    for (feed::Request& request : protocol_->check(*symbol))
      next.send.push_back(std::move(request));
  return next;
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
  if (parts_.captures == nullptr) return;
  for (const std::string& symbol : parts_.captures->wants_images()) images_.ask_for(symbol, now);
}

void Live::tell_status(const net::Tick& tick, Clock::time_point now) {
  if (!parts_.on_status) return;
  Status status{.tally = parts_.recorder.tally(),
                .output = parts_.output.counts(),
                .is_connected = tick.is_connected,
                .connections = connections_,
                .successions = successions(),
                .disconnects = disconnects_,
                .trouble = parts_.output.trouble(),
                .unread_bytes = tick.unread_bytes};
  if (status.trouble.empty() && parts_.captures != nullptr)
    status.trouble = parts_.captures->trouble();
  if (last_frame_) status.seconds_since_frame = seconds(now - *last_frame_);
  if (last_book_) status.seconds_since_book = seconds(now - *last_book_);
  if (lag_ && std::chrono::abs(*lag_) <= past) status.lag_seconds = seconds(*lag_);
  status.symbols = symbol_statuses(parts_.recorder, parts_.output, parts_.captures);
  if (parts_.wants_levels && parts_.wants_levels()) show_levels(parts_.recorder, status.symbols);
  std::error_code unknown;
  const auto space = std::filesystem::space(options_.out, unknown);
  if (options_.out != "-" && !unknown) status.disk_free_bytes = space.available;
  parts_.on_status(status);
}

void Live::end() {
  constexpr std::chrono::milliseconds longest_answer{1500};
  if (!unanswered_since_ || Clock::now() - *unanswered_since_ < longest_answer) return;
  spdlog::warn("the connection did not answer any more: what it missed is declared as a gap");
  parts_.recorder.on_disconnect("the connection was silent: no answer to a ping");
  if (parts_.captures != nullptr) parts_.captures->disconnect();
}

void Live::check_reached() const {
  if (connections_ == 0 && !last_failure_.empty()) throw NetworkError{last_failure_};
}

net::SessionOptions session_options(const Options& options) {
  net::SessionOptions session;
  session.url = options.url;
  session.http_url = options.http_url();
  session.proxy = proxy_of_environment(net::parse_endpoint(options.url));
  session.ca_file = options.ca_file;
  session.user_agent = "obsave/" + std::string{version_number()};
  session.clock = system_time;
  if (const auto& keepalive = options.venue->keepalive)
    session.keepalive = {.text = std::string{keepalive->text}, .every = keepalive->every};
  constexpr std::chrono::milliseconds shortest_tick{5}, longest_tick{1000};
  session.tick = std::clamp(options.sync / 4, shortest_tick, longest_tick);
  if (options.venue->auth_headers == nullptr) {
    if (!options.credentials.empty())
      throw UsageError{"--credentials: " + std::string{options.venue->name} + " takes none"};
    return session;
  }
  const auto credentials = find_credentials(options.credentials);
  if (!credentials) return session;
  ::prctl(PR_SET_DUMPABLE, 0);  // no core dump, no debugger of others
  if (options.url.starts_with("ws://"))
    spdlog::warn("credentials are not sent over ws://");
  else if (std::min(credentials->key.size(), credentials->secret.size()) < net::Secrets::shortest)
    spdlog::warn(
        "a key or secret of less than {} characters is not hidden where the exchange "
        "repeats it",
        net::Secrets::shortest);
  session.secret_headers = [credentials, auth_headers = options.venue->auth_headers] {
    constexpr std::chrono::hours validity{1};
    const auto expires = (system_time() + validity).time_since_epoch();
    auto headers = auth_headers(*credentials,
                                std::chrono::duration_cast<std::chrono::seconds>(expires).count(),
                                net::hmac_sha256);
    std::vector<std::string> hidden{credentials->key, credentials->secret, headers.back().value};
    return net::SecretHeaders{.headers = std::move(headers), .hidden = std::move(hidden)};
  };
  return session;
}

}  // namespace obkit::obsave
