#include "obkit/cli/input_options.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <tuple>
#include <vector>

#include <CLI/CLI.hpp>

#include "obkit/cli/values.hpp"
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

/// Of a regular file, device and inode; else where it lies, or its name.
using Identity = std::tuple<dev_t, ino_t, std::string>;

/// Thousands of inputs are looked at once each.
Identity identity_of(const NamedFile& file) {
  struct stat status {};
  if (::stat(input_path(file).c_str(), &status) != 0) return {0, 0, place_of(file.path)};
  if (!S_ISREG(status.st_mode)) return {0, 0, file.path};
  return {status.st_dev, status.st_ino, {}};
}

void refuse_twice(const std::vector<NamedFile>& inputs) {
  std::map<Identity, const NamedFile*> seen;
  for (const NamedFile& file : inputs) {
    const auto [other, is_new] = seen.try_emplace(identity_of(file), &file);
    if (is_new) continue;
    const auto& [option, first] = *other->second;
    const std::string again = option == file.option ? " is given twice"
                              : option.empty()      ? " is given as an input, too"
                                                    : " is given to " + option + ", too";
    throw UsageError{after(file.option) + display_name(file.path) + again +
                     (file.path != first ? ": it is " + display_name(first) : "")};
  }
}

std::string output_name(const NamedFile& file) {
  return file.path == "-" ? "standard output" : file.path;
}

[[noreturn]] void refuse_output(const NamedFile& output, const std::string& what,
                                const NamedFile& other) {
  throw UsageError{output.option + ": " + output_name(output) + " is " + what +
                   (other.option.empty() ? "" : " of " + other.option)};
}

}  // namespace

void refuse_shared_files(const std::vector<NamedFile>& inputs,
                         const std::vector<NamedFile>& outputs) {
  refuse_twice(inputs);
  for (auto output = outputs.begin(); output != outputs.end(); ++output) {
    for (const NamedFile& input : inputs)
      if (is_same(output_path(*output), input_path(input)))
        refuse_output(*output, "an input, too, " + display_name(input.path), input);
    for (auto other = outputs.begin(); other != output; ++other)
      if (is_same(output_path(*output), output_path(*other)))
        refuse_output(*output, "another output, too, " + output_name(*other), *other);
  }
}

void add_input_options(CLI::App& app, InputOptions& options, const std::string& name,
                       const std::string& what) {
  auto* inputs =
      app.add_option(name, options.inputs, what)->type_name("FILE|DIR|-")->group(input_group);
  if (options.inputs.empty())
    inputs->required();
  else
    inputs->capture_default_str();
  app.add_flag("--skip-bad", options.skip_bad,
               "Count and skip malformed lines instead of refusing them")
      ->group(input_group);
}

}  // namespace obkit::cli
