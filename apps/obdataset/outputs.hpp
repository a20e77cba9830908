#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "obkit/dataset/dataset_writer.hpp"
#include "obkit/dataset/spool.hpp"

#include "label_input.hpp"

namespace obdataset {

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

  const Job& job_;
  std::vector<Counts>& counts_;
  std::size_t input_ = 0;
  std::size_t depth_ = 0;
  std::unique_ptr<obkit::dataset::DatasetWriter> writer_;
  std::vector<std::string> columns_;
};

}  // namespace obdataset
