#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "obkit/dataset/sample.hpp"
#include "obkit/store/record_reader.hpp"

struct zip;

namespace obkit::dataset {

class NpzArray;

/// Whether a file begins as an archive of arrays does; of anything but a file it does not.
[[nodiscard]] bool is_npz(const std::string& path);

/// Samples of an archive of arrays, ours or of numpy.savez() and numpy.savez_compressed(): volumes
/// [n × depth] and direction [n], maybe date and time [n], maybe label. Flat memory, whatever the
/// file claims.
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

  /// As SampleReader::next().
  [[nodiscard]] bool next(Sample& sample);
  [[nodiscard]] const store::ReadReport& report() const { return report_; }

 private:
  struct Close {
    void operator()(zip* archive) const;
  };

  void open_arrays();
  void check_shapes() const;
  void read_label();
  [[nodiscard]] std::string read(Sample& sample);

  std::string path_;
  store::BadLine bad_line_;
  std::unique_ptr<zip, Close> archive_;
  std::unique_ptr<NpzArray> volumes_, direction_, date_, time_;
  std::string label_;
  std::size_t depth_ = 0;
  std::uint64_t count_ = 0, taken_ = 0;
  store::ReadReport report_;
};

}  // namespace obkit::dataset
