#include "obkit/cli/progress.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/ioctl.h>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/cli/values.hpp"
#include "obkit/core/encoding.hpp"

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
  line += printable(text).substr(0, width() - 1);
  is_shown = true;
  put(line);
}

void StatusLine::hide() {
  if (is_shown.exchange(false)) put(start_of_empty_line);
}

void add_progress_options(CLI::App& app, ProgressOptions& options) {
  auto* progress = app.add_flag_callback(
                          "--progress", [&] { options.wanted = true; },
                          "Show how far the work is where standard error is a terminal")
                       ->default_str("on")
                       ->group(general_group);
  app.add_flag_callback(
         "--no-progress", [&] { options.wanted = false; }, "Show no progress")
      ->excludes(progress)
      ->group(general_group);
}

std::string progress_bar(double share, std::size_t cells) {
  const double cut = share > 0 ? std::min(share, 1.0) : 0;
  const auto of = [&](std::size_t all) {
    return static_cast<std::size_t>(cut * static_cast<double>(all));
  };
  const std::string percent = std::to_string(of(100));
  std::string bar = "[" + std::string(of(cells), '#') + std::string(cells - of(cells), '-') + "] ";
  return bar.append(3 - percent.size(), ' ').append(percent).append(" %");
}

}  // namespace obkit::cli
