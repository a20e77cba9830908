#include "obkit/obsave/live.hpp"

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/obsave/credentials.hpp"

namespace obkit::obsave {
namespace {

using feed::Loss;
using feed::Next;

/// Only a person can mend it: another URL, other credentials, another CA file.
bool is_final(const Loss& loss) {
  if (loss.kind == Loss::Kind::certificate) return true;
  constexpr int forbidden = 403;  // may be a ban that ends
  constexpr int timeout = 408;
  constexpr int too_many = 429;
  const int status = loss.http_status;
  return status >= 300 && status < 500 && status != forbidden && status != timeout &&
         status != too_many;
}

bool is_default(const std::string& url) {
  return url == feed::bitmex::live_url || url == feed::bitmex::testnet_url;
}

std::string with_hint(const Loss& loss, const std::string& url) {
  const bool unreachable = loss.kind == Loss::Kind::name || loss.kind == Loss::Kind::connect;
  if (!unreachable || !is_default(url)) return loss.text;
  return loss.text + " (BitMEX closed on 2026-09-23; see --url and --replay)";
}

Timestamp system_time() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

}  // namespace

Live::Live(const Settings& settings, Recorder& recorder)
    : settings_{settings}, recorder_{recorder} {}

std::vector<std::string> Live::on_open() {
  ++connections_;
  spdlog::info("connected to {}", settings_.url);
  return feed::bitmex::subscribe_requests(settings_.symbols, settings_.pool);
}

Next Live::on_frame(std::string_view text, Timestamp received) {
  const auto heard = recorder_.on_frame(text, received);
  if (heard.frame.kind == feed::Frame::Kind::refused) return on_refusal(heard.frame);
  if (heard.frame.kind == feed::Frame::Kind::subscribed) check_pool(heard.frame);
  if (heard.loss) return {.step = Next::Step::reconnect, .reason = *heard.loss};
  if (recorder_.tally().books > 0 && !told_of_first_book_) {
    told_of_first_book_ = true;
    spdlog::info("recording");
  }
  return {.step = recorder_.is_done() ? Next::Step::stop : Next::Step::read_on};
}

Next Live::on_refusal(const feed::Frame& frame) {
  const std::string text = "the exchange refuses: " + frame.text +
                           (frame.status > 0 ? " (" + std::to_string(frame.status) + ")" : "");
  const bool passes = frame.status == 429 || frame.status >= 500;
  if (!passes && !has_recorded()) throw NetworkError{text};
  if (passes)
    return {.step = Next::Step::reconnect, .reason = text, .retry_after = frame.retry_after};
  spdlog::warn("{}", text);  // the other symbols are served on
  return {};
}

void Live::check_pool(const feed::Frame& frame) const {
  spdlog::debug("subscribed to {} {}", frame.text, frame.pool);
  if (!frame.pool.empty() && !settings_.pool.empty() && frame.pool != settings_.pool)
    spdlog::warn("asked for pool {}, the exchange sends {} of {}", settings_.pool, frame.pool,
                 frame.text);
}

void Live::on_lost(const Loss& loss, std::chrono::milliseconds pause) {
  recorder_.on_disconnect();
  last_failure_ = with_hint(loss, settings_.url);
  if (is_final(loss) && !has_recorded()) throw NetworkError{last_failure_};
  spdlog::warn("{}; next attempt in {:.1f} s", last_failure_,
               std::chrono::duration<double>{pause}.count());
}

void Live::check_reached() const {
  if (connections_ == 0 && !last_failure_.empty()) throw NetworkError{last_failure_};
}

feed::SessionOptions session_options(const Settings& settings) {
  feed::SessionOptions options;
  options.url = settings.url;
  options.ca_file = settings.ca_file;
  options.user_agent = "obsave/" OBKIT_VERSION;
  options.clock = system_time;
  if (const auto credentials = find_credentials(settings.credentials)) {
    if (settings.url.starts_with("ws://")) spdlog::warn("credentials are not sent over ws://");
    options.secret_headers = [credentials = *credentials] {
      constexpr std::chrono::hours validity{1};
      const auto expires = (system_time() + validity).time_since_epoch();
      return feed::bitmex::auth_headers(
          credentials, std::chrono::duration_cast<std::chrono::seconds>(expires).count());
    };
  }
  return options;
}

}  // namespace obkit::obsave
