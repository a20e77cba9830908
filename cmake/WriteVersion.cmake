# Run as a script by each build: writes OUTPUT, C++ that tells VERSION and the commit of SOURCE.
# What is the same stays untouched.
set(commit "")
if(EXISTS "${SOURCE}/.git")
  execute_process(COMMAND git describe --always --exclude * --abbrev=7 --dirty=+
                  WORKING_DIRECTORY "${SOURCE}" OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_QUIET)
else()
  file(STRINGS "${SOURCE}/cmake/commit.txt" commit LIMIT_COUNT 1)  # `git archive` fills it in
endif()
set(version "${VERSION}")
if(commit MATCHES "^[0-9a-f]+\\+?$")
  string(APPEND version " (${commit})")
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [[
#include "obkit/core/version.hpp"

namespace obkit {

std::string_view version_number() { return "@VERSION@"; }
std::string_view version() { return "@version@"; }

}  // namespace obkit
]] @ONLY)
