#pragma once

#include <string>
#include <vector>

namespace obbacktest {

/// The thresholds that `--threshold` names: `X`, or from A up to B in steps with `A:B:STEP`, exact
/// decimals, B included where the steps meet it. Throws UsageError.
[[nodiscard]] std::vector<double> parse_thresholds(const std::string& text);

}  // namespace obbacktest
