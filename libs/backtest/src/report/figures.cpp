#include <string_view>

#include "report/assets.hpp"
#include "report/bar_chart.hpp"
#include "report/facts.hpp"
#include "report/html.hpp"
#include "report/number_text.hpp"
#include "report/page_parts.hpp"

namespace obkit::backtest {
namespace {

constexpr std::string_view line_template =
    R"svg(<span><svg viewBox="0 0 22 12"><path d="M0 6H22" fill="none" )svg"
    R"svg(stroke="var(--{{colour}})" stroke-width="2" stroke-dasharray="{{dashes}}"/></svg>)svg"
    R"svg({{name}}</span>)svg";

constexpr std::string_view shape_template =
    R"svg(<span><svg viewBox="0 0 22 12"><path d="{{path}}" fill="var(--{{colour}})"/></svg>)svg"
    R"svg({{name}}</span>)svg";

constexpr std::string_view no_holding_times =
    R"(<figure id="holding"><h3>Holding times of all trades</h3><p class="note">No trade was )"
    R"(closed.</p></figure>)";

/// A line sample beside a name.
std::string line_key(std::string_view colour, std::string_view dashes, std::string_view name) {
  return fill(line_template, {{"colour", colour}, {"dashes", dashes}, {"name", name}});
}

/// A shape, as an SVG path in a field of 22 by 12, beside a name.
std::string shape_key(std::string_view colour, std::string_view path, std::string_view name) {
  return fill(shape_template, {{"colour", colour}, {"path", path}, {"name", name}});
}

std::string price_key(bool has_trades) {
  std::string key = line_key("price", "none", "mid");
  if (!has_trades) return key;
  constexpr std::string_view up = "M11 0l6 11H5z", down = "M11 12L5 1h12z";
  constexpr std::string_view ring = "M11 1.5a4.5 4.5 0 1 0 .01 0zM11 3a3 3 0 1 1-.01 0z";
  return key + shape_key("long", up, "bought") + shape_key("short", down, "sold") +
         shape_key("ink", ring, "closed") + line_key("quiet", "none", "gain") +
         line_key("quiet", "4 4", "loss");
}

std::string position_key() {
  constexpr std::string_view square = "M4 1h14v10H4z";
  return shape_key("long", square, "long, above zero") +
         shape_key("short", square, "short, below zero");
}

struct Figure {
  std::string_view id, title, unit;
  std::string key, facts;
};

std::string figure_html(const Figure& figure) {
  return fill(assets::figure_html, {{"id", figure.id},
                                    {"title", figure.title},
                                    {"unit", escape_html(figure.unit)},
                                    {"key", figure.key},
                                    {"facts", escape_html(figure.facts)}});
}

std::string thinned_text(std::size_t rows, std::uint64_t books) {
  if (rows >= books) return "";
  return "The curves show " + number_text(std::uint64_t{rows}) + " of " + number_text(books) +
         " books: first, last, highest and lowest of each stretch.";
}

std::string scores_html(const Histogram& scores, const std::optional<double>& threshold) {
  std::string facts = score_facts(scores);
  if (threshold) facts += " Dashed lines: the threshold, ±" + number_text(*threshold, 3) + ".";
  return bar_chart_html({.id = "scores",
                         .title = "Scores of all books",
                         .facts = facts,
                         .noun = "book",
                         .edge_text = [](double value) { return number_text(value, 2); },
                         .mark = threshold},
                        scores);
}

}  // namespace

std::string charts_html(const ReportData& data, const ReportText& text, std::size_t rows) {
  const CurveFacts& facts = data.curve.facts();
  if (facts.books == 0) return "";
  const std::string figures =
      figure_html({.id = "price",
                   .title = "Price",
                   .unit = "",
                   .key = price_key(data.trades.count() > 0),
                   .facts = price_facts(facts, data.trades)}) +
      figure_html({.id = "equity",
                   .title = "Equity",
                   .unit = text.currency,
                   .key = line_key("net", "none", "net") + line_key("gross", "5 3", "gross"),
                   .facts = equity_facts(facts, text.currency)}) +
      figure_html({.id = "drawdown",
                   .title = "Drawdown",
                   .unit = text.currency,
                   .key = line_key("drawdown", "none", "below the highest net"),
                   .facts = drawdown_facts(facts, text.currency)}) +
      figure_html({.id = "position",
                   .title = "Position",
                   .unit = "in units of size",
                   .key = position_key(),
                   .facts = position_facts(facts)});
  return fill(assets::charts_html,
              {{"figures", figures}, {"thinned", thinned_text(rows, facts.books)}});
}

std::string distributions_html(const ReportData& data, const ReportText& text) {
  if (data.scores.total() == 0) return "<p>No books, so nothing to count.</p>";
  const std::string scores = scores_html(data.scores, text.threshold);
  if (data.holding_times.total() == 0) return scores + std::string{no_holding_times};
  return scores + bar_chart_html({.id = "holding",
                                  .title = "Holding times of all trades",
                                  .facts = holding_facts(data.holding_times),
                                  .noun = "trade",
                                  .edge_text = duration_text,
                                  .trim = true},
                                 data.holding_times);
}

}  // namespace obkit::backtest
