#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/file_sink.hpp"
#include "obkit/dataset/dataset_writer.hpp"
#include "obkit/dataset/spool.hpp"

namespace obkit::dataset {

/// An array with one row a sample.
struct NpzColumn {
  std::string_view name;
  std::string_view type;  ///< as NumPy writes it
  bool has_depth;         ///< a row has `depth` numbers
  std::size_t width = 1;  ///< how many it has else
};

/// In their order.
[[nodiscard]] std::vector<NpzColumn> npz_columns(const DatasetOptions& options);

/// Appends the sample's row to each array's bytes. A volume above the largest float becomes that.
/// Pre: as encode().
void append_arrays(const Sample& sample, std::vector<std::string>& columns);

/// Arrays in an archive of numpy.savez(): one entry each, not compressed, and the label rule as a
/// text. The same samples give the same bytes.
class NpzWriter final : public DatasetWriter {
 public:
  NpzWriter(std::unique_ptr<ByteSink> sink, const DatasetOptions& options);
  void append(std::size_t column, std::string_view bytes) override;
  void close(std::size_t depth) override;

 private:
  struct Array {
    NpzColumn column;
    Spool bytes;
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
  };

  std::unique_ptr<ByteSink> sink_;
  // The first array is by far the largest. Its bytes go into a file at once, and its head, of which
  // the size is known, at the end.
  FileSink* file_;  ///< the sink, where it is one
  std::string label_;
  std::vector<Array> arrays_;
};

}  // namespace obkit::dataset
