#include "obkit/backtest/comparison.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/report/heat_map.hpp"
#include "obkit/report/line_chart.hpp"
#include "obkit/report/page.hpp"
#include "obkit/report/text.hpp"

#include "report/curve.hpp"
#include "report/page.hpp"

namespace obkit::backtest {

using namespace obkit::report;

namespace {

struct LineStyle {
  std::string_view colour, dashes;
};

/// Told apart without colours, too.
constexpr std::array<LineStyle, Comparison::most_drawn> line_styles{{{"run-1", "none"},
                                                                     {"run-2", "8 4"},
                                                                     {"run-3", "2 3"},
                                                                     {"run-4", "10 3 2 3"},
                                                                     {"run-5", "5 2"},
                                                                     {"run-6", "14 5"}}};

/// Of a sum behind so many runs that are drawn; the only one stands out.
LineStyle style_of_sum(std::size_t sum, std::size_t sums, std::size_t runs) {
  return sums == 1 ? LineStyle{"ink", "none"} : line_styles.at(runs + sum);
}

std::string threshold_text(double threshold) { return number_text(threshold, 9); }

/// What tells a run from the others.
std::string run_name(const ComparedRun& run, const ComparedRuns& compared) {
  if (compared.thresholds == 1) return run.strategy;
  const std::string threshold = "threshold " + threshold_text(run.threshold);
  return compared.thresholds == compared.runs.size() ? threshold : run.strategy + ", " + threshold;
}

double depth_of(const Summary& summary) {
  return summary.drawdown ? -summary.drawdown->depth.value() : 0;
}

std::string rest_tile(const Summary& rest, const std::string& currency) {
  const double net = rest.net().value();
  return tile_html("Net on the rest", number_text(net),
                   currency + " of " + counted_text(rest.trades, "trade") +
                       ", on books that it was not chosen on",
                   net < 0 ? Tone::loss : Tone::plain);
}

constexpr std::string_view run_template =
    R"(<section class="{{class}}" aria-label="{{name}}"><h3>{{key}}{{best}}</h3>)"
    R"(<dl class="tiles">{{tiles}}</dl></section>)";

/// `key_html`: the name, maybe with the line that is drawn for it.
std::string run_html(const ComparedRun& run, const std::string& name, std::string_view classes,
                     std::string_view key_html, const std::string& currency) {
  std::string tiles = tiles_of(*run.summary, depth_of(*run.summary), currency);
  if (run.rest != nullptr) tiles += rest_tile(*run.rest, currency);
  return fill(run_template, {{"class", classes},
                             {"name", escape_html(name)},
                             {"key", key_html},
                             {"best", run.is_best ? R"( <span class="unit">best net</span>)" : ""},
                             {"tiles", tiles}});
}

std::string side_by_side(const ComparedRuns& compared, bool draws_sums,
                         const std::string& currency) {
  std::string html;
  const auto show = [&](const ComparedRun& run, LineStyle style) {
    const std::string name = run_name(run, compared);
    html += run_html(run, name, "run", line_key_html(style.colour, style.dashes, escape_html(name)),
                     currency);
  };
  const std::size_t runs = compared.runs.size();
  for (std::size_t i = 0; i < runs; ++i) show(compared.runs[i], line_styles.at(i));
  const std::size_t sums = draws_sums ? compared.sums.size() : 0;
  for (std::size_t i = 0; i < sums; ++i) show(compared.sums[i], style_of_sum(i, sums, runs));
  return section_html("runs", "Side by side", "<div class=\"runs\">" + html + "</div>");
}

/// Where there are too many runs to show each; null where none stands out.
const ComparedRun* shown_of(const ComparedRuns& compared) {
  const std::vector<ComparedRun>& from = compared.sums.empty() ? compared.runs : compared.sums;
  const auto best = std::ranges::find_if(from, &ComparedRun::is_best);
  if (best != from.end()) return &*best;
  return compared.sums.size() == 1 ? &compared.sums.front() : nullptr;
}

std::string runs_html(const ComparedRuns& compared, bool draws_sums, const std::string& currency) {
  if (compared.runs.size() <= Comparison::most_drawn)
    return side_by_side(compared, draws_sums, currency);
  const ComparedRun* const shown = shown_of(compared);
  if (shown == nullptr) return "";
  const std::string name = run_name(*shown, compared);
  return run_html(*shown, name, "run best-run", escape_html(name), currency);
}

/// Of milliseconds since 1970: at most seven ticks at round times.
Axis time_axis(std::int64_t first, std::int64_t last) {
  static constexpr double second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
  static constexpr std::array steps{second,     5 * second,  15 * second, minute,   2 * minute,
                                    5 * minute, 15 * minute, hour,        3 * hour, 6 * hour,
                                    12 * hour,  day,         2 * day,     7 * day,  30 * day,
                                    90 * day,   365 * day};
  constexpr double most = 6;
  Axis axis{.low = static_cast<double>(first),
            .high = static_cast<double>(std::max(last, first + 1))};
  const double span = axis.high - axis.low;
  const auto* const found =
      std::ranges::find_if(steps, [&](double step) { return span / step <= most; });
  const double step = found == steps.end() ? span / most : *found;
  for (double n = std::ceil(axis.low / step); n * step <= axis.high; ++n)
    axis.ticks.push_back(n * step);
  axis.text = [step](double time) {
    constexpr std::size_t year = 5, date = 11, minutes = 5, seconds = 8;
    const std::string text = time_text(static_cast<std::int64_t>(time), 0);
    if (step >= day) return text.substr(year, date - year - 1);
    return text.substr(date, step < minute ? seconds : minutes);
  };
  return axis;
}

std::vector<LinePoint> points_of(const std::vector<Curve::Row>& rows) {
  std::vector<LinePoint> points;
  for (const Curve::Row& row : rows) {
    const auto time = static_cast<double>(row.sample.time);
    if (row.after_silence) points.push_back({.x = time});
    points.push_back({.x = time, .y = row.sample.net});
  }
  return points;
}

/// Net of the last book up to a time.
double net_at(const std::vector<Curve::Row>& rows, std::int64_t time) {
  const auto after = std::ranges::upper_bound(
      rows, time, {}, [](const Curve::Row& row) { return row.sample.time; });
  return after == rows.begin() ? 0 : std::prev(after)->sample.net;
}

/// What is drawn over time.
struct DrawnRun {
  std::string name;
  LineStyle style;
  CurveTotals totals;
  std::vector<Curve::Row> rows;
};

std::string reading_text(const std::vector<DrawnRun>& drawn, std::int64_t time) {
  std::string text = time_text(time, 0) + " UTC";
  for (const DrawnRun& run : drawn)
    text += "\n" + run.name + ": " + number_text(net_at(run.rows, time));
  return text;
}

std::vector<Reading> readings_of(const std::vector<DrawnRun>& drawn, std::int64_t first,
                                 std::int64_t last) {
  constexpr std::int64_t count = 60;
  const std::int64_t span = last - first;
  std::vector<Reading> readings;
  for (std::int64_t i = 0; i <= count && span > 0; ++i) {
    const std::int64_t time = first + span / count * i + span % count * i / count;
    readings.push_back({.x = static_cast<double>(time), .text = reading_text(drawn, time)});
  }
  return readings;
}

/// The earliest and the latest.
std::pair<std::int64_t, std::int64_t> times_of(const std::vector<DrawnRun>& drawn) {
  std::pair<std::int64_t, std::int64_t> times{drawn.front().totals.first.time,
                                              drawn.front().totals.last.time};
  for (const DrawnRun& run : drawn) {
    times.first = std::min(times.first, run.totals.first.time);
    times.second = std::max(times.second, run.totals.last.time);
  }
  return times;
}

Axis net_axis(const std::vector<DrawnRun>& drawn) {
  double low = 0, high = 0;
  for (const DrawnRun& run : drawn) {
    low = std::min(low, run.totals.lowest_net.net);
    high = std::max(high, run.totals.highest_net.net);
  }
  return axis_of(low, high);
}

DrawnRun drawn_run(std::string name, LineStyle style, const Curve& curve) {
  return {.name = std::move(name), .style = style, .totals = curve.totals(), .rows = curve.rows()};
}

/// Sums stand on top.
std::vector<DrawnRun> drawn_of(const ComparedRuns& compared, const std::vector<Curve>& runs,
                               const std::vector<Curve>& sums) {
  std::vector<DrawnRun> drawn;
  for (std::size_t i = 0; i < sums.size(); ++i)
    drawn.push_back(drawn_run(run_name(compared.sums[i], compared),
                              style_of_sum(i, sums.size(), runs.size()), sums[i]));
  for (std::size_t i = 0; i < runs.size(); ++i)
    drawn.push_back(drawn_run(run_name(compared.runs[i], compared), line_styles.at(i), runs[i]));
  return drawn;
}

std::string equity_html(const std::vector<DrawnRun>& drawn, bool is_rest,
                        const std::string& currency) {
  if (drawn.empty() || drawn.front().totals.books == 0) return "";
  const auto [first, last] = times_of(drawn);
  LineChart chart{
      .id = "equity-of-runs",
      .title = "Net equity",
      .unit = currency,
      .caption = (is_rest ? "On the rest, which nothing was chosen on: " : "At mid prices, ") +
                 time_text(first, 0) + " to " + time_text(last, 0) + " UTC.",
      .x = time_axis(first, last),
      .y = net_axis(drawn),
      .readings = readings_of(drawn, first, last)};
  for (const DrawnRun& run : drawn)
    chart.lines.push_back({.name = run.name,
                           .colour = run.style.colour,
                           .dashes = run.style.dashes,
                           .points = points_of(run.rows)});
  return section_html("over-time", "Over time", line_chart_html(chart));
}

std::string best_text(const ComparedRuns& compared, const std::string& currency) {
  const auto best = std::ranges::find_if(compared.runs, &ComparedRun::is_best);
  if (best == compared.runs.end()) return "";
  return "Best: net " + number_text(best->summary->net().value()) + " " + currency + " with " +
         best->strategy + ", threshold " + threshold_text(best->threshold) + ".";
}

std::string heat_html(const ComparedRuns& compared, const std::string& currency) {
  const std::size_t strategies = compared.runs.size() / compared.thresholds;
  HeatMap map{
      .id = "heat",
      .title = "Net by threshold and strategy",
      .unit = currency,
      .caption = "Red below zero, the darker the further from it. " + best_text(compared, currency),
      .corner = "threshold"};
  for (std::size_t i = 0; i < strategies; ++i)
    map.columns.push_back(compared.runs[i * compared.thresholds].strategy);
  for (std::size_t i = 0; i < compared.thresholds; ++i) {
    map.rows.push_back(threshold_text(compared.runs[i].threshold));
    map.cells.emplace_back();
    for (std::size_t j = 0; j < strategies; ++j) {
      const ComparedRun& run = compared.runs[j * compared.thresholds + i];
      const double net = run.summary->net().value();
      map.cells.back().push_back(
          {.value = net, .text = number_text(net, 4), .is_best = run.is_best});
    }
  }
  return heat_map_html(map);
}

/// One strategy: net over thresholds.
std::string thresholds_html(const ComparedRuns& compared, const std::string& currency) {
  Line net{.name = "net", .colour = "net", .has_marks = true};
  Line gross{.name = "gross", .colour = "gross", .dashes = "5 3"};
  LineChart chart{.id = "by-threshold",
                  .title = "Net by threshold",
                  .unit = currency,
                  .caption = best_text(compared, currency)};
  double low = 0, high = 0;
  for (const ComparedRun& run : compared.runs) {
    const double of_net = run.summary->net().value(), of_gross = run.summary->gross.value();
    low = std::min({low, of_net, of_gross});
    high = std::max({high, of_net, of_gross});
    net.points.push_back({.x = run.threshold, .y = of_net});
    gross.points.push_back({.x = run.threshold, .y = of_gross});
    chart.readings.push_back({.x = run.threshold,
                              .text = threshold_text(run.threshold) + ": net " +
                                      number_text(of_net) + ", gross " + number_text(of_gross)});
  }
  chart.x = axis_of(compared.runs.front().threshold, compared.runs.back().threshold);
  chart.y = axis_of(low, high);
  chart.lines = {std::move(net), std::move(gross)};
  return line_chart_html(chart);
}

std::string sweep_html(const ComparedRuns& compared, const std::string& currency) {
  if (compared.thresholds == 1) return "";
  const bool is_grid = compared.thresholds < compared.runs.size();
  return section_html(
      "sweep", "The sweep",
      is_grid ? heat_html(compared, currency) : thresholds_html(compared, currency));
}

std::string optional_text(const std::optional<double>& value) {
  return value ? number_text(*value) : "–";
}

std::string mean_interval(const Summary& summary) {
  const auto interval = bootstrap_mean(summary.nets);
  return interval ? number_text(interval->low, 4) + " to " + number_text(interval->high, 4) : "–";
}

std::vector<std::string> run_cells(const ComparedRun& run) {
  const Summary& summary = *run.summary;
  const auto ratios = summary.ratios();
  std::vector<std::string> cells{
      run.strategy + (run.is_best ? " (best)" : ""),
      threshold_text(run.threshold),
      number_text(summary.net().value()),
      optional_text(summary.mean_net()),
      mean_interval(summary),
      number_text(summary.trades),
      percent_text(static_cast<double>(summary.wins), static_cast<double>(summary.trades)),
      number_text(summary.gross.value()),
      number_text(summary.fees.value()),
      number_text(summary.funding.value()),
      number_text(summary.slippage.value()),
      number_text(depth_of(summary)),
      optional_text(ratios ? ratios->sharpe : std::nullopt)};
  if (run.rest != nullptr) {
    cells.push_back(number_text(run.rest->trades));
    cells.push_back(number_text(run.rest->net().value()));
  }
  return cells;
}

std::string rows_html(const ComparedRuns& compared, const std::string& currency) {
  Table table{.caption = "All rows",
              .columns = {"strategy", "threshold", "net, " + currency, "net per trade",
                          "95 % interval", "trades", "won", "gross", "fees", "funding", "slippage",
                          "deepest drawdown", "Sharpe"},
              .id = "rows",
              .money = {2, 3, 7, 11}};
  if (compared.runs.front().rest != nullptr) {
    table.columns.insert(table.columns.end(), {"trades of the rest", "net of the rest"});
    table.money.push_back(table.columns.size() - 1);
  }
  for (const ComparedRun& run : compared.runs) table.rows.push_back(run_cells(run));
  for (const ComparedRun& sum : compared.sums) table.rows.push_back(run_cells(sum));
  return "<section>" + table_html(table) + "</section>";
}

std::string span_of_runs(const ComparedRuns& compared) {
  const std::uint64_t books = compared.runs.front().summary->books;
  std::string text = counted_text(compared.runs.size(), "row") + " of one run";
  const bool is_same = std::ranges::all_of(
      compared.runs, [&](const ComparedRun& run) { return run.summary->books == books; });
  if (is_same) text += " · " + counted_text(books, "book") + (compared.sums.empty() ? "" : " each");
  return compared.runs.front().rest != nullptr ? text + " to choose on" : text;
}

}  // namespace

struct Comparison::State {
  std::vector<Curve> runs, sums;
};

Comparison::Comparison(std::size_t runs, std::size_t sums) : state_{std::make_unique<State>()} {
  constexpr std::size_t most_buckets = 128;
  const bool draws_runs = runs <= most_drawn;
  if (draws_runs) state_->runs.assign(runs, Curve{most_buckets});
  if (sums == 1 || (draws_runs ? runs : 0) + sums <= most_drawn)
    state_->sums.assign(sums, Curve{most_buckets});
}
Comparison::Comparison(Comparison&& other) noexcept = default;
Comparison& Comparison::operator=(Comparison&& other) noexcept = default;
Comparison::~Comparison() = default;

bool Comparison::draws_equity() const { return !state_->runs.empty(); }

bool Comparison::draws_sums() const { return !state_->sums.empty(); }

void Comparison::add(std::size_t run, const ReportPoint& point) { state_->runs.at(run).add(point); }

void Comparison::add_sum(std::size_t sum, const ReportPoint& point) {
  state_->sums.at(sum).add(point);
}

std::string Comparison::html(const ReportText& text, const ComparedRuns& compared) const {
  assert(!compared.runs.empty() && compared.runs.size() % compared.thresholds == 0);
  const auto drawn = drawn_of(compared, state_->runs, state_->sums);
  const bool is_rest = compared.runs.front().rest != nullptr;
  return page_html(
      {.kind = "backtest report",
       .title = text.title,
       .span = span_of_runs(compared),
       .tool = text.tool,
       .body_html = banners_html(text) + runs_html(compared, draws_sums(), text.currency) +
                    equity_html(drawn, is_rest, text.currency) +
                    sweep_html(compared, text.currency) + rows_html(compared, text.currency) +
                    side_by_side_html("Assumptions and options",
                                      pairs_html("Assumptions", text.assumptions) +
                                          pairs_html("Options", text.options)) +
                    files_html(text.files),
       .style = assets::comparison_css});
}

}  // namespace obkit::backtest
