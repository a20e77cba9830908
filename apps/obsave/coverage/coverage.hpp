#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/store/verify.hpp"

namespace obkit::obsave {

/// Books of a day by their time of day.
class DayProfile {
 public:
  static constexpr std::size_t bins = 288;  ///< five minutes each

  struct Bin {
    std::uint64_t books = 0;
    std::uint64_t priced = 0;  ///< books that are not crossed
    double spread_bps = 0;     ///< sum over these, of the mid price
    double depth = 0;          ///< sum over all, of the volumes of all levels
  };

  void add(const OrderBook& book);
  [[nodiscard]] const std::vector<Bin>& all() const { return bins_; }  ///< empty without books

 private:
  std::vector<Bin> bins_;
};

/// What day-files hold, gathered day after day for a page. Memory is bounded whatever is added:
/// what there is no room for is counted, and the page says so.
class Coverage {
 public:
  static constexpr std::size_t most_days = 20'000;  ///< rows of the table
  static constexpr std::size_t most_gaps = 4'000;   ///< the longest are kept
  static constexpr std::size_t most_symbols = 200;  ///< whose times of day are counted
  static constexpr std::size_t bins = DayProfile::bins;
  static constexpr double minutes_a_bin = 5;

  /// Books of one time of day, over all days of a symbol.
  struct Bin : DayProfile::Bin {
    std::uint64_t days = 0;  ///< that have a book then
  };
  using Profile = std::array<Bin, bins>;

  /// A day-file.
  struct Day {
    std::string symbol;
    int date = 0;
    std::vector<std::string> texts;  ///< as day_texts() has them
    double covered = 0;              ///< share of the day
    std::uint64_t gaps = 0;
    std::optional<DateTime> first, last;  ///< of the books
    std::string wrong, notes;             ///< what is wrong, what is worth to know; joined
  };

  /// A time without books.
  struct Gap {
    std::string symbol;
    int date = 0;                   ///< of the day-file
    std::int64_t from = 0, to = 0;  ///< milliseconds of that day, 0 to 86,400,000
    std::int64_t length = 0;        ///< milliseconds, from the day before maybe
    std::string reason;
  };

  struct Totals {
    std::uint64_t days = 0, wrong = 0, books = 0, gaps = 0;
    double covered = 0;  ///< days' worth
    std::uint64_t checks = 0, agreed = 0;
  };

  void add(const store::DayReport& day, const DayProfile& books = {});

  [[nodiscard]] const Totals& totals() const { return totals_; }
  /// As they were added; the first most_days.
  [[nodiscard]] const std::vector<Day>& days() const { return days_; }
  /// By symbol and time; the longest most_gaps.
  [[nodiscard]] std::vector<Gap> gaps() const;
  /// How many gaps were told with their times.
  [[nodiscard]] std::uint64_t known_gaps() const { return known_gaps_; }
  [[nodiscard]] const std::map<std::string, Profile>& profiles() const { return profiles_; }

 private:
  void add_profile(const std::string& symbol, const DayProfile& books);
  void add_gap(const store::DayReport& day, const store::ManifestGap& gap);

  Totals totals_;
  std::vector<Day> days_;
  std::vector<Gap> gaps_;
  std::uint64_t known_gaps_ = 0;
  std::map<std::string, Profile> profiles_;
};

/// One HTML page of it, which needs no network and no script. `name` is what was looked at.
[[nodiscard]] std::string coverage_page(const Coverage& coverage, const std::string& name);

/// A day's figures as `--verify` prints them: date, symbol, books, gaps, covered %, verified %,
/// crossed, "ok" or "WRONG". Of a file of trades the symbol says so, and `books` counts them.
[[nodiscard]] std::vector<std::string> day_texts(const store::DayReport& day);

}  // namespace obkit::obsave
