#pragma once

#include <string_view>

/// Texts of this folder, in which `{TOOL}`, `{OPTIONS}` and the like are filled in.
namespace obkit::cli {

extern const std::string_view symbols_of_day_files;  ///< for bash and zsh
extern const std::string_view bash_script;
extern const std::string_view zsh_script;
extern const std::string_view fish_script;

}  // namespace obkit::cli
