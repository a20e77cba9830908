#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "obkit/book/full_book.hpp"
#include "obkit/core/time.hpp"
#include "obkit/core/tracked_book.hpp"
#include "obkit/feed/protocol.hpp"

#include "obsave/output.hpp"

namespace obkit::obsave {

/// When a book is written.
enum class Every {
  change,    ///< when what is visible of it has changed
  message,   ///< after each message that touches it
  event,     ///< after the last message of one event time, when the next time begins
  interval,  ///< the last one of each interval of the feed's time
};

struct RecorderOptions {
  std::vector<std::string> symbols;  ///< others are left out; empty: every symbol
  std::size_t depth = 100;           ///< levels of both sides together; even, >= 2
  Every every = Every::change;
  std::chrono::milliseconds interval{0};                            ///< of Every::interval, > 0
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  ///< books, then it is done
  std::string pool = {};      ///< of books whose frames name none
  bool may_be_union = false;  ///< where no pool is named it may be a union, which can be crossed
};

/// What went through a recorder.
struct Tally {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;      ///< of the frames
  std::uint64_t malformed = 0;  ///< frames that are not what the protocol allows
  std::uint64_t images = 0;
  std::uint64_t books = 0;    ///< given to the output
  std::uint64_t gaps = 0;     ///< of these, with a gap before them
  std::uint64_t losses = 0;   ///< books that were lost and must be fetched anew
  std::uint64_t thin = 0;     ///< not written: fewer than depth/2 levels on a side
  std::uint64_t crossed = 0;  ///< not written: an archive's book that is crossed
  std::uint64_t old = 0;      ///< not written: older than what was written, a feed starts again
  std::uint64_t dropped = 0;  ///< changes without an image before them
};

/// Frames in, books out. Knows no socket and no clock, so that a live connection and a capture are
/// recorded by the same code.
///
/// A book that may be wrong is never written: after a loss its symbol is silent until the next
/// image, and the first book then has gap set. A crossed book is a loss unless it is the union of
/// two pools.
class Recorder {
 public:
  /// `output` must outlive the recorder.
  Recorder(RecorderOptions options, Output& output);

  /// A symbol whose book is no longer the exchange's, and why (one line for people).
  struct Loss {
    std::string symbol;
    std::string reason;
  };
  /// Takes over what a frame says, of `bytes` length. Returns the books that it cost, valid until
  /// the next call. A malformed frame may have been a change of any book and costs all.
  /// Throws what the output throws, as do the others.
  const std::vector<Loss>& on_frame(const feed::Frame& frame, std::size_t bytes,
                                    Timestamp received);
  /// One message of an archive that holds no frames. A crossed book is left out there, as nobody
  /// can be asked for a new image.
  const std::vector<Loss>& on_update(const BookUpdate& update, Timestamp received);

  /// The connection is gone: no book goes on without a new image.
  void on_disconnect(std::string_view reason);
  /// Nothing more comes: writes what waits for its event or interval to end.
  void finish();

  /// Whether `count` books have been written.
  [[nodiscard]] bool is_done() const { return tally_.books >= options_.count; }
  [[nodiscard]] const Tally& tally() const { return tally_; }
  /// Event time of the last change of any book; empty before, and where the feed tells none.
  [[nodiscard]] std::optional<Timestamp> event_time() const { return event_time_; }

 private:
  struct Symbol {
    std::string name;
    book::FullBook book;
    TrackedBook written;     ///< the last one; of depth 0 before the first
    std::string gap_reason;  ///< of the next one; empty: no gap
    std::string pool;
    std::optional<Timestamp> resumes;  ///< books before it were written already
    bool waits = false;                ///< a book stands that is not written yet
    std::int64_t group = 0;            ///< event time or number of the interval, of that book
    Timestamp time, received;          ///< of that book
  };
  enum class Crossing { is_loss, is_left_out, is_legal };

  [[nodiscard]] bool is_wanted(const std::string& name) const;
  [[nodiscard]] Crossing crossing(const Symbol& symbol) const;
  [[nodiscard]] std::int64_t group_of(Timestamp time) const;
  [[nodiscard]] Symbol& symbol_of(const std::string& name);
  void apply(const BookUpdate& update, Timestamp received, Crossing if_crossed);
  void begin_image(Symbol& symbol, const BookUpdate& update);
  void lose(Symbol& symbol, std::string reason);
  void settle(Symbol& symbol, Timestamp time, Timestamp received);
  void write_waiting(Symbol& symbol);
  void show(Symbol& symbol, Timestamp time, Timestamp received);
  [[nodiscard]] bool is_old(Symbol& symbol, Timestamp time);

  RecorderOptions options_;
  Output& output_;
  std::unordered_map<std::string, Symbol> symbols_;
  Symbol* recent_ = nullptr;  ///< one of them: mostly the next one, too
  std::vector<Loss> losses_;
  Tally tally_;
  std::optional<Timestamp> event_time_;
};

}  // namespace obkit::obsave
