#include "obkit/cli/jobs.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <exception>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <sched.h>

#include "obkit/cli/values.hpp"

namespace obkit::cli {
namespace {

constexpr int most_jobs = 1024;

}  // namespace

std::size_t processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const bool known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
  const int count = known ? CPU_COUNT(&allowed) : 1;
  return static_cast<std::size_t>(count > 1 ? count : 1);
}

void add_jobs_option(CLI::App& app, JobOptions& options, const std::string& what) {
  app.add_option("-j,--jobs", options.jobs, what)
      ->check(whole_number(1, most_jobs).description(""))
      ->type_name("N")
      ->group(general_group)
      ->default_str("the number of processors");
}

void run_jobs(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work) {
  assert(jobs > 0);
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::vector<std::exception_ptr> errors(count);
  const auto run = [&] {
    while (!failed) {
      const std::size_t index = next++;
      if (index >= count) return;
      try {
        work(index);
      } catch (...) {
        errors[index] = std::current_exception();
        failed = true;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(jobs, count); ++i) threads.emplace_back(run);
    run();
  }
  for (const auto& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace obkit::cli
