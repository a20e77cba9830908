#pragma once

#include "obtrain/crew.hpp"
#include "obtrain/options.hpp"

namespace obkit::obtrain {

/// Reads, trains, reports, and writes what was asked for. Every rank of a crew calls it; each reads
/// the samples, the first one writes. Throws UsageError, DataError, IoError.
void run(const Arguments& arguments, Crew& crew = crew_of_one());

}  // namespace obkit::obtrain
