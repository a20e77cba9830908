#pragma once

#include <string>

#include "job.hpp"

namespace obdataset {

/// Whether times are told too: they differ from run to run.
enum class Speed { tell, hide };

/// What was read and made, for people: warnings, and a line for each input.
void log_summary(const Job& job, const Result& result, Speed speed);

/// The same as one JSON object, as docs/formats.md has it, with its line end.
[[nodiscard]] std::string summary_json(const Job& job, const Result& result);

}  // namespace obdataset
