#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/dataset/dataset_writer.hpp"
#include "obkit/dataset/label_rule.hpp"
#include "obkit/store/book_stream.hpp"
#include "obkit/store/record_reader.hpp"

namespace obdataset {

/// What the command line asks for.
struct Job {
  std::vector<std::string> inputs;   ///< files or "-"
  std::vector<std::string> outputs;  ///< of each input; the same one after another is one file
  obkit::dataset::LabelRule rule = {};
  std::chrono::seconds join = obkit::store::usual_join;
  obkit::dataset::DatasetFormat format = obkit::dataset::DatasetFormat::ds;
  std::size_t jobs = 1;  ///< inputs that are read at a time, where all are files
  obkit::store::BadLine bad_line = obkit::store::BadLine::refuse;
  obkit::Existing existing = obkit::Existing::refuse;
  bool make_folders = false;  ///< those of the outputs, where they are missing
  std::string scratch_folder = "/var/tmp";
};

/// Of one input, or of all.
struct Counts {
  std::uint64_t books = 0;
  std::array<std::uint64_t, 3> directions{};  ///< samples: falls, rises, flats
  std::uint64_t gaps = 0;                     ///< books that bear one, or follow skipped lines
  std::uint64_t skipped_lines = 0, torn_lines = 0;
  double seconds = 0;  ///< that reading it took

  [[nodiscard]] std::uint64_t samples() const {
    return directions[0] + directions[1] + directions[2];
  }
  [[nodiscard]] double books_per_second() const;

  Counts& operator+=(const Counts& other);
};

struct Result {
  std::vector<Counts> inputs;  ///< of each input
  obkit::store::ReadReport report;
  double seconds = 0;  ///< of all, by the clock on the wall
};

}  // namespace obdataset
