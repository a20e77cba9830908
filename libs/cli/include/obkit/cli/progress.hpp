#pragma once

#include <cstddef>
#include <string>

#include <CLI/CLI.hpp>

#include "obkit/cli/status_line.hpp"

namespace obkit::cli {

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
