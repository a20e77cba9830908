#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace obkit::cli {

/// The text of --help, the same for every tool: at most 100 columns wide, groups of options, and
/// after each description what is allowed and what holds without the option: "(1 to 64; default:
/// 8)".
class HelpFormatter final : public CLI::FormatterBase {
 public:
  [[nodiscard]] std::string make_help(const CLI::App* app, std::string name,
                                      CLI::AppFormatMode mode) const override;
};

}  // namespace obkit::cli
