#include "obkit/report/bar_chart.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "obkit/report/text.hpp"

#include "assets.hpp"
#include "coordinate.hpp"

namespace obkit::report {
Histogram::Histogram(std::vector<double> edges)
    : edges_{std::move(edges)}, counts_(edges_.size() - 1) {
  assert(edges_.size() >= 2 && std::ranges::is_sorted(edges_));
}

void Histogram::add(double value) {
  const auto above = std::ranges::upper_bound(edges_, value) - edges_.begin();
  const auto bins = static_cast<std::ptrdiff_t>(counts_.size());
  const auto bin = std::clamp<std::ptrdiff_t>(above - 1, 0, bins - 1);
  ++counts_[static_cast<std::size_t>(bin)];
  lowest_ = total_ == 0 ? value : std::min(lowest_, value);
  highest_ = total_ == 0 ? value : std::max(highest_, value);
  ++total_;
  sum_ += value;
}

double Histogram::mean() const { return total_ == 0 ? 0 : sum_ / static_cast<double>(total_); }

namespace {

struct Bins {
  std::size_t begin, end;
};

Bins shown_bins(const Histogram& histogram, bool trim) {
  const auto& counts = histogram.counts();
  Bins bins{.begin = 0, .end = counts.size()};
  if (!trim) return bins;
  while (bins.begin + 1 < bins.end && counts[bins.begin] == 0) ++bins.begin;
  while (bins.end > bins.begin + 1 && counts[bins.end - 1] == 0) --bins.end;
  return bins;
}

/// "0.1 to 0.15"
std::string bin_text(const BarChart& chart, const Histogram& histogram, std::size_t bin) {
  return chart.edge_text(histogram.edges()[bin]) + " to " +
         chart.edge_text(histogram.edges()[bin + 1]);
}

std::string share_text(const Histogram& histogram, std::size_t bin) {
  return percent_text(static_cast<double>(histogram.counts()[bin]),
                      static_cast<double>(histogram.total()));
}

/// "0.1 to 0.15: 1234 books (3.2 %)"
std::string bar_title(const BarChart& chart, const Histogram& histogram, std::size_t bin) {
  const std::uint64_t count = histogram.counts()[bin];
  return bin_text(chart, histogram, bin) + ": " + number_text(count) + " " + chart.noun +
         (count == 1 ? "" : "s") + " (" + share_text(histogram, bin) + ")";
}

/// The drawing has a width of 1000 and a height of 100, and is stretched to its place. The bar is
/// what is seen, the place around it what the pointer finds.
constexpr std::string_view bar_svg =
    R"(<g><title>{{title}}</title><rect class="bar" x="{{left}}" y="{{top}}" width="{{width}}" )"
    R"(height="{{height}}"/><rect class="hit" x="{{place}}" y="0" width="{{room}}" height="100"/></g>)";

std::string bars_svg(const BarChart& chart, const Histogram& histogram, Bins bins) {
  const auto& counts = histogram.counts();
  const auto most = static_cast<double>(*std::ranges::max_element(counts));
  const double room = 1000 / static_cast<double>(bins.end - bins.begin);
  std::string out;
  for (std::size_t bin = bins.begin; bin < bins.end; ++bin) {
    const double place = static_cast<double>(bin - bins.begin) * room;
    // What is there is seen, however little.
    const double share = static_cast<double>(counts[bin]) / most;
    const double height = counts[bin] == 0 ? 0 : std::max(1.0, 96 * share);
    out += fill(bar_svg, {{"title", escape_html(bar_title(chart, histogram, bin))},
                          {"left", coordinate(place + room * 0.06)},
                          {"top", coordinate(100 - height)},
                          {"width", coordinate(room * 0.88)},
                          {"height", coordinate(height)},
                          {"place", coordinate(place)},
                          {"room", coordinate(room)}});
  }
  return out;
}

std::string marks_svg(const BarChart& chart, const Histogram& histogram) {
  if (!chart.mark) return "";
  const double low = histogram.edges().front(), high = histogram.edges().back();
  std::string out;
  for (const double value : {-*chart.mark, *chart.mark})
    out += fill(R"(<line x1="{{x}}" x2="{{x}}" y1="0" y2="100"/>)",
                {{"x", coordinate(1000 * (value - low) / (high - low))}});
  return out;
}

/// At most five edges, evenly spread over the width.
std::string edges_html(const BarChart& chart, const Histogram& histogram, Bins bins) {
  const std::size_t count = bins.end - bins.begin;
  const std::size_t steps = std::min<std::size_t>(count, 4);
  std::string out;
  for (std::size_t i = 0; i <= steps; ++i) {
    const std::size_t edge = count * i / steps;
    const double left = 100 * static_cast<double>(edge) / static_cast<double>(count);
    out += fill(R"(<span style="left:{{left}}%">{{edge}}</span>)",
                {{"left", coordinate(left)},
                 {"edge", escape_html(chart.edge_text(histogram.edges()[bins.begin + edge]))}});
  }
  return out;
}

constexpr std::string_view row_html =
    R"(<tr><th scope="row">{{bin}}</th><td class="number">{{count}}</td>)"
    R"(<td class="number">{{share}}</td></tr>)";

std::string rows_html(const BarChart& chart, const Histogram& histogram, Bins bins) {
  std::string out;
  for (std::size_t bin = bins.begin; bin < bins.end; ++bin) {
    out += fill(row_html, {{"bin", escape_html(bin_text(chart, histogram, bin))},
                           {"count", number_text(histogram.counts()[bin])},
                           {"share", share_text(histogram, bin)}});
  }
  return out;
}

}  // namespace

std::string bar_chart_html(const BarChart& chart, const Histogram& histogram) {
  const Bins bins = shown_bins(histogram, chart.trim);
  return fill(assets::bars_html,
              {{"id", chart.id},
               {"title", escape_html(chart.title)},
               {"caption", escape_html(chart.caption)},
               {"noun", chart.noun},
               {"bars", bars_svg(chart, histogram, bins) + marks_svg(chart, histogram)},
               {"edges", edges_html(chart, histogram, bins)},
               {"rows", rows_html(chart, histogram, bins)}});
}

}  // namespace obkit::report
