#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "obkit/cli/cli11_fwd.hpp"

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

/// Calls `work` once with each index below `count`, begun in their order, on up to `jobs` threads.
/// Returns when all are done. Where some throw, what the lowest index threw is thrown on, and work
/// that has not begun stays undone. Pre: jobs > 0.
void run_jobs(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work);

/// The same, but on the calling thread `take` is called with each index in their order, when the
/// work of it is done. Work begins at most 4 × `jobs` ahead of what is taken. What `work` throws is
/// thrown on where its index would be taken. With one job there is no other thread.
void run_in_order(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::size_t)>& take);

}  // namespace obkit::cli
