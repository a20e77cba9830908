#include "report/page_parts.hpp"

#include <string_view>

#include "report/html.hpp"
#include "report/number_text.hpp"

namespace obkit::backtest {
namespace {

constexpr std::string_view banner_template =
    R"(<section class="warning" aria-labelledby="in-sample"><h2 id="in-sample">In-sample: this )"
    R"(result says nothing about the future</h2><p>{{warning}}</p></section>)";

constexpr std::string_view tile_template =
    R"(<div><dt>{{name}}</dt><dd{{class}}>{{value}}</dd><dd class="more">{{more}}</dd></div>)";

constexpr std::string_view files_template =
    R"(<section class="files"><table><caption>Files</caption><thead><tr><th scope="col">name</th>)"
    R"(<th scope="col">SHA-256</th></tr></thead><tbody>{{rows}}</tbody></table></section>)";

std::string tile(std::string_view name, const std::string& value, const std::string& more) {
  constexpr std::size_t fits = 14;  // bytes, some of them of a minus sign or a space
  return fill(tile_template, {{"name", name},
                              {"class", value.size() > fits ? R"( class="long")" : ""},
                              {"value", escape_html(value)},
                              {"more", escape_html(more)}});
}

}  // namespace

std::string banner_html(const std::string& in_sample_warning) {
  if (in_sample_warning.empty()) return "";
  return fill(banner_template, {{"warning", escape_html(in_sample_warning)}});
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

std::string pairs_html(const std::string& caption,
                       const std::vector<std::pair<std::string, std::string>>& pairs) {
  if (pairs.empty()) return "";
  std::string rows;
  for (const auto& [name, value] : pairs) {
    rows += fill(R"(<tr><th scope="row">{{name}}</th><td>{{value}}</td></tr>)",
                 {{"name", escape_html(name)}, {"value", escape_html(value)}});
  }
  return fill("<table><caption>{{caption}}</caption><tbody>{{rows}}</tbody></table>",
              {{"caption", caption}, {"rows", rows}});
}

std::string files_html(const std::vector<ReportFile>& files) {
  if (files.empty()) return "";
  std::string rows;
  for (const ReportFile& file : files) {
    rows += fill(R"(<tr><th scope="row">{{name}}</th><td><code>{{hash}}</code></td></tr>)",
                 {{"name", escape_html(file.name)}, {"hash", escape_html(file.sha256)}});
  }
  return fill(files_template, {{"rows", rows}});
}

}  // namespace obkit::backtest
