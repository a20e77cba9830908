#include "report/page_parts.hpp"

#include <string_view>

#include "report/assets.hpp"
#include "report/bar_chart.hpp"
#include "report/facts.hpp"
#include "report/html.hpp"
#include "report/number_text.hpp"

namespace obkit::backtest {
namespace {

std::string tile(const std::string& name, const std::string& value, const std::string& more) {
  constexpr std::size_t fits = 14;  // bytes, some of them of a minus sign or a space
  return "<div><dt>" + name + (value.size() > fits ? "</dt><dd class=\"long\">" : "</dt><dd>") +
         escape_html(value) + "</dd><dd class=\"more\">" + escape_html(more) + "</dd></div>\n";
}

/// A line sample beside a name.
std::string line_key(const std::string& colour, const std::string& dashes,
                     const std::string& name) {
  return "<span><svg viewBox=\"0 0 22 12\"><path d=\"M0 6H22\" fill=\"none\" stroke=\"var(--" +
         colour + ")\" stroke-width=\"2\" stroke-dasharray=\"" + dashes + "\"/></svg>" + name +
         "</span>";
}

/// `shape` is SVG in a field of 22 by 12.
std::string shape_key(const std::string& shape, const std::string& name) {
  return "<span><svg viewBox=\"0 0 22 12\">" + shape + "</svg>" + name + "</span>";
}

std::string price_key(bool has_trades) {
  std::string key = line_key("price", "none", "mid");
  if (!has_trades) return key;
  return key + shape_key("<path d=\"M11 0l6 11H5z\" fill=\"var(--long)\"/>", "bought") +
         shape_key("<path d=\"M11 12L5 1h12z\" fill=\"var(--short)\"/>", "sold") +
         shape_key(
             "<circle cx=\"11\" cy=\"6\" r=\"4\" fill=\"none\" stroke=\"var(--ink)\" "
             "stroke-width=\"1.5\"/>",
             "closed") +
         line_key("quiet", "none", "gain") + line_key("quiet", "4 4", "loss");
}

std::string figure(const std::string& id, const std::string& title, const std::string& unit,
                   const std::string& key, const std::string& facts) {
  return fill(assets::figure_html, {{"id", id},
                                    {"title", title},
                                    {"unit", escape_html(unit)},
                                    {"key", key},
                                    {"facts", escape_html(facts)}});
}

}  // namespace

std::string banner_html(const std::string& in_sample_warning) {
  if (in_sample_warning.empty()) return "";
  return "<section class=\"warning\" aria-labelledby=\"in-sample\"><h2 id=\"in-sample\">In-sample: "
         "this result says nothing about the future</h2><p>" +
         escape_html(in_sample_warning) + "</p></section>";
}

std::string tiles_html(const ReportData& data, const std::string& currency) {
  const ChosenTrades& trades = data.trades;
  const auto count = static_cast<double>(trades.count());
  const CurveFacts& facts = data.curve.facts();
  return tile("Net", number_text(trades.net().value()), currency + ", closed trades") +
         tile("Gross", number_text(trades.gross().value()), currency + ", before costs") +
         tile("Costs", number_text((trades.gross() - trades.net()).value()),
              currency + ", fees and funding") +
         tile("Deepest drawdown", number_text(facts.deepest.drawdown), currency + ", at any book") +
         tile("Trades", number_text(trades.count()),
              percent_text(static_cast<double>(trades.wins()), count) + " with a net gain");
}

std::string charts_html(const ReportData& data, const ReportText& text, std::size_t rows) {
  const CurveFacts& facts = data.curve.facts();
  if (facts.books == 0) return "";
  const std::string figures =
      figure("price", "Price", "", price_key(data.trades.count() > 0),
             price_facts(facts, data.trades)) +
      figure("equity", "Equity", text.currency,
             line_key("net", "none", "net") + line_key("gross", "5 3", "gross"),
             equity_facts(facts, text.currency)) +
      figure("drawdown", "Drawdown", text.currency,
             line_key("drawdown", "none", "below the highest net"),
             drawdown_facts(facts, text.currency)) +
      figure(
          "position", "Position", "in units of size",
          shape_key("<path d=\"M4 1h14v10H4z\" fill=\"var(--long)\"/>", "long, above zero") +
              shape_key("<path d=\"M4 1h14v10H4z\" fill=\"var(--short)\"/>", "short, below zero"),
          position_facts(facts));
  const std::string thinned = rows < facts.books
                                  ? "The curves show " + number_text(std::uint64_t{rows}) + " of " +
                                        number_text(facts.books) +
                                        " books: first, last, highest and lowest of each stretch."
                                  : "";
  return fill(assets::charts_html, {{"figures", figures}, {"thinned", thinned}});
}

std::string distributions_html(const ReportData& data, const ReportText& text) {
  if (data.scores.total() == 0) return "<p>No books, so nothing to count.</p>";
  const auto score_edge = [](double value) { return number_text(value, 2); };
  const BarChart scores{.id = "scores",
                        .title = "Scores of all books",
                        .facts = score_facts(data.scores) +
                                 (text.threshold ? " Dashed lines: the threshold, ±" +
                                                       number_text(*text.threshold, 3) + "."
                                                 : ""),
                        .noun = "book",
                        .edge_text = score_edge,
                        .mark = text.threshold};
  std::string out = bar_chart_html(scores, data.scores);
  if (data.holding_times.total() == 0)
    return out +
           "<figure id=\"holding\"><h3>Holding times of all trades</h3><p class=\"note\">No "
           "trade was closed.</p></figure>\n";
  const BarChart times{.id = "holding",
                       .title = "Holding times of all trades",
                       .facts = holding_facts(data.holding_times),
                       .noun = "trade",
                       .edge_text = duration_text,
                       .trim = true};
  return out + bar_chart_html(times, data.holding_times);
}

std::string pairs_html(const std::string& caption,
                       const std::vector<std::pair<std::string, std::string>>& pairs) {
  if (pairs.empty()) return "";
  std::string out = "<table><caption>" + caption + "</caption><tbody>";
  for (const auto& [name, value] : pairs)
    out += "<tr><th scope=\"row\">" + escape_html(name) + "</th><td>" + escape_html(value) +
           "</td></tr>";
  return out + "</tbody></table>\n";
}

std::string files_html(const std::vector<ReportFile>& files) {
  if (files.empty()) return "";
  std::string out =
      "<section class=\"files\"><table><caption>Files</caption><thead><tr><th "
      "scope=\"col\">name</th>"
      "<th scope=\"col\">SHA-256</th></tr></thead><tbody>";
  for (const ReportFile& file : files)
    out += "<tr><th scope=\"row\">" + escape_html(file.name) + "</th><td><code>" +
           escape_html(file.sha256) + "</code></td></tr>";
  return out + "</tbody></table></section>\n";
}

}  // namespace obkit::backtest
