#include "obsave/live/succession.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace obkit::obsave {

using net::Next;

void Succession::begin(std::chrono::milliseconds renewal, Clock::time_point now) {
  protocol_.reset();
  numbers_.clear();
  taken_.clear();
  due_.reset();
  if (renewal.count() > 0) due_ = now + renewal;
}

void Succession::announce(const std::string& reason, Clock::time_point now) {
  spdlog::info("the exchange announces the end of the connection: {}", reason);
  due_ = std::min(due_.value_or(now), now);
}

bool Succession::is_due(Clock::time_point now) {
  if (protocol_ || !due_ || now < *due_) return false;
  due_ = now + patience_.next_succession;
  return true;
}

bool Succession::has_taken(const feed::Frame& frame) const {
  if (taken_.empty() || frame.updates.empty()) return false;
  return std::all_of(frame.updates.begin(), frame.updates.end(),
                     [&](const BookUpdate& update) { return taken_.contains(update.symbol); });
}

bool Succession::meet(const feed::Frame& frame) {
  if (!protocol_) return false;
  for (const BookUpdate& update : frame.updates) {
    const auto second = numbers_.find(update.symbol);
    if (second != numbers_.end() && parts_.recorder.number_of(update.symbol) == second->second)
      taken_.insert(update.symbol);
  }
  if (!takes_all()) return false;
  spdlog::info("another connection goes on where the books stand: there is no gap");
  parts_.change_over(std::exchange(protocol_, nullptr));
  return true;
}

bool Succession::takes_all() const {
  return !taken_.empty() &&
         std::all_of(parts_.symbols.begin(), parts_.symbols.end(), [&](const std::string& symbol) {
           return taken_.contains(symbol) || !parts_.recorder.has_book(symbol);
         });
}

std::vector<feed::Request> Succession::on_open() {
  begun_ = Clock::now();
  protocol_ = parts_.make_protocol();
  return protocol_->open();
}

Next Succession::on_frame(std::string_view text, Timestamp received) {
  return follow(protocol_->decode(text), text, received);
}

Next Succession::on_answer(const feed::HttpAnswer& answer, Timestamp received) {
  return follow(protocol_->decode_answer(answer), {}, received);
}

Next Succession::follow(const feed::Frame& frame, std::string_view text, Timestamp received) {
  if (frame.kind == feed::Frame::Kind::malformed || !frame.lost.empty())
    return {.step = Next::Step::reconnect, .reason = frame.text + frame.lost};
  if (frame.kind == feed::Frame::Kind::refused && frame.symbol.empty())
    return {.step = Next::Step::reconnect, .reason = "the exchange refuses: " + frame.text};
  if (has_taken(frame)) return parts_.take(frame, text, received);
  note_numbers(frame);
  Next next{.send = frame.replies};
  if (meet(frame)) next.step = Next::Step::hand_over;
  return next;
}

/// A book that is lost on the second connection has no number until its next image.
void Succession::note_numbers(const feed::Frame& frame) {
  for (const BookUpdate& update : frame.updates) {
    if (update.kind == BookUpdate::Kind::witness || update.kind == BookUpdate::Kind::old) continue;
    if (update.lost.empty() && update.number)
      numbers_[update.symbol] = *update.number;
    else
      numbers_.erase(update.symbol);
  }
}

Next::Step Succession::on_disconnect(const net::Disconnect& disconnect,
                                     std::chrono::milliseconds /*pause*/) {
  spdlog::warn("the connection that was to follow is given up: {}", disconnect.text);
  protocol_.reset();
  numbers_.clear();
  return Next::Step::read_on;
}

Next Succession::on_tick(const net::Tick& tick) {
  if (!tick.is_connected || !protocol_ || Clock::now() - begun_ < patience_.succession) return {};
  return {.step = Next::Step::reconnect,
          .reason = "its books did not come to stand where those of the first connection do"};
}

}  // namespace obkit::obsave
