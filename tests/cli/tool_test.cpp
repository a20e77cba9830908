#include "obkit/cli/tool.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <future>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "obkit/cli/termination.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/version.hpp"

namespace obkit::cli {
namespace {

/// Runs a tool named "ob-test" in this process.
int run(std::vector<std::string> arguments, const std::function<void()>& work) {
  CLI::App app{"A tool for tests", "ob-test"};
  arguments.insert(arguments.begin(), "ob-test");
  std::vector<char*> argv;
  argv.reserve(arguments.size());
  for (auto& argument : arguments) argv.push_back(argument.data());
  return run_tool(app, static_cast<int>(argv.size()), argv.data(), work);
}

struct Outcome {
  int code;
  std::string out, err;
};

Outcome run_captured(const std::vector<std::string>& arguments, const std::function<void()>& work) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = run(arguments, work);
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

TEST(Tool, each_error_has_its_exit_code_and_one_line) {
  const auto outcome = [](auto error) { return run_captured({}, [&] { throw error; }); };
  EXPECT_EQ(outcome(UsageError{"no"}).code, 64);
  EXPECT_EQ(outcome(DataError{{"f", 1}, "no"}).code, 65);
  EXPECT_EQ(outcome(IoError{IoError::During::open, "f", ENOENT}).code, 66);
  EXPECT_EQ(outcome(NetworkError{"no"}).code, 69);
  EXPECT_EQ(outcome(std::logic_error{"no"}).code, 70);
  EXPECT_EQ(outcome(std::bad_alloc{}).code, 70);
  EXPECT_EQ(outcome(IoError{IoError::During::create, "f", EACCES}).code, 73);
  EXPECT_EQ(outcome(IoError{IoError::During::read, "f", EIO}).code, 74);
  EXPECT_EQ(outcome(IoError{IoError::During::write, "f", ENOSPC}).code, 74);
  EXPECT_EQ(outcome(DataError{{"f", 1}, "expected a"}).err, "ob-test: f:1: expected a\n");
}

TEST(Tool, shows_texts_of_others_on_one_line_without_what_moves_a_terminal) {
  const std::string text = "bad\x1b]0;pwned\x07\r\nob-test: error: forged \xe2\x80\xae \xff é";
  const std::string shown = R"(bad\x1b]0;pwned\x07\r\nob-test: error: forged \u202e \xff é)";
  EXPECT_EQ(run_captured({},
                         [&] {
                           throw DataError{{"f", 1}, text};
                         })
                .err,
            "ob-test: f:1: " + shown + "\n");
  EXPECT_EQ(run_captured({}, [&] { spdlog::warn("{}", text); }).err,
            "ob-test: warning: " + shown + "\n");
  const auto long_one = run_captured({}, [] { spdlog::info("{}", std::string(9000, 'x')); });
  EXPECT_LT(long_one.err.size(), 5000U);
}

TEST(Tool, says_the_option_where_a_library_names_a_field) {
  const FieldError error{"queue_share", "1.5", "expected a share from 0 to 1"};
  EXPECT_STREQ(error.what(), "queue_share 1.5: expected a share from 0 to 1");
  EXPECT_EQ(error.field(), "queue_share");
  const auto outcome = run_captured({}, [&] { throw error; });
  EXPECT_EQ(outcome.code, 64);
  EXPECT_EQ(outcome.err, "ob-test: --queue-share 1.5: expected a share from 0 to 1\n");
}

TEST(Tool, help_and_version_go_to_standard_output) {
  const auto help = run_captured({"--help"}, [] { FAIL(); });
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("--version"), std::string::npos);
  EXPECT_EQ(help.err, "");
  EXPECT_EQ(run_captured({"--version"}, [] { FAIL(); }).out,
            "ob-test " + std::string{version()} + "\n");
}

TEST(Tool, quiet_and_verbose_exclude_each_other) {
  const auto outcome = run_captured({"-q", "-v"}, [] { FAIL(); });
  EXPECT_EQ(outcome.code, 64);
  EXPECT_EQ(outcome.err, "ob-test: -q and -v exclude each other (--help shows the options)\n");
}

TEST(Tool, an_unknown_option_is_a_command_line_error) {
  const auto outcome = run_captured({"--nonsense"}, [] { FAIL(); });
  EXPECT_EQ(outcome.code, 64);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "ob-test: --nonsense is no option (--help shows the options)\n");
  EXPECT_EQ(run_captured({"nonsense"}, [] { FAIL(); }).err,
            "ob-test: 'nonsense' is one argument too many (--help shows the options)\n");
}

TEST(Tool, a_mistyped_option_is_told_the_one_that_was_meant) {
  const auto told = [](const std::string& argument) {
    return run_captured({argument, "0.3"}, [] { FAIL(); }).err;
  };
  EXPECT_EQ(told("--verbsoe"), "ob-test: --verbsoe is no option; did you mean --verbose?\n");
  EXPECT_EQ(told("--verb"), "ob-test: --verb is no option; did you mean --verbose?\n");
  EXPECT_EQ(told("--verbos=1"), "ob-test: --verbos is no option; did you mean --verbose?\n");
  EXPECT_EQ(told("-version"), "ob-test: -version is no option; did you mean --version?\n");
  EXPECT_EQ(told("-x"), "ob-test: -x is no option (--help shows the options)\n");
}

TEST(Tool, completes_the_shells_that_it_knows) {
  for (const char* const shell : {"bash", "zsh", "fish"})
    EXPECT_THAT(run_captured({"--print-completion", shell}, [] { FAIL(); }).out,
                testing::HasSubstr("ob-test"));
  const auto outcome = run_captured({"--print-completion", "fihs"}, [] { FAIL(); });
  EXPECT_EQ(outcome.code, 64);
  EXPECT_EQ(outcome.err,
            "ob-test: --print-completion: expected bash, zsh or fish, found 'fihs'; did you mean "
            "fish?\n");
}

TEST(Tool, a_termination_watch_turns_signals_into_calls) {
  std::promise<void> stopped;
  {
    std::atomic<int> calls = 0;
    const TerminationWatch watch{[&] {
      if (++calls == 1) stopped.set_value();
    }};
    ::kill(::getpid(), SIGTERM);
    stopped.get_future().wait();
    EXPECT_GE(calls, 1);
  }
  // The mask is as before: nothing is blocked.
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_FALSE(sigismember(&mask, SIGTERM));
}

TEST(Tool, a_signal_that_comes_while_a_tool_begins_is_told_to_its_watch) {
  hold_termination_signals();
  ::kill(::getpid(), SIGHUP);
  std::promise<void> stopped;
  std::atomic<int> calls = 0;
  {
    const TerminationWatch watch{[&] {
      if (++calls == 1) stopped.set_value();
    }};
    stopped.get_future().wait();
  }
  let_termination_signals_through();
  EXPECT_EQ(calls, 1);
}

TEST(ToolDeathTest, a_signal_that_comes_while_a_tool_begins_ends_one_that_does_not_watch) {
  hold_termination_signals();
  EXPECT_EXIT(
      {
        ::kill(::getpid(), SIGTERM);
        let_termination_signals_through();
      },
      testing::KilledBySignal(SIGTERM), "");
  let_termination_signals_through();
}

}  // namespace
}  // namespace obkit::cli
