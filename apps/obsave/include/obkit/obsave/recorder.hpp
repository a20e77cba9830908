#pragma once

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
#include "obkit/core/order_book.hpp"
#include "obkit/core/time.hpp"
#include "obkit/feed/bitmex.hpp"

namespace obkit::obsave {

/// When a book is written.
enum class Every {
  change,   ///< when what is visible of it has changed
  message,  ///< after each message that touches it
};

struct RecorderOptions {
  std::vector<std::string> symbols;  ///< others are left out; empty: every symbol
  std::size_t depth = 100;           ///< levels of both sides together; even, >= 2
  Every every = Every::change;
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  ///< books, then it is done
};

/// What went through a recorder.
struct Tally {
  std::uint64_t frames = 0;
  std::uint64_t images = 0;
  std::uint64_t books = 0;    ///< written
  std::uint64_t thin = 0;     ///< not written: fewer than depth/2 levels on a side
  std::uint64_t dropped = 0;  ///< changes without an image before them
};

/// Frames in, books out. Knows no socket and no clock, so that a live connection and a capture are
/// recorded by the same code.
///
/// A book that may be wrong is never written: after a loss its symbol is silent until the next
/// image, and the first book then has gap set.
class Recorder {
 public:
  using Write = std::function<void(const std::string& symbol, const OrderBook& book)>;

  Recorder(RecorderOptions options, Write write);

  /// What a frame said, and, where it cost a book, why (one line for people).
  struct Heard {
    const feed::Frame& frame;  ///< valid until the next frame
    std::optional<std::string> loss;
  };
  /// Throws what `write` throws.
  Heard on_frame(std::string_view text, Timestamp received);

  /// The connection is gone: no book goes on without a new image.
  void on_disconnect();

  /// Whether `count` books have been written.
  [[nodiscard]] bool is_done() const { return tally_.books >= options_.count; }
  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  struct Symbol {
    book::FullBook book;
    OrderBook written;  ///< the last one; without prices before the first
    bool gap = false;   ///< of the next one
  };

  [[nodiscard]] bool is_wanted(const std::string& symbol) const;
  [[nodiscard]] std::optional<std::string> apply(const BookUpdate& update, Timestamp received);
  void show(const std::string& name, Symbol& symbol, Timestamp time, Timestamp received);

  RecorderOptions options_;
  Write write_;
  feed::bitmex::Decoder decoder_;
  std::unordered_map<std::string, Symbol> symbols_;
  OrderBook visible_;
  Tally tally_;
};

}  // namespace obkit::obsave
