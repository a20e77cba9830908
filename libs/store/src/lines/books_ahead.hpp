#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/order_book.hpp"

#include "lines/fast_line.hpp"

namespace obkit::store {

/// Whole lines of a day-file, and their books as far as FastLine takes them, all of one depth.
struct Piece {
  std::vector<char> text;  ///< `size` bytes of lines, and LineReader::padding behind them
  std::size_t size = 0;
  std::vector<OrderBook> books;  ///< `count` of them, one a line, and memory of earlier ones
  std::size_t count = 0;
  std::size_t read = 0;        ///< bytes of their lines; below `size` where a line was not taken
  std::exception_ptr failure;  ///< of the source, behind the lines
};

/// Reads a day-file on several threads, some pieces ahead of who takes them in their order. It
/// takes only what is as obkit writes it: who meets anything else gives it back, and reads this as
/// the source of all that follows.
///
/// A file of one piece needs no thread. The destructor waits for a read that is under way, so the
/// source must not be one that may wait for long, as a live pipe.
class BooksAhead final : public ByteSource {
 public:
  static constexpr std::size_t piece_size = std::size_t{256} * 1024;
  /// More threads than these would only wait for who takes the pieces.
  static constexpr std::size_t most_jobs = 8;

  /// Who takes pieces is one of the threads, while he would wait. Pre: jobs > 0.
  BooksAhead(std::unique_ptr<ByteSource> source, std::size_t jobs);
  ~BooksAhead() override;

  /// The next piece, until the next call; null at the end. Pre: nothing was given back.
  [[nodiscard]] Piece* next();
  /// What the last piece has from there on, and all behind it, is for read(). Ends the threads.
  void give_back(std::size_t offset);

  /// What next() did not give, or was given back.
  std::size_t read(std::span<char> block) override;

 private:
  struct Slot {
    Piece piece;
    bool is_ready = false;
  };

  void start();
  void stop();
  void work();
  [[nodiscard]] bool may_claim() const;
  /// Cuts a piece and reads its books. Pre: may_claim(); `lock` is held, as it is again in the end.
  void do_one(FastLine& line, std::unique_lock<std::mutex>& lock);
  void cut(Piece& piece);
  static void read_books(FastLine& line, Piece& piece);
  [[nodiscard]] Slot& slot(std::uint64_t number) { return slots_[number % slots_.size()]; }

  std::size_t jobs_;
  std::unique_ptr<ByteSource> source_;  ///< of who cuts, as the next two
  std::vector<char> begun_;             ///< a line of which the end was not read yet
  std::exception_ptr failure_;          ///< of the source
  FastLine line_;                       ///< of who takes, as the next two
  bool has_taken_ = false;
  std::size_t given_ = 0;  ///< bytes of slot `first_` that are not for read(), once given back

  std::mutex mutex_;  ///< of all below, and of Slot::is_ready
  std::condition_variable changed_;
  std::vector<Slot> slots_;                ///< a ring
  std::uint64_t first_ = 0, claimed_ = 0;  ///< slots [first_, claimed_) are taken or under way
  bool is_cutting_ = false, is_all_cut_ = false, stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace obkit::store
