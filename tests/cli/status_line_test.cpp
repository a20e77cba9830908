#include <array>
#include <cstdlib>
#include <functional>
#include <string>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include "obkit/cli/progress.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"

namespace obkit::cli {
namespace {

/// What a tool with these arguments writes to a terminal of 40 columns as standard error.
std::string on_terminal(std::vector<std::string> arguments, const std::function<void()>& work) {
  int master = -1;
  winsize size{.ws_row = 24, .ws_col = 40, .ws_xpixel = 0, .ws_ypixel = 0};
  const pid_t child = ::forkpty(&master, nullptr, nullptr, &size);
  if (child == 0) {
    ::setenv("TERM", "xterm", 1);
    ::setenv("NO_COLOR", "1", 1);
    arguments.insert(arguments.begin(), "ob-test");
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    CLI::App app{"A tool for tests", "ob-test"};
    std::_Exit(run_tool(app, static_cast<int>(argv.size()), argv.data(), work));
  }
  std::string text;
  std::array<char, 4096> block{};
  for (ssize_t count = 0; (count = ::read(master, block.data(), block.size())) > 0;)
    text.append(block.data(), static_cast<std::size_t>(count));
  ::waitpid(child, nullptr, 0);
  ::close(master);
  return text;
}

const std::string erased = "\r\x1b[K";

TEST(StatusLine, is_painted_and_erased_at_the_end) {
  EXPECT_EQ(on_terminal({}, [] { StatusLine{}.show("3 books"); }), erased + "3 books" + erased);
}

TEST(StatusLine, is_cut_to_the_terminal) {
  EXPECT_EQ(on_terminal({}, [] { StatusLine{}.show(std::string(100, 'x')); }),
            erased + std::string(39, 'x') + erased);
}

TEST(StatusLine, what_follows_too_soon_is_left_out) {
  EXPECT_EQ(on_terminal({},
                        [] {
                          StatusLine line;
                          line.show("1");
                          line.show("2");
                        }),
            erased + "1" + erased);
}

TEST(StatusLine, an_error_stands_on_a_line_of_its_own) {
  EXPECT_EQ(on_terminal({},
                        [] {
                          StatusLine line;
                          line.show("1");
                          throw Error{"broken"};
                        }),
            erased + "1" + erased + "ob-test: this is a bug, please report it: broken\r\n");
}

TEST(StatusLine, is_silent_for_those_who_want_quiet_or_have_no_terminal) {
  EXPECT_EQ(on_terminal({"-q"}, [] { StatusLine{}.show("3 books"); }), "");
  EXPECT_EQ(on_terminal({}, [] { StatusLine{StatusLine::Wish::hide}.show("3 books"); }), "");
  testing::internal::CaptureStderr();
  StatusLine line;
  line.show("3 books");
  EXPECT_FALSE(line.is_active());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace obkit::cli
