#include "obdataset/job.hpp"

#include <filesystem>
#include <map>
#include <system_error>

#include "obkit/core/error.hpp"

namespace obkit::obdataset {

double Counts::books_per_second() const {
  return seconds > 0 ? static_cast<double>(books) / seconds : 0;
}

Counts& Counts::operator+=(const Counts& other) {
  books += other.books;
  for (std::size_t i = 0; i < directions.size(); ++i) directions[i] += other.directions[i];
  gaps += other.gaps;
  skipped_lines += other.skipped_lines;
  torn_lines += other.torn_lines;
  seconds += other.seconds;
  return *this;
}

namespace {

namespace fs = std::filesystem;

using obkit::dataset::DatasetFormat;

/// `NAME.ds` of `NAME.txt`, compressed or not.
std::string dataset_name(const std::string& input, DatasetFormat format) {
  fs::path name = fs::path{input}.filename();
  if (name.extension() == ".zst" || name.extension() == ".gz") name.replace_extension();
  if (name.extension() == ".txt") name.replace_extension();
  return name.string() + (format == DatasetFormat::npz ? ".npz" : ".ds");
}

std::string output_path(const std::string& input, const std::string& out, DatasetFormat format) {
  if (input == "-" && !out.empty())
    throw obkit::UsageError{"standard input has no name for a file in " + out +
                            "; name the file with -o"};
  if (input == "-") return "-";
  const fs::path folder = out.empty() ? fs::path{input}.parent_path() / "Datasets" : fs::path{out};
  return (folder / dataset_name(input, format)).string();
}

[[noreturn]] void refuse_one_name(const std::string& path, const std::string& first,
                                  const std::string& second) {
  std::string problem = "two inputs for one output, ";
  problem.append(path).append(": ").append(first).append(" and ").append(second);
  throw obkit::UsageError{problem};
}

}  // namespace

bool is_folder(const std::string& out) {
  std::error_code none;  // what cannot be looked at is refused where it is opened
  return out.empty() || out.ends_with('/') || fs::is_directory(out, none);
}

bool is_compressed(const std::string& out) { return out.ends_with(".zst"); }

DatasetFormat output_format(const std::string& name, const std::string& out) {
  const bool npz_file = out.ends_with(".npz"), ds_file = out.ends_with(".ds") || is_compressed(out);
  if ((name == "ds" && npz_file) || (name == "npz" && ds_file))
    throw obkit::UsageError{"-o " + out + " is the name of another format than --format " + name};
  return name == "npz" || npz_file ? DatasetFormat::npz : DatasetFormat::ds;
}

std::vector<std::string> output_paths(const std::vector<std::string>& inputs,
                                      const std::string& out, DatasetFormat format) {
  std::vector<std::string> paths;
  if (!is_folder(out)) {
    paths.assign(inputs.size(), out);
    return paths;
  }
  std::map<std::string, std::string> input_of;
  for (const auto& input : inputs) {
    const auto& path = paths.emplace_back(output_path(input, out, format));
    const auto [same, is_new] = input_of.emplace(path, input);
    if (!is_new) refuse_one_name(path, same->second, input);
  }
  return paths;
}

}  // namespace obkit::obdataset
