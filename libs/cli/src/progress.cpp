#include "obkit/cli/progress.hpp"

#include <algorithm>

namespace obkit::cli {

void add_progress_options(CLI::App& app, ProgressOptions& options) {
  auto* progress = app.add_flag_callback(
                          "--progress", [&] { options.wanted = true; },
                          "Show how far the work is where standard error is a terminal")
                       ->default_str("on");
  app.add_flag_callback(
         "--no-progress", [&] { options.wanted = false; }, "Show no progress")
      ->excludes(progress);
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
