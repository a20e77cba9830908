#pragma once

#include <cstddef>
#include <functional>

namespace obkit::cli {

/// Calls `work` once with each index below `count`, begun in their order, on up to `jobs` threads.
/// Returns when all are done. Where some throw, what the lowest index threw is thrown on, and work
/// that has not begun stays undone. Pre: jobs > 0.
void run_jobs(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work);

}  // namespace obkit::cli
