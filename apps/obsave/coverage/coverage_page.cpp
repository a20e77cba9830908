// The page of coverage.hpp.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "obkit/core/time.hpp"
#include "obkit/core/version.hpp"
#include "obkit/report/line_chart.hpp"
#include "obkit/report/page.hpp"
#include "obkit/report/text.hpp"

#include "obsave/coverage/coverage.hpp"

namespace obkit::obsave {
namespace {

using report::counted_text;
using report::escape_html;
using report::fill;
using report::number_text;
using report::percent_text;

using Days = std::vector<const Coverage::Day*>;
using BySymbol = std::map<std::string, Days>;

constexpr double day_length = 86'400'000;  // milliseconds
/// A page of more charts is slow to open.
constexpr std::size_t most_charted = 12;

BySymbol by_symbol(const Coverage& coverage) {
  BySymbol symbols;
  for (const Coverage::Day& day : coverage.days())
    if (day.date > 0) symbols[day.symbol].push_back(&day);  // else its name tells no day
  for (auto& [symbol, days] : symbols)
    std::ranges::stable_sort(days, {}, [](const Coverage::Day* day) { return day->date; });
  return symbols;
}

std::chrono::sys_days days_of(int date) {
  constexpr int year = 10'000, month = 100;
  return std::chrono::year_month_day{
      std::chrono::year{date / year},
      std::chrono::month{static_cast<unsigned>(date / month % month)},
      std::chrono::day{static_cast<unsigned>(date % month)}};
}

/// "2026-01-31"
std::string date_text(int date) {
  return fmt::format("{:04}-{:02}-{:02}", date / 10'000, date / 100 % 100, date % 100);
}

int date_of(std::chrono::sys_days day) {
  const std::chrono::year_month_day date{day};
  return static_cast<int>(date.year()) * 10'000 +
         static_cast<int>(static_cast<unsigned>(date.month())) * 100 +
         static_cast<int>(static_cast<unsigned>(date.day()));
}

/// "10:11:12.345"
std::string clock_text(std::int64_t milliseconds) {
  return fmt::format("{:02}:{:02}:{:02}.{:03}", milliseconds / 3'600'000,
                     milliseconds / 60'000 % 60, milliseconds / 1000 % 60, milliseconds % 1000);
}

/// For a style.
std::string share_text(double share) { return fmt::format("{:.3f}", 100 * share); }

// The calendar.

constexpr std::string_view cell_template =
    R"(<li class="{{kind}}" title="{{title}}"><span>{{day}}</span><b><i style="width:{{share}}%">)"
    R"(</i></b></li>)";

std::string cell_html(const Coverage::Day& day) {
  const auto& texts = day.texts;
  std::string title = date_text(day.date) + ": covered " + texts[4] + " %, books " + texts[2] +
                      ", gaps " + texts[3] + ", verified " + texts[5] + " %";
  if (!day.wrong.empty()) title += "; wrong: " + day.wrong;
  return fill(cell_template, {{"kind", day.wrong.empty() ? "" : "wrong"},
                              {"title", escape_html(title)},
                              {"day", std::to_string(day.date % 100)},
                              {"share", share_text(std::clamp(day.covered, 0.0, 1.0))}});
}

std::string missing_html(int date) {
  return fill(R"(<li class="none" title="{{date}}: no file"><span>{{day}}</span></li>)",
              {{"date", date_text(date)}, {"day", std::to_string(date % 100)}});
}

/// Days between two files of which there is none are shown where they are not more than a year.
std::string calendar_html(const Days& days) {
  std::string html;
  int month = 0;
  const auto begin_month = [&](int date) {
    if (date / 100 == month) return;
    if (month != 0) html += "</ol>";
    month = date / 100;
    html +=
        fill(R"(<h4>{{month}}</h4><ol class="days">)", {{"month", date_text(date).substr(0, 7)}});
  };
  constexpr std::chrono::days longest_hole{366};
  const Coverage::Day* before = nullptr;
  for (const Coverage::Day* day : days) {
    if (before != nullptr && days_of(day->date) - days_of(before->date) <= longest_hole) {
      for (auto hole = days_of(before->date) + std::chrono::days{1}; hole < days_of(day->date);
           hole += std::chrono::days{1}) {
        begin_month(date_of(hole));
        html += missing_html(date_of(hole));
      }
    }
    begin_month(day->date);
    html += cell_html(*day);
    before = day;
  }
  return html + (month != 0 ? "</ol>" : "");
}

// Gaps on a time line.

using Gaps = std::span<const Coverage::Gap>;

std::string stretch_html(std::string_view kind, double from, double to, const std::string& title) {
  return fill(
      R"(<i class="{{kind}}" style="left:{{left}}%;width:{{width}}%" title="{{title}}"></i>)",
      {{"kind", kind},
       {"left", share_text(from / day_length)},
       {"width", share_text((to - from) / day_length)},
       {"title", escape_html(title)}});
}

std::string gap_text(const Coverage::Gap& gap) {
  return clock_text(gap.from) + " to " + clock_text(gap.to) + " (" +
         report::duration_text(static_cast<double>(gap.length)) + "): " + gap.reason;
}

/// Of HHMMSSmmm.
double time_of_day(DateTime time) {
  return static_cast<double>(time.time / 10'000'000) * 3'600'000 +
         static_cast<double>(time.time / 100'000 % 100) * 60'000 +
         static_cast<double>(time.time % 100'000);
}

/// Dark is what was recorded, with the gaps in it.
std::string track_html(const Coverage::Day& day, Gaps gaps) {
  std::string stretches;
  if (day.first && day.last)
    stretches += stretch_html("held", time_of_day(*day.first), time_of_day(*day.last),
                              format_iso(*day.first) + " to " + format_iso(*day.last));
  for (const Coverage::Gap& gap : gaps)
    stretches += stretch_html("gap", static_cast<double>(gap.from), static_cast<double>(gap.to),
                              gap_text(gap));
  return fill(
      R"(<div class="day"><span>{{date}}</span><div class="track">{{stretches}}</div></div>)",
      {{"date", date_text(day.date)}, {"stretches", stretches}});
}

/// Those of one symbol, and of one day, which follow each other.
Gaps gaps_of(Gaps gaps, const std::string& symbol) {
  const auto [begin, end] = std::ranges::equal_range(gaps, symbol, {}, &Coverage::Gap::symbol);
  return {begin, end};
}

Gaps gaps_of(Gaps gaps, int date) {
  const auto [begin, end] = std::ranges::equal_range(gaps, date, {}, &Coverage::Gap::date);
  return {begin, end};
}

std::string gap_table(Gaps gaps) {
  std::vector<std::vector<std::string>> rows;
  for (const Coverage::Gap& gap : gaps)
    rows.push_back({date_text(gap.date) + " " + clock_text(gap.from), clock_text(gap.to),
                    report::duration_text(static_cast<double>(gap.length)), gap.reason});
  return report::folded_table_html("Gaps", {"from, UTC", "to", "for", "reason"}, rows);
}

std::string time_line_html(const Days& days, Gaps gaps) {
  constexpr std::size_t most_tracks = 62;  // two months
  const std::size_t first = days.size() > most_tracks ? days.size() - most_tracks : 0;
  std::string tracks;
  for (const Coverage::Day* day : std::span{days}.subspan(first))
    tracks += track_html(*day, gaps_of(gaps, day->date));
  std::string note = "Filled is the time from the first to the last book of a day, UTC.";
  if (first > 0)
    note += fmt::format(" The last {} of {} days are shown.", most_tracks, days.size());
  return R"(<h3>Gaps over the day</h3><div class="tracks">)" + tracks +
         R"(<div class="edges hours" aria-hidden="true"><span style="left:0%">00</span>)"
         R"(<span style="left:25%">06</span><span style="left:50%">12</span>)"
         R"(<span style="left:75%">18</span><span style="left:100%">24</span></div></div>)"
         R"(<p class="note">)" +
         note + "</p>" + gap_table(gaps);
}

// Charts over the day.

report::Axis hours() {
  return {.low = 0, .high = 24, .ticks = {0, 6, 12, 18, 24}, .text = [](double hour) {
            return fmt::format("{:02.0f}:00", hour);
          }};
}

struct DayChart {
  std::string_view id, title, unit, caption;
};

/// `value` of a bin; empty where it is not known.
template <class Value>
std::string day_chart(const DayChart& chart, std::size_t number, const Coverage::Profile& profile,
                      Value value) {
  report::Line line{.name = "", .colour = "net"};
  std::vector<report::Reading> readings;
  std::vector<std::vector<std::string>> rows;
  double most = 0;
  for (std::size_t i = 0; i < profile.size(); ++i) {
    const double minute = static_cast<double>(i) * Coverage::minutes_a_bin;
    const double middle = (minute + Coverage::minutes_a_bin / 2) / 60;
    const std::optional<double> y = value(profile[i]);
    line.points.push_back({middle, y});
    if (!y) continue;
    most = std::max(most, *y);
    const std::string clock =
        fmt::format("{:02}:{:02}", static_cast<int>(minute) / 60, static_cast<int>(minute) % 60);
    readings.push_back({middle, clock + ": " + number_text(*y, 4)});
    rows.push_back({clock, number_text(*y, 4)});
  }
  const std::string title{chart.title};
  return report::line_chart_html(
      {.id = fmt::format("{}-{}", chart.id, number),
       .title = title,
       .unit = std::string{chart.unit},
       .caption = std::string{chart.caption},
       .x = hours(),
       .y = report::axis_of(0, most),
       .lines = {std::move(line)},
       .readings = std::move(readings),
       .table_html = report::folded_table_html(title, {"from, UTC", title}, rows)});
}

std::optional<double> mean_of(double sum, std::uint64_t count) {
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

std::string charts_html(std::size_t number, const Coverage::Profile& profile) {
  using Bin = Coverage::Bin;
  return day_chart({.id = "books",
                    .title = "Books per minute",
                    .unit = "mean of the days that have books then",
                    .caption = "Five minutes a point, UTC."},
                   number, profile,
                   [](const Bin& bin) {
                     return mean_of(static_cast<double>(bin.books) / Coverage::minutes_a_bin,
                                    bin.days);
                   }) +
         day_chart({.id = "spread",
                    .title = "Spread",
                    .unit = "basis points of the mid price",
                    .caption = "Mean over the books; crossed ones do not count."},
                   number, profile,
                   [](const Bin& bin) { return mean_of(bin.spread_bps, bin.priced); }) +
         day_chart({.id = "depth",
                    .title = "Depth",
                    .unit = "volume of all levels that are recorded",
                    .caption = "Mean over the books, both sides together."},
                   number, profile, [](const Bin& bin) { return mean_of(bin.depth, bin.books); });
}

// The page.

std::string symbol_html(std::size_t number, const std::string& symbol, const Days& days, Gaps gaps,
                        const Coverage::Profile* profile) {
  std::string content = R"(<h3>Calendar</h3>)" + calendar_html(days) + time_line_html(days, gaps);
  if (profile != nullptr) content += charts_html(number, *profile);
  return report::section_html(fmt::format("symbol-{}", number), symbol, content);
}

/// The symbols of most books.
std::vector<std::string> charted_symbols(const Coverage& coverage) {
  std::vector<std::pair<std::uint64_t, std::string>> symbols;
  for (const auto& [symbol, profile] : coverage.profiles()) {
    std::uint64_t books = 0;
    for (const Coverage::Bin& bin : profile) books += bin.books;
    symbols.emplace_back(books, symbol);
  }
  std::ranges::sort(symbols, std::ranges::greater{});
  symbols.resize(std::min(symbols.size(), most_charted));
  std::vector<std::string> names;
  for (auto& [books, symbol] : symbols) names.push_back(std::move(symbol));
  return names;
}

std::string tiles(const Coverage& coverage) {
  const Coverage::Totals& totals = coverage.totals();
  const auto days = static_cast<double>(totals.days);
  return report::tile_html(
             "Day-files", number_text(totals.days),
             totals.wrong == 0 ? "none of them wrong" : number_text(totals.wrong) + " wrong") +
         report::tile_html("Covered", percent_text(totals.covered, days),
                           "of the time of these days") +
         report::tile_html("Books", number_text(totals.books), "") +
         report::tile_html("Gaps", number_text(totals.gaps), "") +
         report::tile_html("Verified",
                           totals.checks == 0 ? "\u2013"
                                              : percent_text(static_cast<double>(totals.agreed),
                                                             static_cast<double>(totals.checks)),
                           counted_text(totals.checks, "check") + " of the exchange's");
}

std::string days_table(const Coverage& coverage) {
  report::Table table{.caption = "Days",
                      .columns = {"date", "symbol", "books", "gaps", "covered %", "verified %",
                                  "crossed", "state", "what is wrong, or worth to know"},
                      .is_number = {false, false, true, true, true, true, true, false, false},
                      .id = "days"};
  for (const Coverage::Day& day : coverage.days()) {
    table.rows.push_back(day.texts);
    table.rows.back().push_back(day.wrong + (day.wrong.empty() || day.notes.empty() ? "" : "; ") +
                                day.notes);
  }
  return report::section_html("all-days", "All days", report::table_html(table));
}

/// What the page leaves out.
std::string limits_html(const Coverage& coverage, std::size_t symbols, std::size_t charted,
                        std::size_t gaps) {
  std::string text;
  if (coverage.days().size() < coverage.totals().days)
    text += fmt::format("Of {} day-files this page shows the first {}. ", coverage.totals().days,
                        coverage.days().size());
  if (gaps < coverage.known_gaps())
    text += fmt::format("Of {} gaps it shows the {} longest. ", coverage.known_gaps(), gaps);
  if (charted < symbols)
    text += fmt::format("Of {} symbols it draws the {} with the most books. ", symbols, charted);
  return text.empty() ? "" : R"(<p class="note fine">)" + text + "</p>";
}

constexpr std::string_view style =
    R"(h4 { margin: 12px 0 4px; font-size: 13px; font-weight: 400; color: var(--quiet); }
section h3 { margin-top: 16px; }
.days { display: flex; flex-wrap: wrap; gap: 4px; margin: 0; padding: 0; list-style: none; }
.days li { width: 34px; padding: 2px 3px 4px; border-radius: 4px; background: var(--panel); font-size: 12px; line-height: 1.3; text-align: center; }
.days b { display: block; height: 8px; background: var(--grid); }
.days i { display: block; height: 8px; background: var(--bar); }
.days .wrong { outline: 2px solid var(--drawdown); }
.days .wrong i { background: var(--drawdown); }
.days .none { background: none; outline: 1px dashed var(--rule); color: var(--quiet); }
.tracks { position: relative; margin: 8px 0; }
.tracks .day { display: flex; align-items: center; gap: 8px; height: 18px; font-size: 12px; color: var(--quiet); }
.tracks .day span { width: 72px; }
.track { position: relative; flex: 1; height: 12px; background: var(--grid); overflow: hidden; }
.track i { position: absolute; top: 0; bottom: 0; min-width: 2px; }
.track .held { background: var(--bar); }
.track .gap { background: var(--drawdown); }
.tracks .hours { margin-left: 80px; }
.fine { margin-top: 16px; }
)";

}  // namespace

std::string coverage_page(const Coverage& coverage, const std::string& name) {
  const BySymbol symbols = by_symbol(coverage);
  const std::vector<std::string> charted = charted_symbols(coverage);
  const std::vector<Coverage::Gap> gaps = coverage.gaps();
  std::string body = report::tiles_html(tiles(coverage));
  std::size_t number = 0;
  for (const auto& [symbol, days] : symbols) {
    const auto profile = coverage.profiles().find(symbol);
    const bool is_charted = std::ranges::find(charted, symbol) != charted.end();
    if (symbols.size() > most_charted && !is_charted) continue;
    body += symbol_html(++number, symbol, days, gaps_of(gaps, symbol),
                        is_charted ? &profile->second : nullptr);
  }
  body += days_table(coverage) + limits_html(coverage, symbols.size(), number, gaps.size());
  std::string span = counted_text(coverage.totals().days, "day-file") + " of " +
                     counted_text(symbols.size(), "symbol");
  return report::page_html({.kind = "coverage report",
                            .title = "Order books of " + name,
                            .span = std::move(span),
                            .tool = "obsave " + std::string{version()},
                            .body_html = std::move(body),
                            .style = style});
}

}  // namespace obkit::obsave
