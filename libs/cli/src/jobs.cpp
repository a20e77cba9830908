#include "obkit/cli/jobs.hpp"

#include <sched.h>

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
      ->check(CLI::Range(1, most_jobs).description(""))
      ->type_name("N")
      ->default_str("the number of processors");
}

}  // namespace obkit::cli
