#pragma once

#include <cstdint>
#include <optional>

#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"

namespace obkit::store {

/// Counts what a writer was given to write, what surely is in a file, and what errors took.
class WriteTally {
 public:
  /// One more was given.
  void take() { ++taken_; }
  /// It was handed on, though it may be held back yet.
  void pass_on(bool gap = false, std::optional<DateTime> time = {}) {
    ++passed_.count;
    if (gap) ++passed_.gaps;
    if (time) passed_.last = time;
  }
  /// All that was passed on is in a file.
  void confirm() { safe_ = passed_; }
  /// All that was not confirmed is lost.
  void lose() {
    passed_ = safe_;
    lost_ = taken_ - safe_.count;
  }
  /// Does `work`. Where it throws an IoError, all that was not confirmed is lost, and `give_up` is
  /// called before the error is passed on.
  template <class Work, class GiveUp>
  void guard(Work work, GiveUp give_up) {
    try {
      work();
    } catch (const IoError& error) {
      lose();
      give_up(error);
      throw;
    }
  }
  /// The last one in a file is of this time, whoever wrote it.
  void set_last(std::optional<DateTime> time) { passed_.last = safe_.last = time; }

  [[nodiscard]] std::uint64_t kept() const { return taken_ - lost_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint64_t gaps() const { return passed_.gaps; }
  [[nodiscard]] const std::optional<DateTime>& last() const { return passed_.last; }

 private:
  struct Progress {
    std::uint64_t count = 0, gaps = 0;
    std::optional<DateTime> last;
  };

  std::uint64_t taken_ = 0, lost_ = 0;
  Progress passed_, safe_;
};

}  // namespace obkit::store
