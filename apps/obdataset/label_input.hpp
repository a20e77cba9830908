#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/dataset/dataset_writer.hpp"
#include "obkit/dataset/labeller.hpp"
#include "obkit/dataset/sample.hpp"
#include "obkit/dataset/spool.hpp"
#include "obkit/signals/flow_inputs.hpp"
#include "obkit/store/book_stream.hpp"

#include "common/meter.hpp"
#include "obdataset/job.hpp"

namespace obkit::obdataset {

/// What the inputs so far leave to the next one.
struct LabellingState {
  explicit LabellingState(const Job& job)
      : labeller{job.rule, {.folder = job.scratch_folder, .prices = job.prices}} {
    if (job.has_flow) flow.emplace();
  }

  obkit::dataset::Labeller labeller;
  std::optional<obkit::signals::FlowInputs> flow;  ///< where samples have it
  std::optional<obkit::store::DayFileEnd> end;     ///< of the last one that had books
  std::size_t depth = 0;                           ///< 0 before the first book
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
[[nodiscard]] InputPass label_input(const Job& job, std::size_t input, LabellingState& state,
                                    SampleTaker& taker, common::Meter& meter,
                                    const std::atomic<bool>* stop = nullptr);

/// Whether `first` begins a new run, with the inputs before it as in `state`.
[[nodiscard]] bool is_break(const Job& job, std::size_t input, const LabellingState& state,
                            const obkit::OrderBook& first);

/// Reads again an input that continues those before as far as is needed to give all of theirs their
/// labels, and gives no sample of its own.
void label_ends(const Job& job, std::size_t input, LabellingState& state, SampleTaker& taker);

/// The outputs of a job one after another, one open at a time.
class Outputs final : public SampleTaker {
 public:
  /// Refuses, before any work, what exists already. `counts` has one for each input.
  Outputs(const Job& job, std::vector<Counts>& counts);

  void take(std::size_t input, const obkit::dataset::Sample& sample) override;
  /// Opens the output of `input`: an input without samples has an empty one.
  void reach(std::size_t input, std::size_t depth) override;
  /// All columns of samples of the input whose output is open; they are counted already.
  void append(std::vector<obkit::dataset::Spool>& columns);

  void close();

 private:
  void open();
  void hand_on();

  const Job& job_;
  std::vector<Counts>& counts_;
  std::size_t input_ = 0;
  std::size_t depth_ = 0;
  std::unique_ptr<obkit::dataset::DatasetWriter> writer_;
  std::vector<std::string> columns_;  ///< that the writer does not have yet
};

/// An input that was labelled by itself, as if it were the only one.
struct Shard {
  LabellingState state;  ///< what it leaves
  InputPass pass;
  std::vector<obkit::dataset::Spool> columns;  ///< its samples
};

/// Labels inputs on several threads, each by itself, not further ahead of the one that is waited
/// for than there are threads: disk and memory hold the samples of no more inputs.
class Shards {
 public:
  /// Starts the threads. Both must outlive it.
  Shards(const Job& job, common::Meter& meter);
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;
  /// Stops what is still at work.
  ~Shards();

  /// Waits for the next input, in their order; empty where it could not be labelled, for whatever
  /// reason: whoever reads it again will meet it.
  [[nodiscard]] std::unique_ptr<Shard> next();

 private:
  void work();
  [[nodiscard]] std::optional<std::size_t> claim();

  const Job& job_;
  common::Meter& meter_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  ///< guards all below
  std::condition_variable changed_;
  std::size_t claimed_ = 0, taken_ = 0;
  std::vector<std::unique_ptr<Shard>> shards_;  ///< of each input
  std::vector<bool> is_done_;
  std::vector<std::thread> threads_;
};

}  // namespace obkit::obdataset
