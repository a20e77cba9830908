#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "obkit/dataset/sample.hpp"
#include "obkit/store/line_reader.hpp"
#include "obkit/store/zip_file.hpp"

namespace obkit::dataset {

class NpzArray;

/// Samples of an archive of arrays, ours or of numpy.savez() and numpy.savez_compressed(): volumes
/// [n × depth] and direction [n], maybe timestamp [n] or date and time [n], maybe label, flow
/// [n × flow_count] and move [n]. Volumes may be whole numbers or floats, in either order of bytes
/// and of memory; a timestamp nanoseconds since 1970, or a datetime64 of any unit up to seconds.
/// Flat memory, whatever the file claims.
class NpzReader {
 public:
  /// Throws DataError (file, array, problem), IoError.
  NpzReader(const std::string& path, store::BadLine bad_line);
  NpzReader(const NpzReader&) = delete;
  NpzReader& operator=(const NpzReader&) = delete;
  ~NpzReader();

  [[nodiscard]] bool has_samples() const { return count_ > 0; }
  [[nodiscard]] std::size_t depth() const { return depth_; }
  /// Empty for the default rule.
  [[nodiscard]] const std::string& label() const { return label_; }
  [[nodiscard]] bool has_flow() const { return flow_ != nullptr; }

  /// As SampleReader::next().
  [[nodiscard]] bool next(Sample& sample);
  [[nodiscard]] const store::ReadReport& report() const { return report_; }

 private:
  void open_arrays();
  void open_columns();
  void check_shapes() const;
  void check_flow(std::uint64_t samples) const;
  void read_label();
  [[noreturn]] void refuse_without_volumes() const;
  void refuse_without_direction() const;
  [[nodiscard]] std::string read(Sample& sample);
  [[nodiscard]] std::string read_time(Sample& sample);
  [[nodiscard]] std::string read_flow(Sample& sample);

  std::string path_;
  store::BadLine bad_line_;
  store::ZipFile archive_;
  std::vector<std::unique_ptr<NpzArray>> volumes_;  ///< one, or one for each column
  std::unique_ptr<NpzArray> direction_, timestamp_, date_, time_, flow_, move_;
  std::string label_;
  std::size_t depth_ = 0;
  std::uint64_t count_ = 0, taken_ = 0;
  store::ReadReport report_;
};

}  // namespace obkit::dataset
