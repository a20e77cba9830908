#pragma once

#include <span>
#include <string>

#include <CLI/CLI.hpp>

namespace obkit::cli {

/// What is wrong with the command line `arguments`, in one line, with what was meant where that can
/// be guessed.
[[nodiscard]] std::string mistake(const CLI::App& app, const CLI::ParseError& error,
                                  std::span<const char* const> arguments);

}  // namespace obkit::cli
