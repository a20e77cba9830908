#include "obkit/obsave/recorder.hpp"

#include <algorithm>
#include <utility>

namespace obkit::obsave {
namespace {

bool looks_the_same(const OrderBook& a, const OrderBook& b) {
  return a.prices == b.prices && a.volumes == b.volumes;
}

std::string describe(const std::string& symbol, const book::Applied& applied) {
  return "book of " + symbol + " is lost: " + std::string{book::describe(applied.outcome)} +
         " (id " + std::to_string(applied.id) + ")";
}

}  // namespace

Recorder::Recorder(RecorderOptions options, Write write)
    : options_{std::move(options)}, write_{std::move(write)} {}

Recorder::Heard Recorder::on_frame(std::string_view text, Timestamp received) {
  ++tally_.frames;
  const feed::Frame& frame = decoder_.decode(text);
  std::optional<std::string> loss;
  if (frame.kind == feed::Frame::Kind::malformed) {
    // It may have been a change of any book.
    on_disconnect();
    loss = "frame is not understood: " + frame.text;
  }
  for (const BookUpdate& update : frame.updates)
    if (is_wanted(update.symbol))
      if (auto lost = apply(update, received)) loss = std::move(lost);
  return {.frame = frame, .loss = std::move(loss)};
}

void Recorder::on_disconnect() {
  for (auto& [name, symbol] : symbols_) symbol.book.drop();
}

bool Recorder::is_wanted(const std::string& symbol) const {
  return options_.symbols.empty() || std::find(options_.symbols.begin(), options_.symbols.end(),
                                               symbol) != options_.symbols.end();
}

std::optional<std::string> Recorder::apply(const BookUpdate& update, Timestamp received) {
  Symbol& symbol = symbols_[update.symbol];
  if (update.kind == BookUpdate::Kind::image) {
    ++tally_.images;
    symbol.gap = !symbol.written.prices.empty();  // what happened since the last book, nobody knows
  }
  const book::Applied applied = symbol.book.apply(update);
  if (book::is_loss(applied.outcome)) return describe(update.symbol, applied);
  if (applied.outcome == book::Outcome::dropped)
    ++tally_.dropped;
  else
    show(update.symbol, symbol, update.time.value_or(received), received);
  return std::nullopt;
}

void Recorder::show(const std::string& name, Symbol& symbol, Timestamp time, Timestamp received) {
  if (is_done()) return;
  if (!symbol.book.top(options_.depth, visible_)) {
    ++tally_.thin;
    return;
  }
  if (options_.every == Every::change && !symbol.gap && looks_the_same(visible_, symbol.written))
    return;
  visible_.time = to_date_time(time);
  visible_.recv = received;
  visible_.gap = std::exchange(symbol.gap, false);
  write_(name, visible_);
  ++tally_.books;
  std::swap(visible_, symbol.written);
}

}  // namespace obkit::obsave
