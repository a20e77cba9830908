#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace obkit::cli {

/// What an option takes, as CLI11 keeps it: a type, ':', and what each check allows.
struct Values {
  std::string placeholder;           ///< N, X, FILE, {ds,npz}; empty for a flag
  std::string range;                 ///< "1 to 64"; may be empty
  std::vector<std::string> choices;  ///< may be empty
};

[[nodiscard]] Values values_of(const CLI::Option& option);

/// "-o", "--out"; none of a positional.
[[nodiscard]] std::vector<std::string> names_of(const CLI::Option& option);

/// Options that stand under one heading.
struct Group {
  std::string heading;
  std::vector<const CLI::Option*> options;
};

/// All that are shown, in the order of --help.
[[nodiscard]] std::vector<Group> groups_of(const CLI::App& app);

}  // namespace obkit::cli
