#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "obkit/book/full_book.hpp"
#include "obkit/core/time.hpp"
#include "obkit/core/tracked_book.hpp"
#include "obkit/feed/protocol.hpp"

#include "obsave/output.hpp"
#include "obsave/quotes.hpp"
#include "obsave/symbol_choice.hpp"
#include "obsave/trade_recorder.hpp"
#include "obsave/witnesses.hpp"

namespace obkit::obsave {

/// When a book is written.
enum class Every {
  change,    ///< when what is visible of it has changed
  message,   ///< after each message that touches it
  event,     ///< after the last message of one event time, when the next time begins
  interval,  ///< the last one of each interval of the feed's time
};

struct RecorderOptions {
  std::vector<std::string> symbols;  ///< or patterns; others are left out; empty: every symbol
  std::size_t depth = 100;           ///< levels of both sides together; even, >= 2
  Every every = Every::change;
  std::chrono::milliseconds interval{0};                            ///< of Every::interval, > 0
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  ///< books, then it is done
  std::string pool = {};      ///< of books whose frames name none
  bool may_be_union = false;  ///< where no pool is named it may be a union, which can be crossed
  /// Whether a frame received then can be of that event time; else the receive time stands in for
  /// it. Empty: every time is believed.
  std::function<bool(Timestamp event, Timestamp received)> believes = {};
};

/// Which event times of a live feed can be: those within the bounds of the clock, or of the clock
/// as it would be had nobody set it since a time was within.
///
/// A server that replays the past begins behind the clock: then whatever is not ahead of the clock
/// can be, until a time near the clock comes.
class TimeBelief {
 public:
  static constexpr std::chrono::nanoseconds ahead = std::chrono::minutes{1};
  static constexpr std::chrono::nanoseconds behind = std::chrono::hours{1};

  /// `steady` tells how long it runs, and is never set. `may_replay`: the server may be one that
  /// replays the past.
  TimeBelief(std::function<std::chrono::nanoseconds()> steady, bool may_replay)
      : steady_{std::move(steady)}, may_replay_{may_replay} {}

  [[nodiscard]] bool operator()(Timestamp event, Timestamp received);

 private:
  struct Anchor {
    Timestamp clock;
    std::chrono::nanoseconds steady;
  };

  std::function<std::chrono::nanoseconds()> steady_;
  bool may_replay_;
  std::optional<bool> replays_;   ///< empty before the first time
  std::optional<Anchor> anchor_;  ///< when a time was near the clock
};

/// What went through a recorder.
struct Tally {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;      ///< of the frames
  std::uint64_t malformed = 0;  ///< frames that are not what the protocol allows
  std::uint64_t images = 0;
  std::uint64_t books = 0;       ///< given to the output
  std::uint64_t gaps = 0;        ///< of these, with a gap before them
  std::uint64_t losses = 0;      ///< books that were lost and must be fetched anew
  std::uint64_t thin = 0;        ///< not written: fewer than depth/2 levels on a side
  std::uint64_t crossed = 0;     ///< not written: an archive's book that is crossed
  std::uint64_t old = 0;         ///< not written: older than what was written, a feed starts again
  std::uint64_t dropped = 0;     ///< changes without an image before them
  std::uint64_t unbelieved = 0;  ///< updates whose time is far from the clock
  std::uint64_t checks = 0;      ///< of a book against something that its updates do not tell
  std::uint64_t agreed = 0;      ///< of these
};

/// What a recorder knows of one symbol.
struct SymbolTally {
  Tally counts;  ///< frames: that said something of it; without bytes and malformed
  std::optional<std::chrono::nanoseconds> lag = {};  ///< from the last event's time to its receipt
  std::optional<Timestamp> last_book = {};           ///< receipt of what was written last
};

/// Frames in, books out. Knows no socket and no clock, so that a live connection and a capture are
/// recorded by the same code.
///
/// A book that may be wrong is never written: after a loss its symbol is silent until the next
/// image, and the first book then has gap set. A crossed book is a loss unless it is the union of
/// two pools.
class Recorder {
 public:
  /// `output` must outlive the recorder, and so must `trades`, which takes the trades that frames
  /// tell; null: nobody wants them.
  Recorder(RecorderOptions options, Output& output, TradeRecorder* trades = nullptr);

  /// A symbol whose book is no longer the exchange's, and why (one line for people).
  struct Loss {
    std::string symbol;
    std::string reason;
  };
  /// The symbols of one connection; empty: there is only one.
  using Scope = std::span<const std::string>;

  /// Takes over what a frame says, of `bytes` length. Returns the books that it cost, valid until
  /// the next call. A malformed frame may have been a change of any book of its connection and
  /// costs all of them, as does a frame that says so.
  /// Throws what the output throws, as do the others.
  const std::vector<Loss>& on_frame(const feed::Frame& frame, std::size_t bytes, Timestamp received,
                                    Scope connection = {});
  /// One message of an archive that holds no frames. A crossed book is left out there, as nobody
  /// can be asked for a new image.
  const std::vector<Loss>& on_update(const BookUpdate& update, Timestamp received);
  /// The same of trades.
  void on_trades(std::span<const TradeUpdate> trades, Timestamp received);

  /// A fresh image of a symbol was asked for although its book was not lost. It is counted as a
  /// loss; that image bears the gap. A book without numbers is lost until then.
  void ask_anew(const std::string& symbol, std::string reason);

  /// The symbol of the last frame whose image was cut, where the levels that it told have become
  /// few: a new one should be asked for, before what is visible reaches beyond them, which costs
  /// the book. Told once an image; empty: there is none.
  [[nodiscard]] const std::string& thinned() const { return thinned_; }

  /// A connection is gone: none of its books goes on without a new image. `heard`, of an archive
  /// that has it: when something was received last. A book that stood then and comes no more is
  /// lost.
  void on_disconnect(std::string_view reason, Scope connection = {},
                     std::optional<Timestamp> heard = {});
  /// Nothing more comes: writes what waits for its event or interval to end, and declares what was
  /// lost behind the last book. `now`, of a live feed only: a book that nobody has at that time is
  /// lost until then.
  void finish(std::optional<Timestamp> now = {});

  /// The wanted symbols of which no book was written, by name, and why.
  [[nodiscard]] std::vector<Loss> bookless() const;
  /// Whether anything of a wanted symbol came.
  [[nodiscard]] bool has_heard() const { return !symbols_.empty(); }
  [[nodiscard]] bool has_heard_of(const std::string& symbol) const {
    return symbols_.contains(symbol);
  }
  /// Whether a book of the symbol stands that goes on with the next update.
  [[nodiscard]] bool has_book(const std::string& symbol) const;
  /// The exchange's number of that book; empty where it has none.
  [[nodiscard]] std::optional<std::uint64_t> number_of(const std::string& symbol) const;

  /// Null where no trades are wanted.
  [[nodiscard]] TradeRecorder* trades() const { return trades_; }

  /// The book of the symbol that was written last; null before the first. Valid until the next
  /// frame.
  [[nodiscard]] const OrderBook* last_book(const std::string& symbol) const;

  /// Whether `count` books have been written.
  [[nodiscard]] bool is_done() const { return tally_.books >= options_.count; }
  [[nodiscard]] const Tally& tally() const { return tally_; }
  /// What was unbelievable of the last frame, one line for people; empty when nothing was.
  [[nodiscard]] const std::string& doubt() const { return doubt_; }
  /// By symbol. O(symbols).
  [[nodiscard]] std::map<std::string, SymbolTally> symbol_tallies() const;
  /// Event time of the last change of any book; empty before, and where the feed tells none.
  [[nodiscard]] std::optional<Timestamp> event_time() const { return event_time_; }

 private:
  struct Symbol {
    std::string name;
    book::FullBook book;
    TrackedBook written;     ///< the last one; of depth 0 before the first
    std::string gap_reason;  ///< of the next one; empty: no gap
    std::string asked_anew;  ///< why its next image was asked for, where the book was not lost
    std::string pool;
    std::optional<std::uint64_t> number;     ///< the exchange's, of the book as it stands
    Witnesses witnesses;                     ///< wait until the book has their numbers
    Quotes quotes;                           ///< witnesses without numbers
    std::optional<Timestamp> resumes;        ///< books before it were written already
    std::optional<BookUpdate::Edges> edges;  ///< of its image; empty: it was not cut
    bool is_thinned = false;                 ///< few of the levels between them are left
    std::size_t most_levels = 0;             ///< a side, of the books that were too thin to write
    std::string lost_for;                    ///< why its book was lost last
    std::optional<Timestamp> missed;         ///< when the last book since `written` was left out
    bool waits = false;                      ///< a book stands that is not written yet
    std::int64_t group = 0;                  ///< event time or number of the interval, of that book
    Timestamp time, received;                ///< of that book
    SymbolTally tally;
  };
  enum class Crossing { is_loss, is_left_out, is_legal };

  void count(Symbol& symbol, std::uint64_t Tally::*what);
  void begin_anew(const std::string& name, Timestamp received);
  [[nodiscard]] bool is_wanted(const std::string& name) const;
  [[nodiscard]] Crossing crossing(const Symbol& symbol) const;
  [[nodiscard]] std::int64_t group_of(Timestamp time) const;
  [[nodiscard]] Symbol& symbol_of(const std::string& name);
  [[nodiscard]] std::optional<Timestamp> believed_time(Symbol& symbol, const BookUpdate& update,
                                                       Timestamp received);
  void apply(const BookUpdate& update, Timestamp received, Crossing if_crossed);
  void count_received(Symbol& symbol, const BookUpdate& update, book::Outcome outcome,
                      Timestamp time);
  void count_check(Symbol& symbol, const char* by, bool agrees, Timestamp time);
  void take_witness(Symbol& symbol, const BookUpdate& witness, Timestamp received);
  void take_quote(Symbol& symbol, const BookUpdate& quote, Timestamp time);
  [[nodiscard]] bool agrees_with_witness(Symbol& symbol, Timestamp time);
  [[nodiscard]] bool agrees_with_quotes(Symbol& symbol, Timestamp time);
  [[nodiscard]] const std::string& pool_of(const Symbol& symbol) const;
  void begin_image(Symbol& symbol, const BookUpdate& update, std::optional<Timestamp> time);
  [[nodiscard]] static bool stands_already(Symbol& symbol, const BookUpdate& image);
  void lose_all(std::string_view what, Timestamp received, Scope connection);
  template <class Action>
  void for_each(Scope connection, Action action);
  void lose(Symbol& symbol, std::string_view what);
  void settle(Symbol& symbol, Timestamp time, Timestamp received);
  [[nodiscard]] static std::optional<Timestamp> since_last_book(const Symbol& symbol,
                                                                std::optional<Timestamp> now);
  void declare_end(const Symbol& symbol, std::optional<Timestamp> now);
  void write_waiting(Symbol& symbol);
  [[nodiscard]] bool look_at_edges(Symbol& symbol);
  void show(Symbol& symbol, Timestamp time, Timestamp received);
  [[nodiscard]] bool is_old(Symbol& symbol, Timestamp time);
  [[nodiscard]] std::string why_bookless(const Symbol& symbol) const;

  RecorderOptions options_;
  SymbolChoice wanted_;
  Output& output_;
  TradeRecorder* trades_;
  std::unordered_map<std::string, Symbol> symbols_;
  Symbol* recent_ = nullptr;  ///< one of them: mostly the next one, too
  std::vector<Loss> losses_;
  Tally tally_;
  std::optional<Timestamp> event_time_;
  std::string doubt_, thinned_;
};

}  // namespace obkit::obsave
