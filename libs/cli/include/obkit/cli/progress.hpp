#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "obkit/cli/cli11_fwd.hpp"

namespace obkit::cli {

/// One line at the bottom of a terminal, painted over again and again; what is logged goes above
/// it. Does nothing where standard error is no terminal, or where the tool was told to be quiet or
/// to show no progress. One at a time.
class StatusLine {
 public:
  enum class Wish { show, hide };

  explicit StatusLine(Wish wish = Wish::show);
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  /// Erases the line.
  ~StatusLine();

  [[nodiscard]] bool is_active() const { return is_active_; }
  /// Text without line ends, cut to the terminal's width; at most six times a second, what comes
  /// sooner is left out.
  void show(std::string_view text);

  /// Takes the line off the terminal until it is shown again: something else is written there.
  static void hide();

 private:
  bool is_active_;
  std::chrono::steady_clock::time_point painted_;
};

/// --progress/--no-progress, the same in every batch tool: whether a StatusLine may be painted.
struct ProgressOptions {
  bool wanted = true;

  /// For the constructor of StatusLine.
  [[nodiscard]] StatusLine::Wish wish() const {
    return wanted ? StatusLine::Wish::show : StatusLine::Wish::hide;
  }
};

/// `options` must live until the command line is parsed.
void add_progress_options(CLI::App& app, ProgressOptions& options);

/// "[#####-----]  50 %" with `cells` cells. `share` is cut to 0 to 1 (NaN is 0); a whole bar and
/// 100 % mean all of it.
[[nodiscard]] std::string progress_bar(double share, std::size_t cells = 20);

}  // namespace obkit::cli
