#pragma once

#include <chrono>
#include <string_view>

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

}  // namespace obkit::cli
