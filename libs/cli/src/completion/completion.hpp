#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace obkit::cli {

/// The shells that completion_script() knows.
[[nodiscard]] const std::vector<std::string>& completed_shells();

/// What makes `shell` complete the command line of `app`: options, choices, paths, and the symbols
/// of the day-files in the folders that it names. Pre: `shell` is one of completed_shells().
[[nodiscard]] std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace obkit::cli
