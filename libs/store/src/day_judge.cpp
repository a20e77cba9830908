#include "day_judge.hpp"

#include <filesystem>
#include <string_view>
#include <utility>

#include "obkit/core/number.hpp"
#include "obkit/store/input.hpp"

#include "day_file_name.hpp"

namespace obkit::store {
namespace {

std::string count_problem(std::string_view what, std::uint64_t said, std::uint64_t found) {
  return "the manifest says " + counted(said, what) + ", found " + std::to_string(found);
}

std::string shown_time(const std::optional<DateTime>& time) {
  return time ? format_iso(*time) : "none";
}

class Judge {
 public:
  Judge(const VerifiedDay& day, DayReport& report) : day_{day}, report_{report} {}

  void judge() {
    judge_lines();
    judge_end();
    if (!day_.manifest) return;
    judge_identity();
    if (day_.manifest->closed)
      judge_closed();
    else
      judge_open();
  }

 private:
  void problem(std::string text) { report_.problems.push_back(std::move(text)); }
  void note(std::string text) { report_.notes.push_back(std::move(text)); }

  void judge_lines() {
    const ReadReport& read = day_.scan.report;
    if (day_.scan.damage) problem(*day_.scan.damage);
    if (read.skipped > 0)
      problem(counted(read.skipped, "malformed line") + ", the first: " + read.first_skipped);
    if (day_.scan.other_dates > 0)
      problem(counted(day_.scan.other_dates, "book") + " of another day");
    if (read.time_went_back > 0)
      problem(counted(read.time_went_back, "book") + " older than the one before");
    const std::string pool = day_.manifest ? day_.manifest->origin.pool : "";
    if (read.crossed > 0 && !pool.empty() && pool != "Aggregated")
      problem(counted(read.crossed, "book") + " crossed: best bid at or above best ask in pool " +
              pool);
    if (read.books == 0 && !day_.scan.damage) note("it holds no book");
  }

  /// A recorder that is killed, or runs, leaves a torn end; its manifest is open then.
  void judge_end() {
    const auto tell = [&](std::string text) {
      day_.manifest && !day_.manifest->closed ? note(std::move(text)) : problem(std::move(text));
    };
    if (day_.scan.report.torn) tell(*day_.scan.report.torn);
    if (day_.torn_bytes > 0)
      tell(counted(day_.torn_bytes, "byte") + " behind the last whole zstd frame");
  }

  void judge_identity() {
    const Manifest& said = *day_.manifest;
    const std::string name = std::filesystem::path{report_.path}.filename();
    if (said.file != name) problem("the manifest is of the file " + said.file);
    if (file_safe(said.symbol) != symbol_of_day_file(report_.path))
      problem("the manifest is of the symbol " + said.symbol);
    if (day_.counted.books > 0 && said.depth != day_.counted.depth)
      problem("the manifest says depth " + std::to_string(said.depth) + ", found " +
              std::to_string(day_.counted.depth));
  }

  void judge_open() {
    const Manifest& said = *day_.manifest;
    if (said.sha256) problem("the manifest has a SHA-256 though it is open");
    if (said.bytes > day_.counted.bytes)
      return problem(count_problem("byte", said.bytes, day_.counted.bytes));
    if (said.bytes == day_.counted.bytes) judge_figures();
    note("the manifest is open: a recorder writes this file, or was killed");
  }

  void judge_closed() {
    const Manifest& said = *day_.manifest;
    if (said.bytes != day_.counted.bytes)
      problem(count_problem("byte", said.bytes, day_.counted.bytes));
    else if (!day_.sha256.empty() && said.sha256 != day_.sha256)
      problem("the SHA-256 is " + day_.sha256 + ", the manifest says " +
              said.sha256.value_or("none"));
    judge_figures();
  }

  void judge_figures() {
    const Manifest &said = *day_.manifest, &found = day_.counted;
    if (said.books != found.books) problem(count_problem("book", said.books, found.books));
    if (said.gaps.size() != found.gaps.size())
      problem(count_problem("gap", said.gaps.size(), found.gaps.size()));
    if (said.first != found.first || said.last != found.last) {
      problem("the manifest says books from " + shown_time(said.first) + " to " +
              shown_time(said.last) + ", found " + shown_time(found.first) + " to " +
              shown_time(found.last));
    }
  }

  const VerifiedDay& day_;
  DayReport& report_;
};

}  // namespace

void judge(const VerifiedDay& day, DayReport& report) { Judge{day, report}.judge(); }

}  // namespace obkit::store
