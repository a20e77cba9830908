#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan.hpp"
#include "run.hpp"

namespace obbacktest {

/// Keys and their values, written as JSON writes them: amounts of money keep their exact decimals,
/// the currency is in the key, what cannot be said is null.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// What a row was run with.
[[nodiscard]] Fields settings_of(const Plan& plan, std::size_t row);
/// What it came to.
[[nodiscard]] Fields results_of(const Plan& plan, const Outcome& outcome, std::size_t row);

/// One JSON object and a line feed.
[[nodiscard]] std::string json_line(const Fields& fields);

/// Six digits for people; "-" for what cannot be said.
[[nodiscard]] std::string short_number(std::optional<double> value);

/// A line of a summary for people.
struct SummaryLine {
  std::string name, value, remark;
};

/// What a row came to, in short.
[[nodiscard]] std::vector<SummaryLine> summary_lines(const Plan& plan, const Outcome& outcome,
                                                     std::size_t row);

/// To the log: the settings in one line, then a short table.
void log_summary(const Plan& plan, const Outcome& outcome);

}  // namespace obbacktest
