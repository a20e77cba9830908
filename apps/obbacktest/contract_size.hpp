#pragma once

#include <optional>
#include <string>
#include <vector>

#include "obkit/backtest/options.hpp"

namespace obkit::obbacktest {

/// What a volume of 1 is worth, and who says so.
struct ContractSize {
  double value = 1;
  std::string from = "default";  ///< "option", "manifest" or "default": nobody says it
  std::string unit = {};         ///< that it counts: "USD"; empty where it is not known
};

/// As the option says, else as the manifests beside the day-files do, as far as there are any.
/// Throws DataError for a manifest that is none, and where two of them differ.
[[nodiscard]] ContractSize contract_size_of(const std::optional<double>& option,
                                            const std::vector<std::string>& files);

/// Where unit and kind of contract do not go together; else empty.
[[nodiscard]] std::string unit_warning(const ContractSize& size, backtest::Contract contract);

}  // namespace obkit::obbacktest
