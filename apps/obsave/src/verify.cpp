#include "obkit/obsave/verify.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/verify.hpp"

namespace obkit::obsave {
namespace {

std::string lines_of(const store::DayReport& day) {
  constexpr double percent = 100;
  std::string text = fmt::format("{:8}  {:20} {:>10} {:>6} {:>9.3f} {:>8}  {}\n", day.date,
                                 day.symbol, day.books, day.gaps, day.covered * percent,
                                 day.crossed, day.problems.empty() ? "ok" : "WRONG");
  for (const std::string& problem : day.problems) text += "    wrong: " + problem + "\n";
  for (const std::string& note : day.notes) text += "    note: " + note + "\n";
  return text;
}

}  // namespace

void verify(const std::vector<std::string>& paths, ByteSink& out) {
  const auto days = store::days_of(paths);
  if (days.empty())
    throw IoError{IoError::During::open, paths.front(), "no day-file and no manifest there"};
  out.write(fmt::format("{:8}  {:20} {:>10} {:>6} {:>9} {:>8}  {}\n", "date", "symbol", "books",
                        "gaps", "covered %", "crossed", "state"));
  std::uint64_t wrong = 0;
  std::string first;
  for (const std::string& path : days) {
    const store::DayReport day = store::verify_day(path);
    if (!day.problems.empty() && wrong++ == 0) first = path;
    out.write(lines_of(day));
    out.flush();
  }
  out.write(fmt::format("{}, {} wrong\n", counted(days.size(), "day-file"), wrong));
  out.close();
  if (wrong > 0) {
    throw DataError{
        {.name = first},
        counted(wrong, "day-file") + " of " + std::to_string(days.size()) + " wrong, see above"};
  }
}

}  // namespace obkit::obsave
