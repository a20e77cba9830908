#pragma once

#include <optional>
#include <string>

#include "obkit/cli/cli11_fwd.hpp"
#include "obkit/cli/jobs.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/signals/strategy.hpp"
#include "obkit/store/follow.hpp"

#include "common/book_inputs.hpp"

namespace obkit::obsignal {

/// The options as they were given.
struct Options : common::BookInputs {
  signals::StrategyOptions strategy;
  bool invert = false;
  bool follow = false;
  std::string format = "json";
  bool changes_only = false;
  cli::JobOptions jobs;
  cli::OutputOptions output;
};

/// `options` must outlive the parsing.
void add_options(CLI::App& app, Options& options);

}  // namespace obkit::obsignal
