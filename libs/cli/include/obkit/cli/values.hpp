#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace obkit::cli {

/// Options that are added from here on stand under this heading of --help and of the man page.
/// Headings come in the order of their first option, "General" last.
void begin_group(CLI::App& app, const std::string& heading);

/// Headings of several tools.
inline constexpr const char* input_group = "Input";
inline constexpr const char* model_group = "Model";
inline constexpr const char* output_group = "Output";
inline constexpr const char* general_group = "General";

/// Values that are no names, beside names: milliseconds, say.
struct OtherValues {
  std::function<bool(const std::string&)> accepts;
  std::string what;  ///< "milliseconds"; empty: not told
};

/// One of `names`, or of the others. --help shows the names where the option has no type_name() of
/// its own; completions offer them. Who errs is told the nearest one.
[[nodiscard]] CLI::Validator one_of(const std::vector<std::string>& names, OtherValues others = {});

/// Accepts anything; completions offer `names`.
[[nodiscard]] CLI::Validator offering(const std::vector<std::string>& names);

/// --help shows the range unless it is given another `description("")`.
[[nodiscard]] CLI::Validator whole_number(std::int64_t least, std::int64_t most);
[[nodiscard]] CLI::Validator number(double least, double most);

/// The one of `names` that `text` was most likely meant to be; empty where none is near.
[[nodiscard]] std::optional<std::string> nearest(std::string_view text,
                                                 const std::vector<std::string>& names);

}  // namespace obkit::cli
