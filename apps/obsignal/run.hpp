#pragma once

#include "obsignal/options.hpp"

namespace obkit::obsignal {

/// Prints a signal a book. Throws UsageError, DataError, IoError.
void run(const Options& options);

}  // namespace obkit::obsignal
