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

/// Columns that samples are encoded into: a dataset holds, for each, the bytes of all samples one
/// behind the other. So parts of a dataset are joined by joining their columns.
[[nodiscard]] std::size_t column_count(DatasetFormat format);

/// Appends a sample to each of the columns. Pre: the sample has a time with npz.
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

struct DatasetOptions {
  DatasetFormat format = DatasetFormat::ds;
  std::string label = "next";  ///< the rule of all samples, for npz
  std::string scratch_folder =
      "/var/tmp";  ///< for npz: arrays grow there until their size is known
};

[[nodiscard]] std::unique_ptr<DatasetWriter> make_dataset_writer(std::unique_ptr<ByteSink> sink,
                                                                 const DatasetOptions& options);

}  // namespace obkit::dataset
