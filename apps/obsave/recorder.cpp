#include "obsave/recorder.hpp"

#include <algorithm>
#include <utility>

namespace obkit::obsave {
namespace {

/// A feed that begins again so far behind its last book is an archive that is sent once more.
constexpr std::chrono::seconds begins_again{60};

std::string describe(const book::Applied& applied) {
  return std::string{book::describe(applied.outcome)} + " (" + std::to_string(applied.id) + ")";
}

}  // namespace

Recorder::Recorder(RecorderOptions options, Output& output)
    : options_{std::move(options)}, output_{output} {}

const std::vector<Recorder::Loss>& Recorder::on_frame(const feed::Frame& frame, std::size_t bytes,
                                                      Timestamp received) {
  ++tally_.frames;
  tally_.bytes += bytes;
  losses_.clear();
  if (frame.kind == feed::Frame::Kind::malformed) {
    ++tally_.malformed;
    for (auto& [name, symbol] : symbols_)
      if (symbol.book.has_image()) lose(symbol, "a frame is not understood: " + frame.text);
  }
  for (const BookUpdate& update : frame.updates)
    if (is_wanted(update.symbol)) apply(update, received, Crossing::is_loss);
  return losses_;
}

const std::vector<Recorder::Loss>& Recorder::on_update(const BookUpdate& update,
                                                       Timestamp received) {
  ++tally_.frames;
  losses_.clear();
  if (is_wanted(update.symbol)) apply(update, received, Crossing::is_left_out);
  return losses_;
}

void Recorder::on_disconnect(std::string_view reason) {
  for (auto& [name, symbol] : symbols_) {
    write_waiting(symbol);
    symbol.book.drop();
    if (symbol.gap_reason.empty()) symbol.gap_reason = reason;
  }
}

void Recorder::finish() {
  for (auto& [name, symbol] : symbols_) write_waiting(symbol);
}

bool Recorder::is_wanted(const std::string& name) const {
  return options_.symbols.empty() || std::find(options_.symbols.begin(), options_.symbols.end(),
                                               name) != options_.symbols.end();
}

Recorder::Crossing Recorder::crossing(const Symbol& symbol) const {
  const std::string& pool = symbol.pool.empty() ? options_.pool : symbol.pool;
  const bool is_union = pool == "Aggregated" || (pool.empty() && options_.may_be_union);
  return is_union ? Crossing::is_legal : Crossing::is_loss;
}

std::int64_t Recorder::group_of(Timestamp time) const {
  const std::int64_t ns = time.time_since_epoch().count();
  if (options_.every != Every::interval) return ns;
  return ns / std::chrono::nanoseconds{options_.interval}.count();
}

Recorder::Symbol& Recorder::symbol_of(const std::string& name) {
  if (recent_ != nullptr && recent_->name == name) return *recent_;
  recent_ = &symbols_[name];
  recent_->name = name;
  return *recent_;
}

void Recorder::apply(const BookUpdate& update, Timestamp received, Crossing if_crossed) {
  Symbol& symbol = symbol_of(update.symbol);
  output_.count_frame(symbol.name);
  if (update.time) event_time_ = update.time;
  const Timestamp time = update.time.value_or(received);
  if (symbol.waits && group_of(time) != symbol.group) write_waiting(symbol);
  if (update.kind == BookUpdate::Kind::image) begin_image(symbol, update);
  const book::Applied applied = symbol.book.apply(update);
  if (applied.outcome == book::Outcome::told_lost) return lose(symbol, update.lost);
  if (book::is_loss(applied.outcome)) return lose(symbol, describe(applied));
  if (applied.outcome == book::Outcome::dropped) {
    ++tally_.dropped;
  } else if (!symbol.book.is_crossed() || crossing(symbol) == Crossing::is_legal) {
    settle(symbol, time, received);
  } else if (if_crossed == Crossing::is_left_out) {
    ++tally_.crossed;
    if (symbol.gap_reason.empty()) symbol.gap_reason = "crossed books were left out";
  } else {
    lose(symbol, "the best bid is not below the best ask");
  }
}

void Recorder::begin_image(Symbol& symbol, const BookUpdate& update) {
  write_waiting(symbol);
  ++tally_.images;
  if (!update.pool.empty()) symbol.pool = update.pool;
  if (symbol.written.prices.empty()) {
    symbol.gap_reason.clear();  // before the first book there is nothing to miss
    return;
  }
  if (update.continues) return;
  if (symbol.gap_reason.empty()) symbol.gap_reason = "a new image";
  const auto last = to_timestamp(symbol.written.time);
  if (update.time && last && *update.time + begins_again < *last) symbol.resumes = last;
}

void Recorder::lose(Symbol& symbol, std::string reason) {
  ++tally_.losses;
  symbol.book.drop();
  symbol.waits = false;  // it may be half an event
  symbol.gap_reason = reason;
  losses_.push_back({.symbol = symbol.name, .reason = std::move(reason)});
}

void Recorder::settle(Symbol& symbol, Timestamp time, Timestamp received) {
  if (options_.every == Every::change || options_.every == Every::message)
    return show(symbol, time, received);
  symbol.waits = true;
  symbol.group = group_of(time);
  symbol.time = time;
  symbol.received = received;
}

void Recorder::write_waiting(Symbol& symbol) {
  if (std::exchange(symbol.waits, false)) show(symbol, symbol.time, symbol.received);
}

void Recorder::show(Symbol& symbol, Timestamp time, Timestamp received) {
  if (is_done() || is_old(symbol, time)) return;
  OrderBook& book = symbol.written;
  const auto look = symbol.book.look(options_.depth, book);
  if (look == book::Look::thin) {
    ++tally_.thin;
    return;
  }
  const bool gap = !symbol.gap_reason.empty();
  if (options_.every != Every::message && !gap && look == book::Look::same) return;
  book.time = to_date_time(time);
  book.recv = received;
  book.gap = gap;
  output_.write(symbol.name, book, symbol.gap_reason);
  symbol.gap_reason.clear();
  ++tally_.books;
  if (gap) ++tally_.gaps;
}

bool Recorder::is_old(Symbol& symbol, Timestamp time) {
  if (!symbol.resumes) return false;
  const bool old = time <= *symbol.resumes;
  if (old)
    ++tally_.old;
  else
    symbol.resumes.reset();
  return old;
}

}  // namespace obkit::obsave
