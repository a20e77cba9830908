#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"

#include "scratch_file.hpp"

namespace obkit::dataset {

/// A book that waits for its label, less its volumes.
struct PendingBook {
  std::int64_t double_mid = 0;  ///< in units of Price
  std::int64_t moment = 0;      ///< number or time of the book, as the rule counts
  std::size_t input = 0;        ///< what it came from
  DateTime time;
};

/// Books that wait for their label, first in, first out, all of one depth.
///
/// At most about `memory_bytes` are held in memory: the newest and the oldest of them. Those
/// between lie in a file without a name in the scratch folder, which is made when it is needed and
/// holds no more than the most that ever waited.
class PendingBooks {
 public:
  PendingBooks(std::string scratch_folder, std::size_t memory_bytes);

  /// Throws IoError.
  void push(const PendingBook& book, std::span<const double> volumes);
  [[nodiscard]] bool empty() const { return first_.empty(); }

  // Of the oldest; pre: not empty.
  [[nodiscard]] PendingBook front() const;
  /// Replaces `out`.
  void copy_volumes(std::vector<double>& out) const;
  /// Throws IoError.
  void pop();

  void clear();

 private:
  [[nodiscard]] bool is_one_block() const { return last_.empty() && spilled_.empty(); }
  void compact();
  void spill();
  void refill();

  std::string scratch_folder_;
  std::size_t block_limit_;  ///< bytes of a block, less than one record more
  std::size_t record_size_ = 0;
  std::vector<char> first_;  ///< records from `taken_` on wait, the oldest of all
  std::size_t taken_ = 0;
  std::vector<char> last_;           ///< the newest, when the first block is full
  std::deque<std::size_t> spilled_;  ///< places in the file of the blocks between, oldest first
  std::vector<std::size_t> free_;    ///< places in the file that hold nothing any more
  std::size_t places_ = 0;
  std::optional<ScratchFile> file_;
};

}  // namespace obkit::dataset
