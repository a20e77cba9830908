#include "obsave/live/image_watch.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace obkit::obsave {
namespace {

/// What the patience grows to, in times of the first.
constexpr int longest_image_times = 8, longest_quiet_times = 60;

}  // namespace

void ImageWatch::begin(std::span<const std::string> symbols, Clock::time_point now) {
  idle_since_.reset();
  for (const std::string& symbol : symbols) {
    watches_[symbol] = {.begun = now,
                        .asked = now,
                        .last_frame = now,
                        .sound_since = now,
                        .ask_at = {},
                        .pause = patience_.first_retry,
                        .image = patience_.image,
                        .quiet = patience_.quiet};
  }
}

void ImageWatch::on_frame(const feed::Frame& frame, From from, Clock::time_point now) {
  for (const BookUpdate& update : frame.updates) {
    const auto found = watches_.find(update.symbol);
    if (found == watches_.end() || update.kind == BookUpdate::Kind::witness) continue;
    Watch& watch = found->second;
    watch.last_frame = now;
    watch.is_served = watch.is_served || from == From::socket;
    if (update.kind == BookUpdate::Kind::image && update.lost.empty()) {
      watch.has_image = true;
      watch.is_lost = false;
      watch.sound_since = now;
      watch.image = patience_.image;
      watch.ask_at.reset();
    } else if (from == From::http && update.kind == BookUpdate::Kind::old && !watch.is_lost) {
      watch.has_image = true;  // the book goes on as it stands
    } else if (watch.has_image) {
      watch.quiet = patience_.quiet;
    }
  }
  note(frame.replies, now);
}

/// An answer is late only when all have had their turn.
void ImageWatch::note(const std::vector<feed::Request>& requests, Clock::time_point now) {
  for (const feed::Request& request : requests)
    if (const auto* const page = std::get_if<feed::HttpGet>(&request))
      gets_.free_at = std::max(gets_.free_at, now) + page->pause;
}

void ImageWatch::lose(const std::string& symbol, const std::string& reason, Clock::time_point now) {
  const auto found = watches_.find(symbol);
  if (found == watches_.end()) return;
  // What makes a snapshot none, its age say, does not pass at once.
  const Again again = found->second.has_image ? Again::at_once : Again::later;
  lose(symbol, found->second, reason, again, now);
}

void ImageWatch::lose(const std::string& symbol, Watch& watch, const std::string& reason,
                      Again again, Clock::time_point now) {
  const bool may_hurry = again == Again::at_once;
  if (may_hurry && now - watch.sound_since >= patience_.steady) watch.pause = patience_.first_retry;
  const bool is_first = may_hurry && watch.pause == patience_.first_retry;
  const std::chrono::milliseconds pause = is_first ? std::chrono::milliseconds{0} : watch.pause;
  watch.ask_at = now + pause;
  watch.pause = std::min(watch.pause * 2, patience_.longest_retry);
  watch.has_image = false;
  watch.is_lost = true;
  if (!lost_lines_.admits(now)) return;
  const std::string when =
      is_first ? "" : fmt::format(" in {:.1f} s", std::chrono::duration<double>{pause}.count());
  spdlog::warn("the book of {} is lost: {}; asking for a new one{}", symbol, reason, when);
}

void ImageWatch::give_up(const std::string& symbol, Clock::time_point now) {
  if (watches_.erase(symbol) > 0 && watches_.empty()) idle_since_ = now;
}

void ImageWatch::ask_for(const std::string& symbol, Clock::time_point now) {
  if (const auto found = watches_.find(symbol); found != watches_.end()) found->second.ask_at = now;
}

void ImageWatch::sum_up(Clock::time_point now) {
  lost_lines_.sum_up(now);
  silent_lines_.sum_up(now);
}

net::Next ImageWatch::due(Clock::time_point now) {
  net::Next next;
  silent_.clear();
  if (idle_since_ && now - *idle_since_ > patience_.refused)
    return {.step = net::Next::Step::reconnect, .reason = "the exchange refuses all symbols"};
  const bool any_image = has_any_image();
  for (auto& [symbol, watch] : watches_) {
    const bool overdue = !watch.has_image && !watch.ask_at &&
                         now - std::max(watch.asked, gets_.free_at) > watch.image;
    if (overdue && !any_image)
      return {.step = net::Next::Step::reconnect, .reason = "no book of " + symbol + " came"};
    if (overdue) {
      watch.image = std::min(watch.image * 2, longest_image_times * patience_.image);
      lose(symbol, watch, "its image did not come", Again::at_once, now);
    }
    check_service(symbol, watch, now);
    check_silence(symbol, watch, now);
    if (!watch.ask_at || *watch.ask_at > now) continue;
    watch.asked = now;
    watch.ask_at.reset();
    watch.has_image = false;
    auto requests = protocol_->refresh(symbol);
    note(requests, now);
    std::move(requests.begin(), requests.end(), std::back_inserter(next.send));
  }
  return next;
}

bool ImageWatch::has_any_image() const {
  return std::any_of(watches_.begin(), watches_.end(),
                     [](const auto& one) { return one.second.has_image; });
}

bool ImageWatch::has_all_images() const {
  return !watches_.empty() && std::all_of(watches_.begin(), watches_.end(),
                                          [](const auto& one) { return one.second.has_image; });
}

/// Some exchanges accept a subscription to whatever it is. Once a recording: it is no event.
void ImageWatch::check_service(const std::string& symbol, const Watch& watch,
                               Clock::time_point now) {
  if (watch.is_served || now - watch.begun <= patience_.unserved) return;
  if (!unserved_.insert(symbol).second) return;
  spdlog::warn("the exchange accepted {} and sent nothing of it for {:.0f} s: is it traded there?",
               symbol, std::chrono::duration<double>{now - watch.begun}.count());
}

void ImageWatch::check_silence(const std::string& symbol, Watch& watch, Clock::time_point now) {
  if (!watch.has_image || now - watch.last_frame <= watch.quiet) return;
  const std::string time =
      fmt::format("{:.0f} s", std::chrono::duration<double>{now - watch.last_frame}.count());
  if (silent_lines_.admits(now))
    spdlog::warn("nothing of {} for {}; asking for its book anew: is its market quiet?", symbol,
                 time);
  silent_.push_back({.symbol = symbol, .reason = "silent for " + time});
  watch.quiet = std::min(watch.quiet * 2, longest_quiet_times * patience_.quiet);
  watch.last_frame = now;
  watch.ask_at = now;
}

}  // namespace obkit::obsave
