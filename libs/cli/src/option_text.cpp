#include "option_text.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "obkit/cli/values.hpp"

namespace obkit::cli {

Values values_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return {};
  const std::string type = option.get_type_name();  // "HOST:PORT" has a ':' of its own
  const std::size_t choices = type.find(":{"), range = type.find(":from ");
  Values values;
  values.placeholder = type.substr(0, std::min(choices, range));
  if (values.placeholder == "INT" || values.placeholder == "UINT") values.placeholder = "N";
  if (values.placeholder == "FLOAT") values.placeholder = "X";
  if (choices != std::string::npos) {
    const std::string names = type.substr(choices + 2, type.find('}', choices) - choices - 2);
    values.choices = CLI::detail::split(names, ',');
    if (values.placeholder == "TEXT") values.placeholder = "{" + names + "}";
  }
  if (range != std::string::npos) {
    const std::size_t begin = range + std::string{":from "}.size();
    values.range = type.substr(begin, type.find(':', begin) - begin);
  }
  return values;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<Group> groups_of(const CLI::App& app) {
  std::vector<Group> groups;
  for (const CLI::Option* option : app.get_options()) {
    const std::string& heading = option->get_group();
    if (heading.empty()) continue;
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& one) { return one.heading == heading; });
    if (group == groups.end()) group = groups.insert(group, {heading, {}});
    group->options.push_back(option);
  }
  std::stable_partition(groups.begin(), groups.end(),
                        [](const Group& one) { return one.heading != general_group; });
  return groups;
}

}  // namespace obkit::cli
