#include "help.hpp"

#include <cstddef>
#include <sstream>

#include "option_text.hpp"

namespace obkit::cli {
namespace {

constexpr std::size_t widest = 100;
constexpr std::size_t description_column = 30;

/// Puts words behind `text`, whose last line is `column` wide, and breaks lines before `widest`.
void append_wrapped(std::string& text, std::size_t column, const std::string& words,
                    std::size_t indent) {
  std::istringstream stream{words};
  bool is_first = true;
  for (std::string word; stream >> word; is_first = false) {
    if (!is_first && column + 1 + word.size() > widest) {
      text.append(1, '\n').append(indent, ' ');
      column = indent;
    } else if (!is_first) {
      text += ' ';
      ++column;
    }
    text += word;
    column += word.size();
  }
}

/// Lines that are narrow enough stay as they are: examples are commands.
std::string wrapped_lines(const std::string& text) {
  std::string result, line;
  for (std::istringstream lines{text}; std::getline(lines, line);) {
    if (line.size() <= widest)
      result += line;
    else
      append_wrapped(result, 0, line, 0);
    result += '\n';
  }
  return result;
}

/// "-o, --out FILE"
std::string name_of(const CLI::Option& option, const std::string& placeholder) {
  if (option.get_positional()) return option.get_name(true);
  std::string name = CLI::detail::join(names_of(option), ", ");
  if (!placeholder.empty()) name += ' ' + placeholder;
  return option.get_expected_max() > 1 ? name + " ..." : name;
}

/// "[-]" is a list of one.
std::string default_of(const CLI::Option& option) {
  std::string text = option.get_default_str();
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return text;
}

std::string description_of(const CLI::Option& option, const std::string& range) {
  std::string notes = range;
  if (const std::string usual = default_of(option); !usual.empty())
    notes += (notes.empty() ? "default: " : "; default: ") + usual;
  return option.get_description() + (notes.empty() ? "" : " (" + notes + ")");
}

std::string entry(const CLI::Option& option) {
  const Values values = values_of(option);
  std::string text = "  " + name_of(option, values.placeholder);
  if (text.size() + 2 > description_column) text.append(1, '\n').append(description_column, ' ');
  const std::size_t line = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (text.size() - line < description_column)
    text.append(description_column - (text.size() - line), ' ');
  append_wrapped(text, description_column, description_of(option, values.range),
                 description_column);
  return text + "\n";
}

std::string usage(const CLI::App& app) {
  std::string text = "Usage: " + app.get_name() + " [OPTIONS]";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_name(true) + (option->get_expected_max() > 1 ? "..." : "");
    text += option->get_required() ? ' ' + name : " [" + name + ']';
  }
  return text + "\n";
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/,
                                     CLI::AppFormatMode /*mode*/) const {
  std::string text = wrapped_lines(app->get_description()) + usage(*app);
  for (const Group& group : groups_of(*app)) {
    text += "\n" + group.heading + ":\n";
    for (const CLI::Option* option : group.options) text += entry(*option);
  }
  if (const std::string footer = app->get_footer(); !footer.empty())
    text += "\n" + wrapped_lines(footer);
  return text;
}

}  // namespace obkit::cli
