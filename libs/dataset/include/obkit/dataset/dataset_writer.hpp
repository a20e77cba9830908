#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/dataset/sample.hpp"

namespace obkit::dataset {

/// Appends the sample as a line of a dataset file.
/// Pre: `label` has no character that JSON escapes.
void append_sample(std::string& out, const Sample& sample);

/// How a dataset is written: JSON lines, or the archive of arrays that numpy.load() reads.
enum class DatasetFormat { ds, npz };

struct DatasetOptions {
  DatasetFormat format = DatasetFormat::ds;
  std::string label =
      "next";               ///< the rule of all samples, for npz; of "none" there is no direction
  bool has_prices = false;  ///< for npz: samples have the prices of all levels
  bool has_flow = false;    ///< for npz: samples have it, and a move where the rule is of moves
  std::string scratch_folder =
      "/var/tmp";  ///< for npz: arrays grow there until their size is known
};

/// Columns that samples are encoded into: a dataset holds, for each, the bytes of all samples one
/// behind the other. So parts of a dataset are joined by joining their columns.
[[nodiscard]] std::size_t column_count(const DatasetOptions& options);

/// Appends a sample to each of the columns. Pre: with npz the sample has a time, and a label,
/// prices and flow where the options say so.
void encode(DatasetFormat format, const Sample& sample, std::vector<std::string>& columns);

/// A dataset that is being written.
class DatasetWriter {
 public:
  DatasetWriter() = default;
  DatasetWriter(const DatasetWriter&) = delete;
  DatasetWriter& operator=(const DatasetWriter&) = delete;
  virtual ~DatasetWriter() = default;

  /// Encoded samples go to the end of a column. Throws IoError.
  virtual void append(std::size_t column, std::string_view bytes) = 0;
  /// `depth` is that of all samples. Only a close() that returned proves that all was written.
  /// Pre: all columns have the same samples. Throws IoError.
  virtual void close(std::size_t depth) = 0;
};

[[nodiscard]] std::unique_ptr<DatasetWriter> make_dataset_writer(std::unique_ptr<ByteSink> sink,
                                                                 const DatasetOptions& options);

}  // namespace obkit::dataset
