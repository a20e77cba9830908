#pragma once

#include "obtrain/options.hpp"

namespace obkit::obtrain {

/// Reads, trains, reports, and writes what was asked for. Throws UsageError, DataError, IoError.
void run(const Arguments& arguments);

}  // namespace obkit::obtrain
