#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "obkit/dataset/spool.hpp"

#include "label_input.hpp"

namespace obdataset {

/// An input that was labelled by itself, as if it were the only one.
struct Shard {
  Course course;  ///< what it leaves
  InputPass pass;
  std::vector<obkit::dataset::Spool> columns;  ///< its samples
};

/// Labels inputs on several threads, each by itself, not further ahead of the one that is waited
/// for than there are threads: disk and memory hold the samples of no more inputs.
class Shards {
 public:
  /// Starts the threads. Both must outlive it.
  Shards(const Job& job, metered::Meter& meter);
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
  metered::Meter& meter_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  ///< guards all below
  std::condition_variable changed_;
  std::size_t claimed_ = 0, taken_ = 0;
  std::vector<std::unique_ptr<Shard>> shards_;  ///< of each input
  std::vector<bool> is_done_;
  std::vector<std::thread> threads_;
};

}  // namespace obdataset
