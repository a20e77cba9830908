#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace obkit::report {

/// What makes a page. Those that end in `_html`, `style` and `policy` stand in the page as they
/// are; all others may hold any character and are shown as they are.
struct Page {
  std::string kind = {};  ///< "backtest report"
  std::string title = {}, span = {};
  std::string tool = {};  ///< name and version of the tool that wrote the page
  std::string body_html = {};
  std::string_view style = {};   ///< CSS behind the shared one
  std::string_view policy = {};  ///< what the page may do besides showing itself: "script-src …"
  std::string_view fetches = "Nothing on this page is fetched from anywhere.";
  std::string credits_html = {}, licences_html = {};  ///< whose work is in it
  std::string scripts_html = {};
};

/// One HTML page in the dress of all of obkit's: light and dark, for wide screens, phones and
/// paper. It fetches nothing, and what its policy does not name is forbidden to it.
[[nodiscard]] std::string page_html(const Page& page);

/// Numbers and times for reading, as JavaScript: `number`, `time_text`, `clamp`…
[[nodiscard]] std::string_view format_js();

/// Money that was lost is red.
enum class Tone { plain, loss };

/// A figure that is read first, with a name above and more below it. Texts.
[[nodiscard]] std::string tile_html(std::string_view name, std::string_view value,
                                    std::string_view more, Tone tone = Tone::plain);
/// Tiles beside each other, under a heading that is read aloud only.
[[nodiscard]] std::string tiles_html(std::string_view tiles);

/// A banner in the colours of a warning. Empty without text.
[[nodiscard]] std::string warning_html(std::string_view id, std::string_view heading,
                                       std::string_view text);
/// The same, quieter: not wrong, but to be known.
[[nodiscard]] std::string caution_html(std::string_view id, std::string_view heading,
                                       std::string_view text);

using Pairs = std::vector<std::pair<std::string, std::string>>;
/// Names with values. Empty without any.
[[nodiscard]] std::string pairs_html(std::string_view caption, const Pairs& pairs);
/// What stands beside each other where there is room. Empty without content.
[[nodiscard]] std::string side_by_side_html(std::string_view label, std::string_view content);

/// A file that a report rests on.
struct File {
  std::string name = {};
  std::string sha256 = {};  ///< may be empty
};
/// Empty without files.
[[nodiscard]] std::string files_html(const std::vector<File>& files);

/// A table of texts.
struct Table {
  std::string caption = {};
  std::vector<std::string> columns = {};            ///< the first is of the rows' names
  std::vector<std::vector<std::string>> rows = {};  ///< as wide
  std::vector<bool> is_number = {};                 ///< of each column; missing: all but the first
  std::string id = {};                              ///< may be empty
  std::vector<std::size_t> money = {};              ///< columns where what is below zero is lost
};
/// It scrolls sideways where there is no room. Empty without rows.
[[nodiscard]] std::string table_html(const Table& table);

/// Scrolls sideways where there is no room, and says so. `label` is a text.
[[nodiscard]] std::string scroll_html(std::string_view label, std::string_view content_html);

/// A part of a page under a heading. `id` is a word.
[[nodiscard]] std::string section_html(std::string_view id, std::string_view heading,
                                       std::string_view content_html);

}  // namespace obkit::report
