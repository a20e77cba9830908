#pragma once

#include <memory>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/neural/training.hpp"
#include "obkit/neural/training_record.hpp"

namespace obtrain {

/// Tells the losses of each epoch: in the log with -v, and as JSON lines in a file where one is
/// wanted.
class History {
 public:
  /// `sink` may be null.
  explicit History(std::unique_ptr<obkit::ByteSink> sink);

  void add(const obkit::neural::Epoch& epoch);
  /// Proves that all was written.
  void close();

 private:
  std::unique_ptr<obkit::ByteSink> sink_;
};

/// Samples, epochs, scores beside the baselines', and what they mean, in the log.
void tell(const obkit::neural::TrainingRecord& record);

}  // namespace obtrain
