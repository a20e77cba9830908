#include "obkit/cli/status_line.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/ioctl.h>

#include <spdlog/spdlog.h>
#include <unistd.h>

namespace obkit::cli {
namespace {

/// Logging hides it from whichever thread.
std::atomic<bool> is_shown = false;

constexpr std::string_view start_of_empty_line = "\r\x1b[K";
constexpr std::chrono::milliseconds between_paints{170};

bool can_paint() {
  const char* terminal = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr &&
         std::string_view{terminal} != "dumb" && spdlog::should_log(spdlog::level::info);
}

std::size_t width() {
  winsize size{};
  constexpr std::size_t usual = 80;
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

void put(std::string_view text) {
  // Nothing is lost when the terminal is gone.
  [[maybe_unused]] const auto count = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

StatusLine::StatusLine(Wish wish) : is_active_{wish == Wish::show && can_paint()} {}
StatusLine::~StatusLine() { hide(); }

void StatusLine::show(std::string_view text) {
  const auto now = std::chrono::steady_clock::now();
  if (!is_active_ || now - painted_ < between_paints) return;
  painted_ = now;
  std::string line{start_of_empty_line};
  line += text.substr(0, width() - 1);
  is_shown = true;
  put(line);
}

void StatusLine::hide() {
  if (is_shown.exchange(false)) put(start_of_empty_line);
}

}  // namespace obkit::cli
