#include "obkit/cli/jobs.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
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

namespace {

/// Indices that threads work on and one takes.
class OrderedWork {
 public:
  OrderedWork(std::size_t count, std::size_t ahead) : count_{count}, slots_(ahead) {}

  /// Of a thread: works as long as there is something to do.
  void run(const std::function<void(std::size_t)>& work) {
    while (const auto index = claim()) {
      std::exception_ptr error;
      try {
        work(*index);
      } catch (...) {
        error = std::current_exception();
      }
      const std::lock_guard lock{mutex_};
      slots_[*index % slots_.size()] = {.is_done = true, .error = std::move(error)};
      changed_.notify_all();
    }
  }
  /// Waits for the work of an index. Throws what that threw.
  void wait_for(std::size_t index) {
    std::unique_lock lock{mutex_};
    Slot& slot = slots_[index % slots_.size()];
    changed_.wait(lock, [&] { return slot.is_done; });
    if (slot.error) std::rethrow_exception(slot.error);
  }
  void end_taking(std::size_t index) {
    const std::lock_guard lock{mutex_};
    slots_[index % slots_.size()] = {};
    taken_ = index + 1;
    changed_.notify_all();
  }
  void stop() {
    const std::lock_guard lock{mutex_};
    count_ = claimed_;
    changed_.notify_all();
  }

 private:
  struct Slot {
    bool is_done = false;
    std::exception_ptr error = {};
  };

  std::optional<std::size_t> claim() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return claimed_ >= count_ || claimed_ < taken_ + slots_.size(); });
    return claimed_ < count_ ? std::optional{claimed_++} : std::nullopt;
  }

  std::mutex mutex_;  ///< of all
  std::condition_variable changed_;
  std::size_t count_, claimed_ = 0, taken_ = 0;
  std::vector<Slot> slots_;  ///< a ring
};

}  // namespace

void run_in_order(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::size_t)>& take) {
  assert(jobs > 0);
  if (jobs == 1 || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) {
      work(i);
      take(i);
    }
    return;
  }
  constexpr std::size_t ahead = 4;  // a long one in front keeps no thread waiting for a while
  OrderedWork all{count, ahead * jobs};
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::min(jobs, count); ++i)
    threads.emplace_back([&] { all.run(work); });
  try {
    for (std::size_t i = 0; i < count; ++i) {
      all.wait_for(i);
      take(i);
      all.end_taking(i);
    }
  } catch (...) {
    all.stop();
    throw;
  }
}

}  // namespace obkit::cli
