#include "obsave/image_watch.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace obkit::obsave {
namespace {

/// What the patience grows to, in times of the first.
constexpr int longest_image_times = 8, longest_quiet_times = 60;

}  // namespace

void ImageWatch::begin(std::span<const std::string> symbols, Clock::time_point now) {
  for (const std::string& symbol : symbols) {
    watches_[symbol] = {.asked = now,
                        .last_frame = now,
                        .sound_since = now,
                        .ask_at = {},
                        .pause = patience_.first_retry,
                        .image = patience_.image,
                        .quiet = patience_.quiet};
  }
}

void ImageWatch::on_frame(const feed::Frame& frame, Clock::time_point now) {
  for (const BookUpdate& update : frame.updates) {
    const auto found = watches_.find(update.symbol);
    if (found == watches_.end()) continue;
    Watch& watch = found->second;
    watch.last_frame = now;
    if (update.kind == BookUpdate::Kind::image) {
      watch.has_image = true;
      watch.sound_since = now;
      watch.image = patience_.image;
      watch.ask_at.reset();
    } else if (watch.has_image) {
      watch.quiet = patience_.quiet;
    }
  }
}

void ImageWatch::lose(const std::string& symbol, const std::string& reason, Clock::time_point now) {
  const auto found = watches_.find(symbol);
  if (found == watches_.end()) return;
  Watch& watch = found->second;
  if (now - watch.sound_since >= patience_.steady) watch.pause = patience_.first_retry;
  const bool is_first = watch.pause == patience_.first_retry;
  watch.ask_at = now + (is_first ? std::chrono::milliseconds{0} : watch.pause);
  watch.pause = std::min(watch.pause * 2, patience_.longest_retry);
  watch.has_image = false;
  spdlog::warn("the book of {} is lost: {}; asking for a new one", symbol, reason);
}

void ImageWatch::ask_for_all(Clock::time_point now) {
  for (auto& [symbol, watch] : watches_) watch.ask_at = now;
}

net::Next ImageWatch::due(Clock::time_point now) {
  net::Next next;
  const bool any_image = has_any_image();
  for (auto& [symbol, watch] : watches_) {
    const bool overdue = !watch.has_image && !watch.ask_at && now - watch.asked > watch.image;
    if (overdue && !any_image)
      return {.step = net::Next::Step::reconnect, .reason = "no book of " + symbol + " came"};
    if (overdue) {
      watch.image = std::min(watch.image * 2, longest_image_times * patience_.image);
      lose(symbol, "its image did not come", now);
    }
    check_silence(symbol, watch, now);
    if (!watch.ask_at || *watch.ask_at > now) continue;
    watch.asked = now;
    watch.ask_at.reset();
    watch.has_image = false;
    for (feed::Request& request : protocol_.refresh(symbol))
      next.send.push_back(std::move(request));
  }
  return next;
}

bool ImageWatch::has_any_image() const {
  return std::any_of(watches_.begin(), watches_.end(),
                     [](const auto& one) { return one.second.has_image; });
}

void ImageWatch::check_silence(const std::string& symbol, Watch& watch,
                               Clock::time_point now) const {
  if (!watch.has_image || now - watch.last_frame <= watch.quiet) return;
  spdlog::warn("nothing of {} for {:.0f} s; asking for its book anew", symbol,
               std::chrono::duration<double>{now - watch.last_frame}.count());
  watch.quiet = std::min(watch.quiet * 2, longest_quiet_times * patience_.quiet);
  watch.last_frame = now;
  watch.ask_at = now;
}

}  // namespace obkit::obsave
