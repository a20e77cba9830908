#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/dataset/sample.hpp"

#include "scratch_file.hpp"

namespace obkit::dataset {

/// A book that waits for its label, less its volumes.
struct PendingBook {
  std::int64_t double_mid = 0;  ///< in units of Price
  std::int64_t moment = 0;      ///< number or time of the book, as the rule counts
  std::size_t input = 0;        ///< what it came from
  DateTime time;
};

/// Books that wait for their label, first in, first out, their volumes as numbers or as text.
///
/// At most about `memory_bytes` are held in memory: the newest and the oldest of them. Those
/// between lie in a file without a name in the scratch folder, which is made when it is needed and
/// holds little more than the most that ever waited.
class PendingBooks {
 public:
  PendingBooks(std::string scratch_folder, std::size_t memory_bytes);

  // Throw IoError.
  void push(const PendingBook& book, std::span<const double> volumes);
  void push(const PendingBook& book, std::string_view volumes_text);
  [[nodiscard]] bool empty() const { return first_.empty(); }

  // Of the oldest; pre: not empty.
  [[nodiscard]] const PendingBook& front() const { return front_.book; }
  /// Replaces the volumes and their text.
  void copy_volumes(Sample& sample) const;
  /// Throws IoError.
  void pop();

  void clear();

 private:
  /// What stands before the bytes of the volumes.
  struct Head {
    PendingBook book;
    std::uint32_t size = 0;  ///< of the volumes, bytes
    bool is_text = false;
  };
  struct Place {
    std::size_t offset, room;  ///< in the file, bytes
  };
  struct Block {
    Place place;
    std::size_t size;
  };

  [[nodiscard]] bool is_one_block() const { return last_.empty() && spilled_.empty(); }
  void push(const Head& head, std::span<const std::byte> volumes);
  void load_front();
  void compact();
  void spill();
  void refill();
  [[nodiscard]] Place take_place(std::size_t size);

  std::string scratch_folder_;
  std::size_t block_limit_;  ///< bytes of a block, less than one record more
  std::vector<char> first_;  ///< records from `taken_` on wait, the oldest of all
  std::size_t taken_ = 0;
  Head front_;                 ///< of the oldest
  std::vector<char> last_;     ///< the newest, when the first block is full
  std::deque<Block> spilled_;  ///< the blocks between, oldest first
  std::vector<Place> free_;    ///< that hold nothing any more
  std::size_t file_size_ = 0;
  std::optional<ScratchFile> file_;
};

}  // namespace obkit::dataset
