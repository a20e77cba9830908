#pragma once

#include "obdataset/options.hpp"

namespace obkit::obdataset {

/// Makes the datasets that were asked for. Throws UsageError, DataError, IoError.
void run(const Options& options);

}  // namespace obkit::obdataset
