#pragma once

#include "../meter.hpp"
#include "job.hpp"

namespace obdataset {

/// Writes the samples of each input to its output, the same bytes for any number of jobs. A sample
/// whose label comes from the next input belongs to the file of its own book. Throws DataError,
/// IoError, of the first input that fails; no output that it did not finish has its final name.
[[nodiscard]] Result build_datasets(const Job& job, metered::Meter& meter);

}  // namespace obdataset
