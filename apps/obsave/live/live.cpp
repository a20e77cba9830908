#include "obsave/live/live.hpp"

#include <algorithm>
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

/// Only a person can mend it: another URL, other credentials, another CA file.
bool is_final(const Disconnect& disconnect) {
  if (disconnect.kind == Disconnect::Kind::certificate) return true;
  const int status = disconnect.http_status;
  return status >= 300 && status < 500 && status != forbidden && status != not_found &&
         status != timeout && status != banned && status != too_many;
}

}  // namespace

Live::Live(const Options& options, Upkeep& upkeep, std::vector<std::string> symbols,
           MakeProtocol make_protocol, Patience patience)
    : Live{options, nullptr, &upkeep, std::move(symbols), std::move(make_protocol), patience} {}

Live::Live(const Options& options, Parts parts, Patience patience)
    : Live{options,
           std::make_unique<Upkeep>(options,
                                    Upkeep::Parts{.recorder = parts.recorder,
                                                  .output = parts.output,
                                                  .captures = parts.captures,
                                                  .on_book = std::move(parts.on_book),
                                                  .on_status = std::move(parts.on_status),
                                                  .wants_levels = std::move(parts.wants_levels)}),
           nullptr,
           options.symbols,
           std::move(parts.make_protocol),
           patience} {}

Live::Live(const Options& options, std::unique_ptr<Upkeep> own, Upkeep* shared,
           std::vector<std::string> symbols, MakeProtocol make_protocol, Patience patience)
    : options_{options},
      own_{std::move(own)},
      upkeep_{own_ ? *own_ : *shared},
      link_{upkeep_.add_link()},
      recorder_{upkeep_.recorder()},
      captures_{upkeep_.captures()},
      symbols_{std::move(symbols)},
      make_protocol_{std::move(make_protocol)},
      protocol_{make_protocol_()},
      succession_{succession_parts(), patience},
      images_{*protocol_, upkeep_.gets(), patience},
      checks_{options.verify_live ? std::span{symbols_} : std::span<std::string>{}, patience} {
  const bool is_first = link_.number == 1;
  if (is_first && upkeep_.on_terms() && has_list(options))
    terms_.emplace(options, upkeep_.on_terms(), patience);
}

Succession::Parts Live::succession_parts() {
  return {
      .make_protocol = make_protocol_,
      .recorder = recorder_,
      .symbols = symbols_,
      .captured = [this](const feed::HttpAnswer& answer) { return captured(answer); },
      .take = [this](const feed::Frame& frame, std::string_view text,
                     Timestamp received) { return take_from_second(frame, text, received); },
      .change_over =
          [this](std::unique_ptr<feed::Protocol> protocol) { change_over(std::move(protocol)); }};
}

std::string Live::name() const {
  if (upkeep_.link_count() == 1) return {};
  return "connection " + std::to_string(link_.number) + " of " +
         std::to_string(upkeep_.link_count()) + ": ";
}

std::vector<feed::Request> Live::on_open() {
  ++link_.made;
  link_.tick.is_connected = true;
  refused_.clear();
  spdlog::info("{}connected to {}", name(), options_.url.substr(0, options_.url.find('?')));
  images_.begin(symbols_, Clock::now());
  checks_.begin(Clock::now());
  if (terms_) terms_->begin(Clock::now());
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
  if (captures_ != nullptr) captures_->write(frame, text, received, symbols_);
  return lost;
}

/// Nobody can be asked for its image before all is taken over.
Next Live::take_from_second(const feed::Frame& frame, std::string_view text, Timestamp received) {
  const auto& lost = take(frame, text, received);
  images_.on_frame(frame, text.empty() ? From::http : From::socket, last_frame_);
  ask_for_thinned(last_frame_);
  if (recorder_.is_done()) return {.step = Next::Step::stop};
  if (!lost.empty()) return {.step = Next::Step::reconnect, .reason = lost.front().reason};
  return {.send = frame.replies};
}

Next Live::look_ahead(const feed::Frame& frame, Timestamp received, Next next) {
  if (next.step != Next::Step::read_on) return next;
  if (!frame.ends.empty()) succession_.announce(frame.ends, Clock::now());
  if (succession_.meet(frame, received)) return {.step = Next::Step::hand_over};
  if (recorder_.is_done()) return {.step = Next::Step::stop};
  if (const std::string* reason = succession_.broken())
    return {.step = Next::Step::reconnect,
            .reason = "a connection that had taken over is gone: " + *reason};
  if (succession_.is_due(Clock::now())) next.step = Next::Step::succeed;
  return next;
}

void Live::change_over(std::unique_ptr<feed::Protocol> protocol) {
  protocol_ = std::move(protocol);
  link_.successions = succession_.count();
  images_.speak(*protocol_);
  if (terms_) terms_->begin(Clock::now());
  succession_.begin(options_.venue->renewal, Clock::now());
}

std::string Live::captured(const feed::HttpAnswer& answer) const {
  return feed::captured_answer(options_.http_url().append(answer.target), answer.body);
}

/// A snapshot whose request failed is asked for again when its time is over.
Next Live::on_answer(const feed::HttpAnswer& answer, Timestamp received) {
  if (answer.retry_after) images_.hold(Clock::now() + *answer.retry_after);
  if (terms_ && terms_->awaits(answer)) {
    auto page = terms_->on_answer(answer, Clock::now());
    return page ? Next{.send = {std::move(*page)}} : Next{};
  }
  const feed::Frame& frame = protocol_->decode_answer(answer);
  const bool has_other_words = frame.kind == feed::Frame::Kind::refused;
  if (!answer.problem.empty() && !has_other_words && failed_gets_.admits(Clock::now()))
    spdlog::warn("{}", answer.problem);
  if (succession_.has_taken(frame)) return {};
  const auto& lost = record(frame, answer.body.size(), received);
  if (captures_ != nullptr && answer.problem.empty())
    captures_->write(frame, captured(answer), received, symbols_);
  return look_ahead(frame, received, follow(frame, From::http, lost, received));
}

const std::vector<Recorder::Loss>& Live::record(const feed::Frame& frame, std::size_t bytes,
                                                Timestamp received) {
  const std::uint64_t books_before = recorder_.tally().books;
  const auto& lost = recorder_.on_frame(frame, bytes, received, symbols_);
  last_frame_ = Clock::now();
  upkeep_.note_frame(last_frame_);
  if (recorder_.tally().books > books_before) upkeep_.note_book(received, last_frame_);
  tell_doubt(last_frame_);
  return lost;
}

Next Live::follow(const feed::Frame& frame, From from, const std::vector<Recorder::Loss>& lost,
                  Timestamp received) {
  const auto now = last_frame_;
  images_.on_frame(frame, from, now);
  ask_for_thinned(now);
  if (frame.kind == feed::Frame::Kind::book && recorder_.event_time()) {
    lag_ = received - *recorder_.event_time();
    upkeep_.note_lag(*lag_);
  }
  if (recorder_.is_done()) return {.step = Next::Step::stop};
  if (frame.kind == feed::Frame::Kind::refused) return on_refusal(frame);
  if (frame.kind == feed::Frame::Kind::subscribed) check_pool(frame);
  if (frame.kind == feed::Frame::Kind::malformed)
    return {.step = Next::Step::reconnect, .reason = "a frame is not understood: " + frame.text};
  if (!frame.lost.empty()) return {.step = Next::Step::reconnect, .reason = frame.lost};
  Next next;
  if (!lost.empty()) {
    for (const Recorder::Loss& lost_book : lost)
      if (!refuse_unheld(lost_book)) images_.lose(lost_book.symbol, lost_book.reason, now);
    next = look_after_images(now);
  }
  next.send.insert(next.send.begin(), frame.replies.begin(), frame.replies.end());
  const bool is_image =
      !frame.updates.empty() && frame.updates.front().kind == BookUpdate::Kind::image;
  if (is_image) ask_for_terms(next, now);
  return next;
}

/// The GETs of a second connection are all that the exchange allows.
void Live::ask_for_terms(Next& next, Clock::time_point now) {
  if (!terms_ || succession_.is_under_way() || is_archive()) return;
  if (auto page = terms_->due(images_.has_all_images(), now)) next.send.push_back(std::move(*page));
  if (terms_->is_asking()) images_.hold(now);  // what is asked for behind it is not late
}

void Live::ask_for_thinned(Clock::time_point now) {
  const std::string& symbol = recorder_.thinned();
  if (symbol.empty()) return;
  images_.ask_for(symbol, now);
  if (thinned_.admits(now))
    spdlog::info("few levels of the snapshot of {} are left; asking for a new one", symbol);
}

Next Live::look_after_images(Clock::time_point now) {
  Next next = images_.due(now);
  for (const Recorder::Loss& one : images_.silent()) recorder_.ask_anew(one.symbol, one.reason);
  return next;
}

void Live::tell_doubt(Clock::time_point now) {
  const std::string& doubt = recorder_.doubt();
  if (!doubt.empty() && doubts_.admits(now))
    spdlog::warn("{}; it is not believed, its receive time stands in", doubt);
}

Next Live::on_refusal(const feed::Frame& frame) {
  const std::string text =
      "the exchange refuses: " + (frame.text.empty() ? "it does not say why" : frame.text) +
      (frame.status != 0 ? " (" + std::to_string(frame.status) + ")" : "");
  if (!frame.symbol.empty()) refused_.insert(frame.symbol);
  const bool serves_others = !frame.symbol.empty() && refused_.size() < symbols_.size();
  if (!frame.passes && !serves_others && !upkeep_.has_recorded()) throw NetworkError{text};
  if (frame.passes)
    return {.step = Next::Step::reconnect, .reason = text, .retry_after = frame.retry_after};
  if (!frame.symbol.empty()) images_.give_up(frame.symbol, last_frame_);
  if (refusals_.admits(last_frame_)) spdlog::warn("{}", text);  // the others are served on
  return {.send = frame.replies};
}

/// A book that could never be written exactly is none to ask for again. Once there was one, the
/// price is an accident.
bool Live::refuse_unheld(const Recorder::Loss& lost) {
  if (!lost.reason.starts_with(feed::price_not_held) || recorder_.last_book(lost.symbol) != nullptr)
    return false;
  const std::string text = lost.symbol + " cannot be recorded exactly: it has " + lost.reason;
  refused_.insert(lost.symbol);
  if (refused_.size() >= symbols_.size() && recorder_.tally().books == 0)
    throw UsageError{"--symbol: " + text};
  images_.give_up(lost.symbol, last_frame_);
  if (refusals_.admits(last_frame_)) spdlog::warn("{}", text);
  return true;
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
  link_.tick = {};
  if (!has_ended) recorder_.on_disconnect(disconnect.text, symbols_);
  if (captures_ != nullptr) captures_->disconnect(symbols_);
  std::string failure = disconnect.text;
  const bool unreachable =
      disconnect.kind == Disconnect::Kind::name || disconnect.kind == Disconnect::Kind::connect;
  const std::string_view note = options_.venue->note;
  if (unreachable && options_.is_default_url() && !note.empty())
    failure.append(" (").append(note).append(")");
  upkeep_.note_disconnect(disconnect.kind, failure);
  if (is_final(disconnect) && !upkeep_.has_recorded()) throw NetworkError{failure};
  if (has_ended) {
    spdlog::info("{}the archive has ended", name());
    return Next::Step::stop;
  }
  const int status = disconnect.http_status;
  const bool is_grave = status == forbidden || status == unauthorized || status == not_found;
  const auto level = is_grave ? spdlog::level::err : spdlog::level::warn;
  spdlog::log(level, "{}{}; next attempt in {:.1f} s", name(), failure, seconds(pause));
  return Next::Step::read_on;
}

/// What a server sends that replays one lies in the past.
bool Live::is_archive() const { return !options_.is_default_url() && lag_ && *lag_ > past; }

/// Such a server closes properly at its end.
bool Live::is_archive_that_ended(const Disconnect& disconnect) const {
  return disconnect.kind == Disconnect::Kind::closed && disconnect.close_code == normal_closure &&
         upkeep_.has_recorded() && is_archive();
}

Next Live::on_tick(const net::Tick& tick) {
  const auto now = Clock::now();
  link_.tick = tick;
  upkeep_.on_tick(link_, now);
  unanswered_since_.reset();
  if (tick.unanswered.count() > 0) unanswered_since_ = now - tick.unanswered;
  images_.sum_up(now);
  for (LogLimit* lines : {&refusals_, &failed_gets_, &pools_, &doubts_, &thinned_})
    lines->sum_up(now);
  if (captures_ != nullptr)
    for (const std::string& symbol : captures_->wants_images(symbols_)) {
      images_.ask_for(symbol, now);
      recorder_.ask_anew(symbol, "its capture begins anew");
    }
  if (!tick.is_connected) return {};
  Next next = look_ahead({}, {}, look_after_images(now));
  if (succession_.is_under_way()) return next;  // its GETs are all that the exchange allows
  ask_for_terms(next, now);
  if (const std::string* symbol = checks_.due(now); symbol != nullptr)
    for (feed::Request& request : protocol_->check(*symbol))
      next.send.push_back(std::move(request));
  return next;
}

void Live::end() {
  constexpr std::chrono::milliseconds longest_answer{1500};
  if (!unanswered_since_ || Clock::now() - *unanswered_since_ < longest_answer) return;
  spdlog::warn("{}the connection did not answer any more: what it missed is declared as a gap",
               name());
  recorder_.on_disconnect("the connection was silent: no answer to a ping", symbols_);
  if (captures_ != nullptr) captures_->disconnect(symbols_);
}

namespace {

/// From the first secret on: no core dump, no debugger of others.
void guard_memory() { ::prctl(PR_SET_DUMPABLE, 0); }

}  // namespace

net::SessionOptions session_options(const Options& options) {
  net::SessionOptions session;
  session.url = options.url;
  session.http_url = options.http_url();
  session.proxy = proxy_of_environment(net::parse_endpoint(options.url));
  const bool has_password = session.proxy.find('@') != std::string::npos;
  if (has_password) guard_memory();
  session.ca_file = options.ca_file;
  session.user_agent = "obsave/" + std::string{version_number()};
  session.clock = system_time;
  if (const auto& keepalive = options.venue->keepalive)
    session.keepalive = {.text = std::string{keepalive->text}, .every = keepalive->every};
  session.silence = options.venue->silence.connection;
  constexpr std::chrono::milliseconds shortest_tick{5}, longest_tick{1000};
  session.tick = std::clamp(options.sync / 4, shortest_tick, longest_tick);
  session.connect_pace = options.venue->connect_pace;
  if (options.venue->auth_headers == nullptr) {
    if (!options.credentials.empty())
      throw UsageError{"--credentials: " + std::string{options.venue->name} + " takes none"};
    return session;
  }
  const auto credentials = find_credentials(options.credentials);
  if (!credentials) return session;
  guard_memory();
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
