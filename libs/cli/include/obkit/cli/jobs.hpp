#pragma once

#include <cstddef>
#include <string>

#include <CLI/CLI.hpp>

namespace obkit::cli {

/// Processors that this process may run on, at least 1: `taskset` and batch systems count.
[[nodiscard]] std::size_t processors();

/// -j/--jobs, the same in every batch tool: how many threads may work, 1 to 1024. The number never
/// changes what a tool writes.
struct JobOptions {
  std::size_t jobs = processors();
};

/// `what` completes "-j: ...": "Read as many inputs at a time".
void add_jobs_option(CLI::App& app, JobOptions& options, const std::string& what);

}  // namespace obkit::cli
