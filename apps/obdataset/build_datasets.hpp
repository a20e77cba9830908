#pragma once

#include <string>

#include "common/meter.hpp"
#include "obdataset/job.hpp"

namespace obkit::obdataset {

/// Writes the samples of each input to its output, the same bytes for any number of jobs. A sample
/// whose label comes from the next input belongs to the file of its own book. Throws DataError,
/// IoError, of the first input that fails; no output that it did not finish has its final name.
[[nodiscard]] Result build_datasets(const Job& job, common::Meter& meter);

/// Whether times are told too: they differ from run to run.
enum class Speed { tell, hide };

/// What was read and made, for people: warnings, and a line for each input.
void log_summary(const Job& job, const Result& result, Speed speed);

/// The same as one JSON object, as docs/formats.md has it, with its line end.
[[nodiscard]] std::string summary_json(const Job& job, const Result& result);

}  // namespace obkit::obdataset
