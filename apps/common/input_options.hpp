#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace obkit::common {

struct InputOptions {
  std::vector<std::string> inputs{"-"};
  std::string symbol;  ///< the only one to take day-files of; empty: the one there is
  bool skip_bad = false;
  bool allow_in_sample = false;
  bool silent = false;  ///< no warning at all: the books were read before
};

/// How both tools read, but for the inputs themselves. `options` must outlive the parsing.
void add_input_options(CLI::App& app, InputOptions& options);

/// For CLI::Option::check(): CLI11 takes "-1" for a very large unsigned number.
[[nodiscard]] std::string at_least_one(const std::string& text);

/// The files of the inputs. Throws UsageError where they are of several symbols and none was
/// chosen, or of others than the one chosen; IoError where one is missing.
[[nodiscard]] std::vector<std::string> files_of(const InputOptions& options);

}  // namespace obkit::common
