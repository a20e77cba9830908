#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"

#include "obsave/options.hpp"

namespace obkit::obsave {

/// Does what the command line asks for: records an exchange or archives, or verifies day-files.
/// Throws UsageError, DataError, IoError, NetworkError.
void run(Options& options);

/// Reads day-files and manifests back, `jobs` at a time, and prints a line a day, with what is
/// wrong under it: the same for any number of jobs. Throws DataError when something is, at the end;
/// IoError. `page`, if any, gets a page of it.
void verify(const std::vector<std::string>& paths, std::size_t jobs, ByteSink& out,
            ByteSink* page = nullptr);

}  // namespace obkit::obsave
