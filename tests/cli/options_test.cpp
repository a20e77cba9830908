// Options that stand in several tools.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>
#include <sched.h>

#include "obkit/cli/jobs.hpp"
#include "obkit/cli/progress.hpp"
#include "obkit/cli/tool.hpp"

namespace obkit::cli {
namespace {

struct Options {
  JobOptions jobs;
  ProgressOptions progress;
};

/// What the options are after these arguments; the message of what is refused in `problem`.
Options parse(std::vector<std::string> arguments, std::string* problem = nullptr) {
  CLI::App app{"A tool for tests", "ob-test"};
  Options options;
  add_jobs_option(app, options.jobs, "Read as many inputs at a time");
  add_progress_options(app, options.progress);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    if (problem == nullptr) throw;
    *problem = error.what();
  }
  return options;
}

TEST(ScratchFolder, is_what_the_environment_names_or_one_on_the_disk) {
  const char* const before = std::getenv("TMPDIR");
  const std::optional<std::string> kept =
      before ? std::optional<std::string>{before} : std::nullopt;
  setenv("TMPDIR", "/some/where", 1);
  EXPECT_EQ(scratch_folder(), "/some/where");
  setenv("TMPDIR", "", 1);
  EXPECT_EQ(scratch_folder(), "/var/tmp");
  unsetenv("TMPDIR");
  EXPECT_EQ(scratch_folder(), "/var/tmp");
  if (kept) setenv("TMPDIR", kept->c_str(), 1);
}

TEST(RunJobs, does_each_piece_once_on_any_number_of_threads) {
  for (const std::size_t jobs : {1U, 2U, 7U}) {
    std::vector<std::atomic<int>> done(50);
    run_jobs(done.size(), jobs, [&](std::size_t i) { ++done[i]; });
    for (const auto& count : done) EXPECT_EQ(count, 1);
  }
  run_jobs(0, 3, [](std::size_t) { FAIL(); });
}

TEST(RunJobs, throws_what_the_lowest_that_failed_threw) {
  for (const std::size_t jobs : {1U, 4U}) {
    for (int round = 0; round < 50; ++round) {
      try {
        run_jobs(20, jobs, [](std::size_t i) {
          if (i >= 7) throw std::runtime_error{std::to_string(i)};
        });
        FAIL();
      } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "7");
      }
    }
  }
}

TEST(RunInOrder, takes_each_piece_in_its_order_when_it_is_done) {
  for (const std::size_t jobs : {1U, 2U, 7U}) {
    constexpr std::size_t count = 300;
    std::vector<std::atomic<int>> done(count);
    std::vector<std::size_t> taken;
    std::atomic<std::size_t> begun = 0;
    const auto work = [&](std::size_t i) {
      ++begun;
      if (i % 50 == 0) std::this_thread::yield();
      ++done[i];
    };
    run_in_order(count, jobs, work, [&](std::size_t i) {
      EXPECT_EQ(done[i], 1);
      EXPECT_LE(begun, i + 4 * jobs);  // nobody works far ahead
      taken.push_back(i);
    });
    ASSERT_EQ(taken.size(), count);
    EXPECT_TRUE(std::ranges::is_sorted(taken));
    EXPECT_EQ(begun, count);
  }
  const auto fail = [](std::size_t) { FAIL(); };
  run_in_order(0, 3, fail, fail);
}

TEST(RunInOrder, throws_behind_what_was_taken_before) {
  for (const std::size_t jobs : {1U, 4U}) {
    for (int round = 0; round < 50; ++round) {
      std::size_t taken = 0;
      const auto work = [](std::size_t i) {
        if (i >= 7) throw std::runtime_error{std::to_string(i)};
      };
      try {
        run_in_order(200, jobs, work, [&](std::size_t) { ++taken; });
        FAIL();
      } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "7");
      }
      EXPECT_EQ(taken, 7U);
    }
  }
}

TEST(RunInOrder, ends_where_what_is_done_cannot_be_taken) {
  for (const std::size_t jobs : {1U, 4U}) {
    std::atomic<std::size_t> begun = 0;
    const auto take = [](std::size_t i) {
      if (i == 3) throw std::runtime_error{"full"};
    };
    EXPECT_THROW(run_in_order(
                     10'000, jobs, [&](std::size_t) { ++begun; }, take),
                 std::runtime_error);
    EXPECT_LE(begun, 3 + 4 * jobs);
  }
}

TEST(JobOptions, default_to_the_processors_that_the_process_may_use) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(parse({}).jobs.jobs, static_cast<std::size_t>(CPU_COUNT(&before)));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(processors(), 1U);
  sched_setaffinity(0, sizeof before, &before);
}

TEST(JobOptions, take_a_number_from_1_to_1024) {
  EXPECT_EQ(parse({"-j", "3"}).jobs.jobs, 3U);
  EXPECT_EQ(parse({"--jobs", "1024"}).jobs.jobs, 1024U);
  for (const std::string wrong : {"0", "-1", "1025", "many"}) {
    std::string problem;
    parse({"-j", wrong}, &problem);
    EXPECT_NE(problem.find(wrong), std::string::npos) << problem;
  }
}

TEST(ProgressOptions, are_on_until_they_are_turned_off) {
  EXPECT_EQ(parse({}).progress.wish(), StatusLine::Wish::show);
  EXPECT_EQ(parse({"--progress"}).progress.wish(), StatusLine::Wish::show);
  EXPECT_EQ(parse({"--no-progress"}).progress.wish(), StatusLine::Wish::hide);
  std::string problem;
  parse({"--progress", "--no-progress"}, &problem);
  EXPECT_NE(problem, "");
}

TEST(ProgressBar, is_as_long_as_the_share_and_full_only_at_the_end) {
  EXPECT_EQ(progress_bar(0, 4), "[----]   0 %");
  EXPECT_EQ(progress_bar(0.5, 4), "[##--]  50 %");
  EXPECT_EQ(progress_bar(0.999, 4), "[###-]  99 %");
  EXPECT_EQ(progress_bar(1, 4), "[####] 100 %");
  EXPECT_EQ(progress_bar(-1, 4), "[----]   0 %");
  EXPECT_EQ(progress_bar(7, 4), "[####] 100 %");
  EXPECT_EQ(progress_bar(std::nan(""), 4), "[----]   0 %");
}

}  // namespace
}  // namespace obkit::cli
