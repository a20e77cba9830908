#include "obsave/recorder.hpp"

#include <algorithm>
#include <utility>

#include "obkit/core/encoding.hpp"
#include "obkit/core/number.hpp"

namespace obkit::obsave {
namespace {

/// A feed that begins again so far behind its last book is an archive that is sent once more.
constexpr std::chrono::seconds begins_again{60};

/// A reason that may have texts of the exchange, as a manifest keeps it.
std::string kept(std::string_view reason) {
  constexpr std::size_t longest = 300;
  return printable(reason.substr(0, longest));
}

std::string describe(const book::Applied& applied) {
  return std::string{book::describe(applied.outcome)} + " (" + std::to_string(applied.id) + ")";
}

}  // namespace

bool TimeBelief::operator()(Timestamp event, Timestamp received) {
  const auto is_near = [event](Timestamp clock) {
    return event <= clock + ahead && event >= clock - behind;
  };
  if (is_near(received)) {
    anchor_ = {received, steady_()};
    replays_ = false;
    return true;
  }
  if (!replays_) replays_ = may_replay_ && event < received;
  if (*replays_) return event < received;
  return anchor_ && is_near(anchor_->clock + (steady_() - anchor_->steady));
}

Recorder::Recorder(RecorderOptions options, Output& output, TradeRecorder* trades)
    : options_{std::move(options)}, wanted_{options_.symbols}, output_{output}, trades_{trades} {}

const std::vector<Recorder::Loss>& Recorder::on_frame(const feed::Frame& frame, std::size_t bytes,
                                                      Timestamp received, Scope connection) {
  ++tally_.frames;
  tally_.bytes += bytes;
  losses_.clear();
  doubt_.clear();
  thinned_.clear();
  if (frame.kind == feed::Frame::Kind::malformed) {
    ++tally_.malformed;
    lose_all("a frame is not understood: " + frame.text, received, connection);
  }
  if (!frame.lost.empty()) lose_all(frame.lost, received, connection);
  if (frame.kind == feed::Frame::Kind::subscribed) begin_anew(frame.symbol, received);
  on_trades(frame.trades, received);
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

void Recorder::on_trades(std::span<const TradeUpdate> trades, Timestamp received) {
  if (trades_ != nullptr) trades_->on_frame(trades, received);
}

void Recorder::ask_anew(const std::string& symbol, std::string reason) {
  const auto found = symbols_.find(symbol);
  if (found == symbols_.end()) return;
  Symbol& one = found->second;
  // Changes may come before the image, and none of those that were missed: only numbers show that.
  if (one.book.has_image() && !one.number) return lose(one, reason);
  count(one, &Tally::losses);
  one.asked_anew = std::move(reason);
}

/// What stands was asked for before, or by nobody; changes may come before the image that was asked
/// for now.
void Recorder::begin_anew(const std::string& name, Timestamp received) {
  const auto found = symbols_.find(name);
  if (found == symbols_.end() || !found->second.book.has_image()) return;
  Symbol& symbol = found->second;
  symbol.book.drop();
  symbol.waits = false;  // it may be half an event
  symbol.missed = received;
  if (symbol.gap_reason.empty()) symbol.gap_reason = "its subscription began anew";
}

template <class Action>
void Recorder::for_each(Scope connection, Action action) {
  if (connection.empty())
    for (auto& [name, symbol] : symbols_) action(symbol);
  for (const std::string& name : connection)
    if (const auto found = symbols_.find(name); found != symbols_.end()) action(found->second);
}

void Recorder::on_disconnect(std::string_view reason, Scope connection,
                             std::optional<Timestamp> heard) {
  if (trades_ != nullptr) trades_->on_loss(kept(reason), connection);
  for_each(connection, [&](Symbol& symbol) {
    write_waiting(symbol);
    const auto lost = since_last_book(symbol, heard);
    if (lost && symbol.book.has_image()) symbol.missed = lost;
    symbol.book.drop();
    symbol.witnesses.clear();
    symbol.quotes.clear();
    symbol.asked_anew.clear();
    if (symbol.gap_reason.empty()) symbol.gap_reason = kept(reason);
  });
}

void Recorder::finish(std::optional<Timestamp> now) {
  if (trades_ != nullptr) trades_->finish(now);
  for (auto& [name, symbol] : symbols_) {
    write_waiting(symbol);
    if (symbol.written.book().depth() > 0) declare_end(symbol, now);
  }
}

/// Books bear the exchange's time, which need not be near the clock: what passed on the clock since
/// the last one is added to it.
std::optional<Timestamp> Recorder::since_last_book(const Symbol& symbol,
                                                   std::optional<Timestamp> now) {
  if (!now || !symbol.tally.last_book) return std::nullopt;
  const auto last = to_timestamp(symbol.written.book().time);
  if (!last) return std::nullopt;
  return *last + (*now - *symbol.tally.last_book);
}

void Recorder::declare_end(const Symbol& symbol, std::optional<Timestamp> now) {
  const std::string& why = symbol.gap_reason.empty() ? symbol.asked_anew : symbol.gap_reason;
  std::optional<Timestamp> until = symbol.missed;
  if (const auto lost = since_last_book(symbol, now); lost && !why.empty())
    until = std::max(until.value_or(*lost), *lost);
  if (until) output_.lose_end(symbol.name, *until, why);
}

std::map<std::string, SymbolTally> Recorder::symbol_tallies() const {
  std::map<std::string, SymbolTally> tallies;
  for (const auto& [name, symbol] : symbols_) tallies.emplace(name, symbol.tally);
  return tallies;
}

const OrderBook* Recorder::last_book(const std::string& symbol) const {
  const auto found = symbols_.find(symbol);
  if (found == symbols_.end() || found->second.written.book().depth() == 0) return nullptr;
  return &found->second.written.book();
}

void Recorder::count(Symbol& symbol, std::uint64_t Tally::*what) {
  ++(tally_.*what);
  ++(symbol.tally.counts.*what);
}

std::vector<Recorder::Loss> Recorder::bookless() const {
  std::vector<Loss> found;
  for (const auto& [name, symbol] : symbols_)
    if (symbol.written.book().depth() == 0)
      found.push_back({.symbol = name, .reason = why_bookless(symbol)});
  for (const std::string& wanted : options_.symbols) {
    const bool came = std::any_of(symbols_.begin(), symbols_.end(),
                                  [&](const auto& one) { return matches(wanted, one.first); });
    if (!came) found.push_back({.symbol = wanted, .reason = "nothing of it came"});
  }
  const auto by_name = [](const Loss& a, const Loss& b) { return a.symbol < b.symbol; };
  std::sort(found.begin(), found.end(), by_name);
  return found;
}

std::string Recorder::why_bookless(const Symbol& symbol) const {
  if (symbol.most_levels > 0)
    return "its books have at most " + counted(symbol.most_levels, "level") + " a side: --depth " +
           std::to_string(2 * symbol.most_levels) + " records them";
  if (!symbol.lost_for.empty()) return "its book was lost: " + symbol.lost_for;
  if (!symbol.gap_reason.empty()) return symbol.gap_reason;
  return symbol.book.has_image() ? "its book is empty on a side" : "no image of it came";
}

bool Recorder::is_wanted(const std::string& name) const {
  if (recent_ != nullptr && recent_->name == name) return true;
  return wanted_.takes(name);
}

const std::string& Recorder::pool_of(const Symbol& symbol) const {
  return symbol.pool.empty() ? options_.pool : symbol.pool;
}

Recorder::Crossing Recorder::crossing(const Symbol& symbol) const {
  const std::string& pool = pool_of(symbol);
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

std::optional<Timestamp> Recorder::believed_time(Symbol& symbol, const BookUpdate& update,
                                                 Timestamp received) {
  if (!update.time || !options_.believes || options_.believes(*update.time, received))
    return update.time;
  count(symbol, &Tally::unbelieved);
  doubt_ = "a frame of " + update.symbol + " bears the time " + format_iso(*update.time) +
           ", the clock says " + format_iso(received);
  return std::nullopt;
}

void Recorder::apply(const BookUpdate& update, Timestamp received, Crossing if_crossed) {
  Symbol& symbol = symbol_of(update.symbol);
  ++symbol.tally.counts.frames;
  if (update.kind == BookUpdate::Kind::old) return output_.count(symbol.name, {.frames = 1});
  if (update.kind == BookUpdate::Kind::witness) return take_witness(symbol, update, received);
  const std::optional<Timestamp> believed = believed_time(symbol, update, received);
  if (believed) {
    event_time_ = believed;
    symbol.tally.lag = received - *believed;
  }
  const Timestamp time = believed.value_or(received);
  if (symbol.waits && group_of(time) != symbol.group) write_waiting(symbol);
  if (update.kind == BookUpdate::Kind::image) begin_image(symbol, update, believed);
  const book::Applied applied = symbol.book.apply(update);
  count_received(symbol, update, applied.outcome, time);
  if (applied.outcome != book::Outcome::applied) symbol.missed = time;
  if (applied.outcome == book::Outcome::told_lost) {
    // Trades without numbers have no other sign that something of the connection is missing.
    if (trades_ != nullptr) trades_->on_loss(kept(update.lost), {&symbol.name, 1});
    return lose(symbol, update.lost);
  }
  if (book::is_loss(applied.outcome)) return lose(symbol, describe(applied));
  if (update.number < symbol.number) symbol.witnesses.clear();  // it counts anew
  symbol.number = update.number;
  if (symbol.edges && !look_at_edges(symbol)) {
    symbol.missed = time;
    return lose(symbol, "what is visible reaches beyond the levels of its snapshot");
  }
  if (applied.outcome == book::Outcome::dropped) {
    count(symbol, &Tally::dropped);
  } else if (!agrees_with_witness(symbol, time) || !agrees_with_quotes(symbol, time)) {
    symbol.missed = time;
  } else if (!symbol.book.is_crossed() || crossing(symbol) == Crossing::is_legal) {
    settle(symbol, time, received);
  } else if (if_crossed == Crossing::is_left_out) {
    count(symbol, &Tally::crossed);
    symbol.missed = time;
    if (symbol.gap_reason.empty()) symbol.gap_reason = "crossed books were left out";
  } else {
    symbol.missed = time;
    lose(symbol, "the best bid is not below the best ask");
  }
}

void Recorder::count_received(Symbol& symbol, const BookUpdate& update, book::Outcome outcome,
                              Timestamp time) {
  store::FrameCounts received{.frames = 1};
  if (update.order != BookUpdate::Order::untold) ++received.sequence.updates;
  if (update.order == BookUpdate::Order::breaks) ++received.sequence.breaks;
  output_.count(symbol.name, received);
  const bool agrees = outcome == book::Outcome::applied;
  if (update.checksum_rule != nullptr && (agrees || outcome == book::Outcome::wrong_checksum))
    count_check(symbol, "checksum", agrees, time);
}

void Recorder::count_check(Symbol& symbol, const char* by, bool agrees, Timestamp time) {
  count(symbol, &Tally::checks);
  if (agrees) count(symbol, &Tally::agreed);
  output_.count(
      symbol.name,
      {.verified = {
           .by = by, .checks = 1, .agreed = agrees ? 1U : 0U, .last = to_date_time(time)}});
}

void Recorder::take_witness(Symbol& symbol, const BookUpdate& witness, Timestamp received) {
  output_.count(symbol.name, {.frames = 1});
  if (witness.is_passing) return take_quote(symbol, witness, witness.time.value_or(received));
  if (!symbol.book.has_image() || !symbol.number || !witness.number) return;
  if (!witness.lost.empty()) return;  // not all its prices are held
  symbol.witnesses.add(witness);
  const Timestamp time = witness.time.value_or(received);
  if (!agrees_with_witness(symbol, time)) symbol.missed = time;
}

/// What the book has passed already, or skips, says nothing of it.
bool Recorder::agrees_with_witness(Symbol& symbol, Timestamp time) {
  if (!symbol.number) return true;
  const BookUpdate* const witness = symbol.witnesses.reach(*symbol.number);
  if (witness == nullptr) return true;
  const bool agrees = symbol.book.agrees_with(*witness);
  count_check(symbol, "snapshot", agrees, time);
  if (!agrees)
    lose(symbol,
         "a snapshot of the exchange has other levels at number " + std::to_string(*symbol.number));
  return agrees;
}

/// Those of another pool than the book's say nothing, and none of a union of pools.
void Recorder::take_quote(Symbol& symbol, const BookUpdate& quote, Timestamp time) {
  if (!symbol.book.has_image() || crossing(symbol) == Crossing::is_legal) return;
  if (!quote.pool.empty() && quote.pool != pool_of(symbol)) return;
  Quotes::Best best;
  for (const LevelChange& level : quote.levels) {
    PriceLevel& side = level.side == Side::bid ? best.bid : best.ask;
    if (level.price && level.size) side.price = *level.price, side.size = *level.size;
  }
  if (symbol.quotes.hear(best) == Quotes::Verdict::agrees)
    count_check(symbol, "snapshot", true, time);
}

bool Recorder::agrees_with_quotes(Symbol& symbol, Timestamp time) {
  if (!symbol.quotes.is_heard()) return true;
  const std::optional<PriceLevel> bid = symbol.book.best(Side::bid);
  const std::optional<PriceLevel> ask = symbol.book.best(Side::ask);
  if (!bid || !ask) return true;
  const Quotes::Verdict verdict = symbol.quotes.see({*bid, *ask});
  if (verdict == Quotes::Verdict::none) return true;
  const bool agrees = verdict == Quotes::Verdict::agrees;
  count_check(symbol, "snapshot", agrees, time);
  if (!agrees) lose(symbol, "the exchange quotes best levels that the book never had");
  return agrees;
}

bool Recorder::has_book(const std::string& symbol) const {
  const auto found = symbols_.find(symbol);
  return found != symbols_.end() && found->second.book.has_image();
}

std::optional<std::uint64_t> Recorder::number_of(const std::string& symbol) const {
  return has_book(symbol) ? symbols_.at(symbol).number : std::nullopt;
}

void Recorder::begin_image(Symbol& symbol, const BookUpdate& update,
                           std::optional<Timestamp> time) {
  write_waiting(symbol);
  count(symbol, &Tally::images);
  symbol.quotes.clear();
  if (!update.pool.empty()) symbol.pool = update.pool;
  symbol.edges.reset();
  symbol.is_thinned = false;
  if (update.edges.bid || update.edges.ask) symbol.edges = update.edges;
  if (symbol.written.book().depth() == 0) {
    symbol.gap_reason.clear();  // before the first book there is nothing to miss
    return;
  }
  if (update.continues) return;
  const std::string why = std::exchange(symbol.asked_anew, {});
  if (stands_already(symbol, update)) return;
  if (symbol.gap_reason.empty()) symbol.gap_reason = why.empty() ? "a new image" : why;
  const auto last = to_timestamp(symbol.written.book().time);
  if (time && last && *time + begins_again < *last) symbol.resumes = last;
}

/// Where the exchange numbers the changes of a book, the same number and the same levels prove that
/// nothing happened since: the market is quiet.
bool Recorder::stands_already(Symbol& symbol, const BookUpdate& image) {
  const bool is_same_change = image.number && image.number == symbol.number && image.lost.empty();
  return is_same_change && symbol.gap_reason.empty() && symbol.book.has_image() &&
         symbol.book.agrees_with(image);
}

void Recorder::lose_all(std::string_view what, Timestamp received, Scope connection) {
  if (trades_ != nullptr) trades_->on_loss(kept(what), connection);
  for_each(connection, [&](Symbol& symbol) {
    if (!symbol.book.has_image()) return;
    symbol.missed = received;
    lose(symbol, what);
  });
}

void Recorder::lose(Symbol& symbol, std::string_view what) {
  std::string reason = kept(what);
  count(symbol, &Tally::losses);
  symbol.book.drop();
  symbol.waits = false;  // it may be half an event
  symbol.gap_reason = symbol.lost_for = reason;
  losses_.push_back({.symbol = symbol.name, .reason = std::move(reason)});
}

/// Beyond its edges the image told nothing: only levels that changed since are known there.
/// Whether what is visible lies within them. Where few more levels do, the book is thinned.
bool Recorder::look_at_edges(Symbol& symbol) {
  constexpr std::size_t fewest = 100;
  const std::size_t visible = options_.depth / 2, wanted = std::max(fewest, visible + visible / 2);
  const auto are_told = [&](std::size_t levels, bool if_fewer) {
    const auto& [edge_bid, edge_ask] = *symbol.edges;
    const auto bid = symbol.book.price_at(Side::bid, levels - 1);
    const auto ask = symbol.book.price_at(Side::ask, levels - 1);
    return (!edge_bid || (bid ? *bid >= *edge_bid : if_fewer)) &&
           (!edge_ask || (ask ? *ask <= *edge_ask : if_fewer));
  };
  if (!symbol.is_thinned && !are_told(wanted, false)) {
    symbol.is_thinned = true;
    thinned_ = symbol.name;
  }
  return !symbol.is_thinned || are_told(visible, true);
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
  const auto look = symbol.book.look(options_.depth, symbol.written);
  if (look == book::Look::thin) {
    count(symbol, &Tally::thin);
    symbol.most_levels =
        std::max(symbol.most_levels, symbol.book.levels_a_side(options_.depth / 2));
    return;
  }
  const bool gap = !symbol.gap_reason.empty();
  if (options_.every != Every::message && !gap && look == book::Look::same) return;
  symbol.written.stamp(to_date_time(time), received, gap);
  output_.write(symbol.name, symbol.written, symbol.gap_reason);
  symbol.gap_reason.clear();
  symbol.missed.reset();
  symbol.tally.last_book = received;
  count(symbol, &Tally::books);
  if (gap) count(symbol, &Tally::gaps);
}

bool Recorder::is_old(Symbol& symbol, Timestamp time) {
  if (!symbol.resumes) return false;
  const bool old = time <= *symbol.resumes;
  if (old)
    count(symbol, &Tally::old);
  else
    symbol.resumes.reset();
  return old;
}

}  // namespace obkit::obsave
