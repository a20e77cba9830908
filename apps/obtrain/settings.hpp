#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "obkit/cli/tool.hpp"
#include "obkit/neural/recipe.hpp"
#include "obkit/store/read_report.hpp"

namespace obtrain {

/// The options as they were given; absent ones are what the preset says.
struct Arguments {
  std::vector<std::string> datasets;
  obkit::cli::OutputOptions output{.path = ""};
  std::string preset = "default";
  std::string layers = "100,50,2";
  std::string activation = "sigmoid";
  std::optional<std::string> transform, optimizer;
  double learning_rate = 1e-3;
  std::optional<std::size_t> batch;
  std::optional<int> epochs, patience;
  std::vector<std::string> validation;
  std::vector<std::string> test;
  std::optional<bool> mirror;
  std::uint32_t seed = 1;
  bool skip_bad = false;
  bool json = false;
  std::string history;
};

void add_options(CLI::App& app, Arguments& arguments);

/// What the options mean.
struct Settings {
  std::string preset;
  std::vector<std::string> datasets, validation_files, test_files;  ///< files or "-"
  double validation_share = 0;                                      ///< in [0, 1)
  double learning_rate = 0;   ///< as it was given, where the recipe has the nearest float
  bool relative = true;       ///< the input transform; else none
  bool file_by_file = false;  ///< all epochs on one file before the next
  obkit::neural::Recipe recipe;
  obkit::store::BadLine bad_line = obkit::store::BadLine::refuse;
};

/// Throws UsageError for options that contradict each other, IoError for inputs that are missing.
[[nodiscard]] Settings resolve(const Arguments& arguments);

}  // namespace obtrain
