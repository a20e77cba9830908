#include "obkit/cli/input_options.hpp"

#include <filesystem>
#include <system_error>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"

namespace obkit::cli {
namespace {

namespace fs = std::filesystem;

/// Where a file lies that may not be there yet.
fs::path place_of(const std::string& path) {
  std::error_code error;
  return fs::weakly_canonical(fs::absolute(path, error), error);
}

/// Whether both name one regular file, or a place where there is none yet.
bool is_same(const std::string& first, const std::string& second) {
  std::error_code error;
  if (fs::exists(first, error) && fs::exists(second, error))
    return fs::is_regular_file(first, error) && fs::equivalent(first, second, error);
  return place_of(first) == place_of(second);
}

std::string input_path(const NamedFile& file) {
  return file.path == "-" ? "/dev/stdin" : file.path;
}

std::string output_path(const NamedFile& file) {
  return file.path == "-" ? "/dev/stdout" : file.path;
}

std::string after(const std::string& option) { return option.empty() ? "" : option + ": "; }

void refuse_twice(const std::vector<NamedFile>& inputs) {
  for (auto file = inputs.begin(); file != inputs.end(); ++file) {
    for (auto other = inputs.begin(); other != file; ++other) {
      if (file->path != other->path && !is_same(input_path(*file), input_path(*other))) continue;
      const bool linked = file->path != other->path;
      throw UsageError{after(file->option) + display_name(file->path) + " is given twice" +
                       (linked ? ": it is " + display_name(other->path) : "")};
    }
  }
}

void refuse_output(const NamedFile& output, const NamedFile& other, const std::string& path,
                   const char* what) {
  if (!is_same(output_path(output), path)) return;
  const std::string name = output.path == "-" ? "standard output" : output.path;
  throw UsageError{output.option + ": " + name + " is " + what + ", " + display_name(other.path) +
                   (other.option.empty() ? "" : " of " + other.option)};
}

}  // namespace

void refuse_shared_files(const std::vector<NamedFile>& inputs,
                         const std::vector<NamedFile>& outputs) {
  refuse_twice(inputs);
  for (auto output = outputs.begin(); output != outputs.end(); ++output) {
    for (const NamedFile& input : inputs)
      refuse_output(*output, input, input_path(input), "an input, too");
    for (auto other = outputs.begin(); other != output; ++other)
      refuse_output(*output, *other, output_path(*other), "another output, too");
  }
}

void add_input_options(CLI::App& app, InputOptions& options, const std::string& name,
                       const std::string& what) {
  auto* inputs = app.add_option(name, options.inputs, what);
  if (options.inputs.empty())
    inputs->required();
  else
    inputs->capture_default_str();
  app.add_flag("--skip-bad", options.skip_bad,
               "Count and skip malformed lines instead of refusing them");
}

}  // namespace obkit::cli
