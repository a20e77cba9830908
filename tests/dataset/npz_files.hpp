#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

#include "obkit/dataset/dataset_writer.hpp"
#include "obkit/dataset/sample_reader.hpp"

namespace obkit::dataset {

/// A folder that goes with the test.
class NpzTest : public testing::Test {
 protected:
  NpzTest()
      : folder_{std::filesystem::path{testing::TempDir()} /
                ("obkit_npz_" + std::to_string(::getpid()))} {
    std::filesystem::create_directories(folder_);
  }
  ~NpzTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  /// Writes samples as arrays; the path.
  std::string write(const std::string& name, const std::vector<Sample>& samples,
                    const std::string& label = "next", std::size_t depth = 4) const {
    write(open_sink(path(name), Existing::overwrite), samples, label, depth);
    return path(name);
  }
  static void write(std::unique_ptr<ByteSink> sink, const std::vector<Sample>& samples,
                    const std::string& label, std::size_t depth) {
    const bool has_flow = !samples.empty() && !samples.front().flow.empty();
    const DatasetOptions options{
        .format = DatasetFormat::npz, .label = label, .has_flow = has_flow};
    const auto writer = make_dataset_writer(std::move(sink), options);
    std::vector<std::string> columns(column_count(options));
    for (const Sample& sample : samples) encode(DatasetFormat::npz, sample, columns);
    for (std::size_t i = 0; i < columns.size(); ++i) writer->append(i, columns[i]);
    writer->close(depth);
  }

  /// An archive of these entries, made by somebody else.
  std::string archive(const std::string& name,
                      const std::vector<std::pair<std::string, std::string>>& entries,
                      zip_int32_t method = ZIP_CM_STORE) const {
    zip_t* const zip = ::zip_open(path(name).c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    for (const auto& [entry, bytes] : entries) {
      zip_source_t* const source = ::zip_source_buffer(zip, bytes.data(), bytes.size(), 0);
      const auto index = ::zip_file_add(zip, (entry + ".npy").c_str(), source, 0);
      ::zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), method, 0);
    }
    EXPECT_EQ(::zip_close(zip), 0);
    return path(name);
  }

  static std::string bytes_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  static void write_bytes(const std::string& path, const std::string& bytes) {
    std::ofstream{path, std::ios::binary} << bytes;
  }

  static std::vector<Sample> read(const std::vector<std::string>& inputs,
                                  store::BadLine bad_line = store::BadLine::refuse) {
    SampleReader reader{inputs, bad_line};
    std::vector<Sample> samples;
    for (Sample sample; reader.next(sample);) samples.push_back(sample);
    return samples;
  }

 private:
  std::filesystem::path folder_;
};

/// A .npy file with this dictionary and these bytes.
inline std::string npy(const std::string& type, const std::string& shape, const std::string& bytes,
                       const std::string& order = "False") {
  const std::string dictionary =
      "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
  return std::string{"\x93NUMPY\x01\x00", 8} + static_cast<char>(dictionary.size()) + '\0' +
         dictionary + bytes;
}

/// The bytes of numbers, one behind the other.
template <class Number>
std::string raw(const std::vector<Number>& numbers) {
  std::string bytes;
  for (const Number number : numbers)
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  return bytes;
}

}  // namespace obkit::dataset
