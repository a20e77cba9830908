#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "obkit/core/time.hpp"

namespace obkit::signals {

/// From the first to the last book that a model was trained on, both included.
struct TrainingRange {
  DateTime first, last;

  [[nodiscard]] bool contains(DateTime time) const { return first <= time && time <= last; }
};

/// Counts the books that the model was trained on: what it does on those says little about others.
class InSampleGuard {
 public:
  /// Empty where nothing was trained or the time is not known: no book is in sample then.
  explicit InSampleGuard(std::optional<TrainingRange> range) : range_{range} {}

  /// True for the first book in sample, once.
  [[nodiscard]] bool is_first_in_sample(DateTime book) {
    return range_ && range_->contains(book) && ++books_ == 1;
  }
  /// How many books were in sample so far.
  [[nodiscard]] std::uint64_t books() const { return books_; }

  /// What to tell the user, in one line. Pre: books() > 0.
  [[nodiscard]] std::string warning() const;

 private:
  std::optional<TrainingRange> range_;
  std::uint64_t books_ = 0;
};

}  // namespace obkit::signals
