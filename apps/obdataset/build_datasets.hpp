#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/read_report.hpp"

namespace obdataset {

struct Counts {
  std::uint64_t books = 0, samples = 0, rises = 0;

  Counts& operator+=(const Counts& other);
};

struct Job {
  std::vector<std::string> inputs;   ///< files or "-"
  std::vector<std::string> outputs;  ///< of each input; the same one after another is one file
  obkit::store::BadLine bad_line = obkit::store::BadLine::refuse;
  obkit::Existing existing = obkit::Existing::refuse;
  bool make_folders = false;  ///< those of the outputs, where they are missing
};

struct Result {
  std::vector<Counts> inputs;  ///< of each input
  obkit::store::ReadReport report;
};

/// Writes the samples of each input to its output. A sample whose next book is in the next input
/// belongs to the file of its own book. Throws DataError, IoError; no output that it did not finish
/// has its final name.
[[nodiscard]] Result build_datasets(const Job& job);

}  // namespace obdataset
