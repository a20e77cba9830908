#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/dataset/dataset_writer.hpp"
#include "obkit/dataset/label_rule.hpp"
#include "obkit/dataset/labeller.hpp"
#include "obkit/dataset/sample.hpp"
#include "obkit/store/book_stream.hpp"
#include "obkit/store/line_reader.hpp"

#include "common/meter.hpp"
#include "obdataset/job.hpp"

namespace obkit::obdataset {

/// What the command line asks for.
struct Job {
  std::vector<std::string> inputs;   ///< files or "-"
  std::vector<std::string> outputs;  ///< of each input; the same one after another is one file
  obkit::dataset::LabelRule rule = {};
  std::chrono::seconds join = obkit::store::usual_join;
  obkit::dataset::DatasetFormat format = obkit::dataset::DatasetFormat::ds;
  obkit::dataset::Labeller::Prices prices = obkit::dataset::Labeller::Prices::leave_out;
  bool has_flow = false;  ///< it goes on from input to input, which are read one by one then
  std::size_t jobs = 1;   ///< inputs that are read at a time, where all are files
  obkit::store::BadLine bad_line = obkit::store::BadLine::refuse;
  obkit::Existing existing = obkit::Existing::refuse;
  bool make_folders = false;  ///< those of the outputs, where they are missing
  std::string scratch_folder = "/var/tmp";
};

/// What each of its outputs is.
[[nodiscard]] obkit::dataset::DatasetOptions dataset_options(const Job& job);

/// Samples: falls, rises, flats, those without a label.
using Directions = std::array<std::uint64_t, obkit::dataset::unlabelled + 1>;

/// Of one input, or of all.
struct Counts {
  std::uint64_t books = 0;
  Directions directions{};
  std::uint64_t gaps = 0;  ///< books with one, or that follow skipped lines
  std::uint64_t skipped_lines = 0, torn_lines = 0;
  double seconds = 0;  ///< that reading it took

  [[nodiscard]] std::uint64_t samples() const {
    return std::accumulate(directions.begin(), directions.end(), std::uint64_t{0});
  }
  [[nodiscard]] double books_per_second() const;

  Counts& operator+=(const Counts& other);
};

struct Result {
  std::vector<Counts> inputs;  ///< of each input
  obkit::store::ReadReport report;
  double seconds = 0;  ///< of all, by the clock on the wall
};

/// Where the samples of each input go: a path, or "-", for each of `inputs`.
///
/// Without `out` (empty) it is `Datasets/NAME.ds` (or .npz) beside the input, for standard input
/// "-". `out` is a folder that gets a NAME.ds for each input when it is one; else all goes there.
/// Throws UsageError when two inputs would have one name, and for standard input into a folder.
[[nodiscard]] std::vector<std::string> output_paths(const std::vector<std::string>& inputs,
                                                    const std::string& out,
                                                    obkit::dataset::DatasetFormat format);

/// What samples have decides where lines cannot bear it: no label, or prices.
enum class Bearer { lines_or_arrays, arrays };

/// `name` is "ds", "npz" or empty: as the name of `out` says, else "ds" where lines will do. Throws
/// UsageError where these disagree.
[[nodiscard]] obkit::dataset::DatasetFormat output_format(const std::string& name,
                                                          const std::string& out, Bearer bearer);

/// Whether a file of that name is compressed: it ends in .zst.
[[nodiscard]] bool is_compressed(const std::string& out);

/// Whether `out` stands for a file of each input: it is empty, a folder, or ends in '/'.
[[nodiscard]] bool is_folder(const std::string& out);

/// Writes the samples of each input to its output, the same bytes for any number of jobs. A sample
/// whose label comes from the next input belongs to the file of its own book. Throws DataError,
/// IoError, of the first input that fails; no output that it did not finish has its final name.
[[nodiscard]] Result build_datasets(const Job& job, common::Meter& meter);

/// Whether times are told too: they differ from run to run.
enum class Speed { tell, hide };

/// What was read and made, for people: warnings, and a line for each input.
void log_summary(const Job& job, const Result& result, Speed speed);

/// The same as one JSON object, as docs/formats.md has it, with its line end.
[[nodiscard]] std::string summary_json(const Job& job, const Result& result);

}  // namespace obkit::obdataset
