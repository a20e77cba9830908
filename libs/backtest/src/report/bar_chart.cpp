#include "report/bar_chart.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "report/html.hpp"
#include "report/number_text.hpp"

namespace obkit::backtest {
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

std::string coordinate(double value) {
  std::string text = number_text(std::round(value * 100) / 100, 5);
  return text;
}

/// "0.1 to 0.15: 1 234 books (3.2 %)"
std::string bin_text(const BarChart& chart, const Histogram& histogram, std::size_t bin) {
  return chart.edge_text(histogram.edges()[bin]) + " to " +
         chart.edge_text(histogram.edges()[bin + 1]);
}

std::string share_text(const Histogram& histogram, std::size_t bin) {
  return percent_text(static_cast<double>(histogram.counts()[bin]),
                      static_cast<double>(histogram.total()));
}

/// The drawing has a width of 1000 and a height of 100, and is stretched to its place.
std::string bars_svg(const BarChart& chart, const Histogram& histogram, Bins bins) {
  const auto& counts = histogram.counts();
  const double most = static_cast<double>(*std::ranges::max_element(counts));
  const double width = 1000 / static_cast<double>(bins.end - bins.begin);
  std::string out;
  for (std::size_t bin = bins.begin; bin < bins.end; ++bin) {
    const double x = static_cast<double>(bin - bins.begin) * width;
    // What is there is seen, however little.
    const double height =
        counts[bin] == 0 ? 0 : std::max(1.0, 96 * static_cast<double>(counts[bin]) / most);
    const std::string title = bin_text(chart, histogram, bin) + ": " + number_text(counts[bin]) +
                              " " + chart.noun + (counts[bin] == 1 ? "" : "s") + " (" +
                              share_text(histogram, bin) + ")";
    out += "<g><title>" + escape_html(title) + "</title><rect class=\"bar\" x=\"" +
           coordinate(x + width * 0.06) + "\" y=\"" + coordinate(100 - height) + "\" width=\"" +
           coordinate(width * 0.88) + "\" height=\"" + coordinate(height) +
           "\"/><rect class=\"hit\" x=\"" + coordinate(x) + "\" y=\"0\" width=\"" +
           coordinate(width) + "\" height=\"100\"/></g>";
  }
  return out;
}

std::string marks_svg(const BarChart& chart, const Histogram& histogram) {
  if (!chart.mark) return "";
  const double low = histogram.edges().front(), high = histogram.edges().back();
  std::string out;
  for (const double value : {-*chart.mark, *chart.mark}) {
    const std::string x = coordinate(1000 * (value - low) / (high - low));
    out += "<line x1=\"" + x + "\" x2=\"" + x + "\" y1=\"0\" y2=\"100\"/>";
  }
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
    out += "<span style=\"left:" + coordinate(left) + "%\">" +
           escape_html(chart.edge_text(histogram.edges()[bins.begin + edge])) + "</span>";
  }
  return out;
}

std::string table_html(const BarChart& chart, const Histogram& histogram, Bins bins) {
  std::string out = "<details><summary>" + escape_html(chart.title) +
                    " as a table</summary><table><thead><tr><th scope=\"col\">from, to</th><th "
                    "scope=\"col\" class=\"number\">" +
                    chart.noun +
                    "s</th><th scope=\"col\" class=\"number\">share</th></tr></thead><tbody>";
  for (std::size_t bin = bins.begin; bin < bins.end; ++bin)
    out += "<tr><th scope=\"row\">" + escape_html(bin_text(chart, histogram, bin)) +
           "</th><td class=\"number\">" + number_text(histogram.counts()[bin]) +
           "</td><td class=\"number\">" + share_text(histogram, bin) + "</td></tr>";
  return out + "</tbody></table></details>";
}

}  // namespace

std::string bar_chart_html(const BarChart& chart, const Histogram& histogram) {
  const Bins bins = shown_bins(histogram, chart.trim);
  return "<figure id=\"" + chart.id + "\"><h3 id=\"" + chart.id + "-title\">" +
         escape_html(chart.title) + "</h3><div class=\"bars\"><svg viewBox=\"0 0 1000 100\" " +
         "preserveAspectRatio=\"none\" role=\"img\" aria-labelledby=\"" + chart.id + "-title " +
         chart.id + "-facts\">" + bars_svg(chart, histogram, bins) + marks_svg(chart, histogram) +
         "</svg><div class=\"edges\" aria-hidden=\"true\">" + edges_html(chart, histogram, bins) +
         "</div></div><figcaption id=\"" + chart.id + "-facts\">" + escape_html(chart.facts) +
         "</figcaption>" + table_html(chart, histogram, bins) + "</figure>\n";
}

}  // namespace obkit::backtest
