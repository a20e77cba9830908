#include "completion/completion.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "completion/scripts.hpp"
#include "option_text.hpp"

namespace obkit::cli {
namespace {

enum class Kind { nothing, choices, file, folder, symbol };

Kind kind_of(const Values& values) {
  if (!values.choices.empty()) return Kind::choices;
  if (values.placeholder == "SYMBOL") return Kind::symbol;
  if (values.placeholder.find("FILE") != std::string::npos) return Kind::file;
  if (values.placeholder.find("DIR") != std::string::npos) return Kind::folder;
  return Kind::nothing;
}

/// What a shell needs to know of an option, or of the positional arguments.
struct Argument {
  std::vector<std::string> names;  ///< none: positional
  Values values = {};
  Kind kind = Kind::nothing;
  std::string help = {};
  bool takes_value = false, takes_several = false, repeats = false;
};

/// The beginning of a description, a line at most.
std::string short_help(const std::string& description) {
  constexpr std::size_t longest = 70;
  std::size_t end = description.size();
  for (const char* const mark : {"; ", ": ", ". ", " ("})
    end = std::min(end, description.find(mark));
  if (end > longest) end = std::min(end, description.rfind(' ', longest));
  std::string text = description.substr(0, end);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::vector<Argument> arguments_of(const CLI::App& app) {
  std::vector<Argument> arguments;
  for (const Group& group : groups_of(app))
    for (const CLI::Option* option : group.options) {
      Argument one{.names = names_of(*option), .values = values_of(*option)};
      one.kind = kind_of(one.values);
      one.help = short_help(option->get_description());
      one.takes_value = option->get_items_expected_max() > 0;
      one.repeats = option->get_expected_max() > 1 ||
                    option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
      one.takes_several = option->get_expected_max() > 1 && option->get_allow_extra_args();
      arguments.push_back(std::move(one));
    }
  return arguments;
}

/// Text with `{NAME}` of `fields` filled in.
std::string filled(std::string text,
                   std::initializer_list<std::pair<std::string_view, std::string>> fields) {
  for (const auto& [name, value] : fields) {
    const std::string mark = "{" + std::string{name} + "}";
    for (auto at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + value.size()))
      text.replace(at, mark.size(), value);
  }
  return text;
}

/// In single quotes, for bash and zsh.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
  return result + "'";
}

std::string bash_action(const Argument& one) {
  switch (one.kind) {
    case Kind::choices:
      return "mapfile -t COMPREPLY < <(compgen -W " +
             quoted(CLI::detail::join(one.values.choices, " ")) + " -- \"$current\")";
    case Kind::file:
      return "_{TOOL}_paths -f \"$current\"";
    case Kind::folder:
      return "_{TOOL}_paths -d \"$current\"";
    case Kind::symbol:
      return "mapfile -t COMPREPLY < <(compgen -W \"$(_{TOOL}_symbols \"${COMP_WORDS[@]:1}\")\" -- "
             "\"$current\")";
    case Kind::nothing:
      break;
  }
  return ":";
}

std::string bash_completion(const std::string& tool, const std::vector<Argument>& arguments) {
  std::string options, cases, positional = ":", several;
  for (const Argument& one : arguments) {
    if (one.names.empty()) {
      positional = bash_action(one);
      continue;
    }
    for (const std::string& name : one.names) options += (options.empty() ? "" : " ") + name;
    if (!one.takes_value) continue;
    cases += "    " + CLI::detail::join(one.names, " | ") + ") " + bash_action(one) + " ;;\n";
    if (one.takes_several) several += (several.empty() ? "" : " ") + one.names.back();
  }
  // A flag takes no value: what follows it is positional.
  return filled(std::string{bash_script}, {{"SYMBOLS", std::string{symbols_of_day_files}},
                                           {"SEVERAL", several},
                                           {"OPTIONS", options},
                                           {"CASES", cases},
                                           {"POSITIONAL", positional},
                                           {"TOOL", tool}});
}

std::string zsh_action(const Argument& one) {
  switch (one.kind) {
    case Kind::choices:
      return "(" + CLI::detail::join(one.values.choices, " ") + ")";
    case Kind::file:
      return "_files";
    case Kind::folder:
      return "_files -/";
    case Kind::symbol:
      return "_{TOOL}_symbol";
    case Kind::nothing:
      break;
  }
  return " ";
}

/// Nothing that _arguments would take for a mark.
std::string zsh_text(const std::string& text) {
  std::string result;
  for (const char c : text)
    result += c == '[' || c == ']' || c == ':' ? "\\" + std::string(1, c) : std::string(1, c);
  return result;
}

std::string zsh_values(const Argument& one) {
  const std::string what = zsh_text(one.kind == Kind::choices ? "value" : one.values.placeholder);
  return (one.takes_several ? ":*-*:" : ":") + what + ":" + zsh_action(one);
}

std::string zsh_completion(const std::string& tool, const std::vector<Argument>& arguments) {
  std::string specs;
  for (const Argument& one : arguments) {
    if (one.names.empty()) {
      specs += " \\\n    " + quoted((one.repeats ? "*:" : "1:") + zsh_text(one.values.placeholder) +
                                    ":" + zsh_action(one));
      continue;
    }
    const std::string others = one.repeats ? "*" : "(" + CLI::detail::join(one.names, " ") + ")";
    for (const std::string& name : one.names) {
      const char* const joint = !one.takes_value ? "" : name.starts_with("--") ? "=" : "+";
      specs += " \\\n    " + quoted(others + name + joint + "[" + zsh_text(one.help) + "]" +
                                    (one.takes_value ? zsh_values(one) : ""));
    }
  }
  return filled(
      std::string{zsh_script},
      {{"SYMBOLS", std::string{symbols_of_day_files}}, {"ARGUMENTS", specs}, {"TOOL", tool}});
}

/// In single quotes, for fish.
std::string fish_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text)
    result += c == '\'' || c == '\\' ? "\\" + std::string(1, c) : std::string(1, c);
  return result + "'";
}

std::string fish_action(const Argument& one) {
  switch (one.kind) {
    case Kind::choices:
      return "-x -a " + fish_quoted(CLI::detail::join(one.values.choices, " "));
    case Kind::file:
      return "-r -F";
    case Kind::folder:
      return "-x -a '(__fish_complete_directories)'";
    case Kind::symbol:
      return "-x -a '(__{TOOL}_symbols)'";
    case Kind::nothing:
      break;
  }
  return "-x";
}

std::string fish_completion(const std::string& tool, const std::vector<Argument>& arguments) {
  std::string options, positional = "-f";
  for (const Argument& one : arguments) {
    if (one.names.empty()) {
      if (one.kind == Kind::file) positional = "-F";
      continue;
    }
    options += "complete -c {TOOL}";
    for (const std::string& name : one.names)
      options += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (one.takes_value) options += " " + fish_action(one);
    options += " -d " + fish_quoted(one.help) + "\n";
  }
  return filled(std::string{fish_script},
                {{"POSITIONAL", positional}, {"OPTIONS", options}, {"TOOL", tool}});
}

struct Shell {
  std::string name;
  std::string (*script)(const std::string& tool, const std::vector<Argument>& arguments);
};

const std::array<Shell, 3>& shells() {
  static const std::array<Shell, 3> all{
      {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}}};
  return all;
}

}  // namespace

const std::vector<std::string>& completed_shells() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Shell& shell : shells()) all.push_back(shell.name);
    return all;
  }();
  return names;
}

std::string completion_script(const CLI::App& app, const std::string& shell) {
  const auto found = std::find_if(shells().begin(), shells().end(),
                                  [&](const Shell& one) { return one.name == shell; });
  return found->script(app.get_name(), arguments_of(app));
}

}  // namespace obkit::cli
