#include "help_formatter.hpp"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string_view>
#include <vector>

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

/// What CLI11 says of values: a type, ':', and what each check allows.
struct Values {
  std::string placeholder;  ///< N, X, FILE, {ds,npz}; empty for a flag
  std::string range;        ///< "1 to 64"; may be empty
};

Values values_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return {};
  const std::string type = option.get_type_name();  // "HOST:PORT" has a ':' of its own
  const std::size_t choices = type.find(":{"), range = type.find(" in [");
  const std::size_t end = range == std::string::npos ? choices : type.rfind(':', range);
  Values values{.placeholder = type.substr(0, end), .range = {}};
  if (values.placeholder == "INT" || values.placeholder == "UINT") values.placeholder = "N";
  if (values.placeholder == "FLOAT") values.placeholder = "X";
  if (choices != std::string::npos) values.placeholder = type.substr(choices + 1);
  if (range != std::string::npos) {
    values.range = type.substr(range + 5, type.find(']', range) - range - 5);
    if (const auto dash = values.range.find(" - "); dash != std::string::npos)
      values.range.replace(dash, 3, " to ");
  }
  return values;
}

/// "-o, --out FILE"
std::string name_of(const CLI::Option& option, const std::string& placeholder) {
  if (option.get_positional()) return option.get_name(true);
  std::string name;
  for (const char c : option.get_name(false, true))
    if (c == ',')
      name += ", ";
    else
      name += c;
  for (auto at = name.find('{'); at != std::string::npos; at = name.find('{'))
    name.erase(at, name.find('}', at) + 1 - at);  // what a flag of two names means inside
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

std::string section(const CLI::App& app, const std::string& title, bool positional) {
  std::string text;
  for (const CLI::Option* option : app.get_options())
    if (option->get_positional() == positional && !option->get_group().empty())
      text += entry(*option);
  return text.empty() ? text : "\n" + title + ":\n" + text;
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
  text += section(*app, "Positionals", true) + section(*app, "Options", false);
  for (const CLI::App* group : app->get_subcommands([](const CLI::App*) { return true; }))
    text += section(*group, group->get_group(), false);
  if (const std::string footer = app->get_footer(); !footer.empty())
    text += "\n" + wrapped_lines(footer);
  return text;
}

}  // namespace obkit::cli
