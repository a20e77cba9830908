#pragma once

#include <atomic>
#include <cstddef>
#include <optional>

#include "obkit/core/order_book.hpp"
#include "obkit/dataset/labeller.hpp"
#include "obkit/dataset/sample.hpp"
#include "obkit/store/book_stream.hpp"

#include "../meter.hpp"
#include "job.hpp"

namespace obdataset {

/// What the inputs so far leave to the next one.
struct Course {
  explicit Course(const Job& job) : labeller{job.rule, {.folder = job.scratch_folder}} {}

  obkit::dataset::Labeller labeller;
  std::optional<obkit::store::DayFileEnd> end;  ///< of the last one that had books
  std::size_t depth = 0;                        ///< 0 before the first book
};

/// Where samples go.
class SampleTaker {
 public:
  SampleTaker() = default;
  SampleTaker(const SampleTaker&) = delete;
  SampleTaker& operator=(const SampleTaker&) = delete;
  virtual ~SampleTaker() = default;

  /// A sample of that input; inputs never go down.
  virtual void take(std::size_t input, const obkit::dataset::Sample& sample) = 0;
  /// Inputs before this one have all their samples. `depth` is that of all books.
  virtual void reach(std::size_t input, std::size_t depth) = 0;
};

/// What one input turned out to be.
struct InputPass {
  Counts counts;  ///< no samples: those are the taker's to count
  obkit::store::ReadReport report;
  std::optional<obkit::OrderBook> first;
  bool lost_lines = false;  ///< behind its last book, or anywhere where it has none
};

/// Reads an input to its end, and gives all samples that its books decide. Throws DataError,
/// IoError; returns early where `stop` is set.
[[nodiscard]] InputPass label_input(const Job& job, std::size_t input, Course& course,
                                    SampleTaker& taker, metered::Meter& meter,
                                    const std::atomic<bool>* stop = nullptr);

/// Whether `first` begins a new run, with the inputs before it as in `course`.
[[nodiscard]] bool is_break(const Job& job, std::size_t input, const Course& course,
                            const obkit::OrderBook& first);

/// Reads again an input that continues those before as far as is needed to give all of theirs their
/// labels, and gives no sample of its own.
void label_ends(const Job& job, std::size_t input, Course& course, SampleTaker& taker);

}  // namespace obdataset
