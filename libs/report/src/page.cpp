#include "obkit/report/page.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>

#include "obkit/report/text.hpp"

#include "assets.hpp"

namespace obkit::report {
namespace {

constexpr std::string_view banner_template =
    R"(<section class="{{class}}" aria-labelledby="{{id}}"><h2 id="{{id}}">{{heading}}</h2>)"
    R"(<p>{{text}}</p></section>)";

constexpr std::string_view tile_template =
    R"(<div><dt>{{name}}</dt><dd{{class}}>{{value}}</dd><dd class="more">{{more}}</dd></div>)";

constexpr std::string_view tiles_template =
    R"(<section aria-labelledby="result"><h2 id="result" class="unseen">Result</h2>)"
    R"(<dl class="tiles">{{tiles}}</dl></section>)";

constexpr std::string_view files_template =
    R"(<section class="files"><table><caption>Files</caption><thead><tr><th scope="col">name</th>)"
    R"(<th scope="col">SHA-256</th></tr></thead><tbody>{{rows}}</tbody></table></section>)";

constexpr std::string_view table_template =
    R"(<table{{id}}><caption>{{caption}}</caption><thead><tr>{{head}}</tr></thead>)"
    R"(<tbody>{{rows}}</tbody></table>)";

constexpr std::string_view scroll_template =
    R"(<div class="scroll" tabindex="0" role="region" aria-label="{{label}}"><div class="wide">)"
    R"(<p class="hint" aria-hidden="true"><span>Scroll sideways for more →</span></p>)"
    R"({{content}}</div></div>)";

/// "backtest report" as "Backtest report".
std::string capitalised(std::string text) {
  if (!text.empty())
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

std::string cell_html(std::string_view tag, std::string_view scope, std::string_view classes,
                      std::string_view text) {
  std::string html{"<"};
  html += tag;
  if (!scope.empty()) html.append(" scope=\"").append(scope).append("\"");
  if (!classes.empty()) html.append(" class=\"").append(classes).append("\"");
  return html.append(">").append(escape_html(text)).append("</").append(tag).append(">");
}

std::string banner_html(std::string_view kind, std::string_view id, std::string_view heading,
                        std::string_view text) {
  if (text.empty()) return "";
  return fill(banner_template, {{"class", kind},
                                {"id", id},
                                {"heading", escape_html(heading)},
                                {"text", escape_html(text)}});
}

/// "number", or "number loss" of an amount below zero.
std::string_view classes_of(const Table& table, std::size_t column, std::string_view text) {
  const bool is_number =
      column < table.is_number.size() ? bool{table.is_number[column]} : column > 0;
  if (!is_number) return "";
  const bool is_money = std::ranges::find(table.money, column) != table.money.end();
  return is_money && text.starts_with(minus) ? "number loss" : "number";
}

}  // namespace

std::string page_html(const Page& page) {
  std::string policy;
  if (!page.policy.empty()) policy.append("; ").append(page.policy);
  return fill(assets::page_html, {{"title", escape_html(page.title)},
                                  {"kind", escape_html(page.kind)},
                                  {"kicker", escape_html(capitalised(page.kind))},
                                  {"tool", escape_html(page.tool)},
                                  {"policy", policy},
                                  {"css", assets::page_css},
                                  {"style", page.style},
                                  {"span", escape_html(page.span)},
                                  {"body", page.body_html},
                                  {"fetches", escape_html(page.fetches)},
                                  {"credits", page.credits_html},
                                  {"licences", page.licences_html},
                                  {"scripts", page.scripts_html}});
}

std::string_view format_js() { return assets::format_js; }

std::string tile_html(std::string_view name, std::string_view value, std::string_view more,
                      Tone tone) {
  constexpr std::ptrdiff_t fits = 9, nearly_fits = 13;
  const auto length = std::ranges::count_if(
      value, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
  std::string classes = length <= fits ? "" : length <= nearly_fits ? "long" : "longer";
  if (tone == Tone::loss) classes += classes.empty() ? "loss" : " loss";
  if (!classes.empty()) classes = " class=\"" + classes + "\"";
  return fill(tile_template, {{"name", escape_html(name)},
                              {"class", classes},
                              {"value", escape_html(value)},
                              {"more", escape_html(more)}});
}

std::string tiles_html(std::string_view tiles) { return fill(tiles_template, {{"tiles", tiles}}); }

std::string warning_html(std::string_view id, std::string_view heading, std::string_view text) {
  return banner_html("warning", id, heading, text);
}

std::string caution_html(std::string_view id, std::string_view heading, std::string_view text) {
  return banner_html("caution", id, heading, text);
}

std::string pairs_html(std::string_view caption, const Pairs& pairs) {
  if (pairs.empty()) return "";
  std::string rows;
  for (const auto& [name, value] : pairs)
    rows += "<tr>" + cell_html("th", "row", "", name) + cell_html("td", "", "", value) + "</tr>";
  return fill("<table><caption>{{caption}}</caption><tbody>{{rows}}</tbody></table>",
              {{"caption", escape_html(caption)}, {"rows", rows}});
}

std::string side_by_side_html(std::string_view label, std::string_view content) {
  if (content.empty()) return "";
  return fill(R"(<section aria-label="{{label}}"><div class="pair">{{content}}</div></section>)",
              {{"label", escape_html(label)}, {"content", content}});
}

std::string files_html(const std::vector<File>& files) {
  if (files.empty()) return "";
  std::string rows;
  for (const File& file : files) {
    rows += fill(R"(<tr><th scope="row">{{name}}</th><td><code>{{hash}}</code></td></tr>)",
                 {{"name", escape_html(file.name)}, {"hash", escape_html(file.sha256)}});
  }
  return fill(files_template, {{"rows", rows}});
}

std::string table_html(const Table& table) {
  if (table.rows.empty()) return "";
  std::string head, rows;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    head += cell_html("th", "col", classes_of(table, i, ""), table.columns[i]);
  for (const auto& row : table.rows) {
    rows += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      rows += i == 0 ? cell_html("th", "row", "", row[i])
                     : cell_html("td", "", classes_of(table, i, row[i]), row[i]);
    rows += "</tr>";
  }
  const std::string id = table.id.empty() ? "" : " id=\"" + escape_html(table.id) + "\"";
  return scroll_html(
      table.caption,
      fill(table_template,
           {{"caption", escape_html(table.caption)}, {"id", id}, {"head", head}, {"rows", rows}}));
}

std::string scroll_html(std::string_view label, std::string_view content_html) {
  return fill(scroll_template, {{"label", escape_html(label)}, {"content", content_html}});
}

std::string section_html(std::string_view id, std::string_view heading,
                         std::string_view content_html) {
  return fill(R"(<section aria-labelledby="{{id}}"><h2 id="{{id}}">{{heading}}</h2>{{content}})"
              R"(</section>)",
              {{"id", id}, {"heading", escape_html(heading)}, {"content", content_html}});
}

}  // namespace obkit::report
