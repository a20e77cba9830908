#include "obsave/live/succession.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace obkit::obsave {

using net::Next;

namespace {

/// One could be taken and the other not.
bool is_of_several(const feed::Frame& frame) {
  return std::any_of(frame.updates.begin(), frame.updates.end(), [&](const BookUpdate& update) {
    return update.symbol != frame.updates.front().symbol;
  });
}

}  // namespace

std::size_t Succession::Kept::bytes() const {
  std::size_t bytes = sizeof(Kept) + text.size();
  for (const BookUpdate& update : updates)
    bytes += sizeof(BookUpdate) + update.levels.size() * sizeof(LevelChange);
  return bytes;
}

void Succession::begin(std::chrono::milliseconds renewal, Clock::time_point now) {
  drop_second({});
  taken_.clear();
  joined_.clear();
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

const std::string* Succession::broken() const {
  return !protocol_ && !taken_.empty() ? &gone_ : nullptr;
}

bool Succession::repeats(const feed::Frame& frame) {
  if (joined_.empty() || frame.updates.empty()) return false;
  const BookUpdate& update = frame.updates.front();
  const auto found = joined_.find(update.symbol);
  if (found == joined_.end()) return false;
  if (update.kind == BookUpdate::Kind::old) return true;
  if (update.kind != BookUpdate::Kind::changes) return false;
  const bool is_in_image = update.number == found->second;
  joined_.erase(found);
  return is_in_image;
}

/// Without updates it may be a refusal, or a tick.
bool Succession::meet(const feed::Frame& frame, Timestamp received) {
  bool may_be_all = frame.updates.empty();
  for (const BookUpdate& update : frame.updates)
    if (protocol_ && take_over(update.symbol, received)) may_be_all = true;
  if (!protocol_ || !may_be_all || parts_.recorder.is_done() || !takes_all()) return false;
  record_trades(received);
  hand_over();
  return true;
}

void Succession::hand_over() {
  ++count_;
  spdlog::info("another connection goes on where the books stand: there is no gap");
  const std::string ends = std::exchange(ends_, {});
  std::map<std::string, std::uint64_t> joined = std::move(joined_);
  parts_.change_over(std::exchange(protocol_, nullptr));
  joined_ = std::move(joined);
  if (!ends.empty()) announce(ends, Clock::now());
}

/// A book that is fetched anew on the first connection is waited for: so a capture replays to what
/// was written.
bool Succession::takes_all() const {
  const auto is_settled = [&](const std::string& symbol) {
    return taken_.contains(symbol) || refused_.contains(symbol) ||
           !(parts_.recorder.has_heard_of(symbol) || passed_.contains(symbol));
  };
  return !taken_.empty() && std::all_of(parts_.symbols.begin(), parts_.symbols.end(), is_settled);
}

/// Takes a book from the second connection where that has passed the number of the recorder's.
bool Succession::take_over(const std::string& symbol, Timestamp received) {
  const auto found = passed_.find(symbol);
  const auto number = parts_.recorder.number_of(symbol);
  if (found == passed_.end() || !number || !reaches(*number, found->second)) return false;
  taken_.insert(symbol);
  progress_ = Clock::now();
  if (found->second.size() == 1 && found->second.front().is_image()) joined_[symbol] = *number;
  for (forget_oldest(found->second); !found->second.empty(); forget_oldest(found->second)) {
    Kept& next = found->second.front();
    next.frame.updates = next.updates;
    if (record(next.frame, next.text, received).step != Next::Step::read_on) break;
  }
  forget(symbol);
  return true;
}

/// A book that is lost now cannot be fetched anew before all are taken.
Next Succession::record(const feed::Frame& frame, std::string_view text, Timestamp received) {
  Next next = parts_.take(frame, text, received);
  if (next.step == Next::Step::reconnect) drop_second(next.reason);
  return next;
}

/// The first only goes on: what lies behind it is of no use. A number that begins anew ends that.
bool Succession::reaches(std::uint64_t number, Passed& passed) {
  if (passed.back().number == number)
    while (passed.size() > 1) forget_oldest(passed);
  while (passed.size() > 1 && passed.front().number < number) forget_oldest(passed);
  if (passed.front().number != number) return false;
  while (passed.size() > 1 && passed[1].number == number) forget_oldest(passed);
  return true;
}

void Succession::forget_oldest(Passed& passed) {
  kept_bytes_ -= passed.front().bytes();
  passed.pop_front();
}

void Succession::forget(const std::string& symbol) {
  const auto found = passed_.find(symbol);
  if (found == passed_.end()) return;
  while (!found->second.empty()) forget_oldest(found->second);
  passed_.erase(found);
}

std::vector<feed::Request> Succession::on_open() {
  drop_second({});
  progress_ = Clock::now();
  protocol_ = parts_.make_protocol();
  return protocol_->open();
}

Next Succession::on_frame(std::string_view text, Timestamp received) {
  if (!protocol_) return {};  // given up, and not closed yet
  return follow(protocol_->decode(text), text, received);
}

Next Succession::on_answer(const feed::HttpAnswer& answer, Timestamp received) {
  if (!protocol_) return {};
  progress_ = Clock::now();
  return follow(protocol_->decode_answer(answer), parts_.captured(answer), received);
}

Next Succession::follow(const feed::Frame& frame, std::string_view text, Timestamp received) {
  if (frame.kind == feed::Frame::Kind::malformed || !frame.lost.empty())
    return give_up(frame.text + frame.lost);
  if (frame.kind == feed::Frame::Kind::refused) {
    if (frame.symbol.empty()) return give_up("the exchange refuses: " + frame.text);
    refused_.insert(frame.symbol);
  }
  if (!frame.ends.empty()) ends_ = frame.ends;
  if (is_of_several(frame)) return give_up("a frame is of several symbols");
  if (has_taken(frame) && repeats(frame)) return {.send = frame.replies};
  if (has_taken(frame)) return record(frame, text, received);
  keep(frame, text);
  if (!frame.trades.empty()) keep_trades(frame, text);
  if (kept_bytes_ > most_kept)
    return give_up("the first connection is too far behind: " + std::to_string(kept_bytes_ >> 20U) +
                   " MiB wait for it");
  Next next{.send = frame.replies};
  if (meet(frame, received)) next.step = Next::Step::hand_over;
  if (parts_.recorder.is_done()) return {.step = Next::Step::stop};
  if (const std::string* reason = broken())
    return {.step = Next::Step::reconnect, .reason = *reason};
  return next;
}

/// A book that is lost on the second connection has no number until its next image.
void Succession::keep(const feed::Frame& frame, std::string_view text) {
  bool begins = false;
  Kept now;
  const std::string* symbol = nullptr;
  for (const BookUpdate& update : frame.updates) {
    if (update.kind == BookUpdate::Kind::witness || update.kind == BookUpdate::Kind::old) continue;
    symbol = &update.symbol;
    const bool stands = update.lost.empty() && update.number;
    begins = stands && (begins || update.kind == BookUpdate::Kind::image);
    if (!stands || begins) forget(*symbol);
    now.number = update.number.value_or(0);
  }
  if (symbol == nullptr || !(begins || passed_.contains(*symbol))) return;
  if (begins) {
    progress_ = Clock::now();
  } else {
    now.frame = frame;
    now.frame.updates = {};
    now.frame.replies.clear();
    now.updates.assign(frame.updates.begin(), frame.updates.end());
    now.text = text;
  }
  kept_bytes_ += now.bytes();
  passed_[*symbol].push_back(std::move(now));
}

void Succession::keep_trades(const feed::Frame& frame, std::string_view text) {
  KeptTrades& kept = trades_.emplace_back();
  kept.frame = frame;
  kept.frame.updates = {};
  kept.frame.trades = {};
  kept.frame.replies.clear();
  kept.trades.assign(frame.trades.begin(), frame.trades.end());
  kept.text = text;
  kept_bytes_ += sizeof(KeptTrades) + text.size();
  for (const TradeUpdate& update : kept.trades) kept_bytes_ += update.trades.size() * sizeof(Trade);
}

/// Those that the first connection had, too, are known to who records them.
void Succession::record_trades(Timestamp received) {
  for (KeptTrades& kept : std::exchange(trades_, {})) {
    kept.frame.trades = kept.trades;
    static_cast<void>(parts_.take(kept.frame, kept.text, received));
  }
}

/// The session tells it, and then on_disconnect().
Next Succession::give_up(std::string reason) {
  drop_second(reason);
  return {.step = Next::Step::reconnect, .reason = std::move(reason)};
}

void Succession::drop_second(std::string reason) {
  protocol_.reset();
  ends_.clear();
  passed_.clear();
  refused_.clear();
  trades_.clear();
  kept_bytes_ = 0;
  gone_ = std::move(reason);
}

Next::Step Succession::on_disconnect(const net::Disconnect& disconnect,
                                     std::chrono::milliseconds /*pause*/) {
  spdlog::warn("the connection that was to follow is given up: {}", disconnect.text);
  drop_second(disconnect.text);
  return Next::Step::read_on;
}

Next Succession::on_tick(const net::Tick& tick) {
  if (!tick.is_connected || !protocol_ || Clock::now() - progress_ < patience_.succession)
    return {};
  return give_up("its books did not come to stand where those of the first connection do");
}

}  // namespace obkit::obsave
