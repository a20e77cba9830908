#pragma once

#include <string>

namespace obkit::cli {

/// Where a tool keeps what memory should not hold: the folder that TMPDIR names, else /var/tmp, for
/// /tmp may be memory itself. Call it while there is one thread.
[[nodiscard]] std::string scratch_folder();

}  // namespace obkit::cli
