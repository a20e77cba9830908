#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/dataset/sample.hpp"
#include "obkit/store/input_hashes.hpp"
#include "obkit/store/json_line.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::dataset {

class NpzReader;

/// Samples of several dataset files in the order given, as one stream.
///
/// All samples must have the same depth and the same label rule, and all have flow or none. Files
/// of the original, which have the keys volumes and direction only, are read as they are; so are
/// files that are archives of arrays (.npz), which are known by their content. Flat memory.
class SampleReader {
 public:
  /// `inputs`: files or "-", as store::expand_inputs gives them. `hashes` of those that are lines,
  /// as they are read, may be null: an archive is not read from its begin to its end.
  explicit SampleReader(std::vector<std::string> inputs,
                        store::BadLine bad_line = store::BadLine::refuse,
                        store::InputHashes* hashes = nullptr);
  SampleReader(SampleReader&&) noexcept;
  SampleReader& operator=(SampleReader&&) noexcept;
  ~SampleReader();

  /// Reads into `sample`, reusing its memory; false at the end. Throws DataError (place, problem)
  /// for a malformed line, IoError.
  [[nodiscard]] bool next(Sample& sample);

  /// Index into `inputs` of the file that the last sample came from.
  [[nodiscard]] std::size_t input_index() const { return opened_ - 1; }
  /// Of all files so far. Nothing is said there of books.
  [[nodiscard]] store::ReadReport report() const;

 private:
  void open(const std::string& input);
  [[nodiscard]] bool read(Sample& sample);
  void finish();
  void check_archive(const std::string& input) const;
  void parse(std::string_view line, Sample& sample);
  void check(const Sample& sample) const;
  void check_flow(std::size_t count) const;

  std::vector<std::string> inputs_;
  store::BadLine bad_line_;
  store::InputHashes* hashes_;
  std::size_t opened_ = 0;
  store::JsonLine json_;
  // One of the two is there while a file is read.
  std::optional<store::RecordReader> records_;
  std::unique_ptr<NpzReader> npz_;
  store::ReadReport finished_;
  std::size_t depth_ = 0;  ///< 0 before the first sample
  std::string label_;
  bool has_flow_ = false;
};

}  // namespace obkit::dataset
