#include "obkit/cli/scratch_folder.hpp"

#include <cstdlib>

namespace obkit::cli {

std::string scratch_folder() {
  const char* const named = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): no thread yet
  return named != nullptr && *named != '\0' ? named : "/var/tmp";
}

}  // namespace obkit::cli
