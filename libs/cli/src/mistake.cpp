#include "mistake.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

#include "obkit/cli/values.hpp"
#include "obkit/core/number.hpp"

#include "option_text.hpp"

namespace obkit::cli {
namespace {

constexpr const char* hint = " (--help shows the options)";

std::vector<std::string> long_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const Group& group : groups_of(app))
    for (const CLI::Option* option : group.options)
      for (const std::string& name : names_of(*option))
        if (name.starts_with("--")) names.push_back(name);
  return names;
}

/// CLI11 takes "-version" for "-v", and "-ersion" is left.
std::string as_typed(const std::string& left, std::span<const char* const> arguments) {
  if (left.starts_with("--")) return left;
  for (const std::string_view argument : arguments)
    if (argument.starts_with('-') && argument.ends_with(left.substr(1)))
      return std::string{argument};
  return left;
}

/// "--thresold=0.3", or "-threshold".
std::string unknown_option(const CLI::App& app, const std::string& typed) {
  const std::string name = typed.substr(0, typed.find('='));
  const bool is_short = !name.starts_with("--");
  const auto meant = nearest(is_short ? "-" + name : name, long_names(app));
  if (meant && name.size() > 2) return name + " is no option; did you mean " + *meant + "?";
  return name + " is no option" + hint;
}

/// "Could not convert: --levels = 1,x"
std::string unconverted(const std::string& text) {
  const std::string begin = "Could not convert: ";
  const std::size_t equals = text.find(" = ");
  if (!text.starts_with(begin) || equals == std::string::npos) return text;
  const std::string value = text.substr(equals + 3);
  return text.substr(begin.size(), equals - begin.size()) + ": expected a " +
         (parse_number(value) ? "whole number in its range" : "number") + ", found '" + value + "'";
}

/// CLI11's messages may have several lines; a tool says one.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at))
    text.replace(at, 1, "; ");
  return text;
}

}  // namespace

std::string mistake(const CLI::App& app, const CLI::ParseError& error,
                    std::span<const char* const> arguments) {
  const auto unexpected = app.remaining();
  for (const std::string& argument : unexpected)
    if (argument.size() > 1 && argument.starts_with('-'))
      return unknown_option(app, as_typed(argument, arguments));
  if (!unexpected.empty() && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
    return "'" + unexpected.front() + "' is one argument too many" + hint;
  const std::string text = one_line(error.what());
  if (text.ends_with('?')) return text;
  return unconverted(text) + hint;
}

}  // namespace obkit::cli
