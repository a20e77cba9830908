#include "obbacktest/contract_size.hpp"

#include <filesystem>
#include <system_error>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/manifest.hpp"

namespace obkit::obbacktest {
namespace {

/// Of the manifest at a path; empty where there is none, or where it does not know.
std::optional<ContractSize> told_by(const std::string& path) {
  std::error_code absent;
  if (!std::filesystem::exists(path, absent)) return std::nullopt;
  const store::InstrumentTerms terms = store::read_manifest(path).origin.instrument;
  const auto value = parse_number(terms.contract_size);
  if (!value) return std::nullopt;
  return ContractSize{.value = *value, .from = "manifest", .unit = terms.unit};
}

}  // namespace

ContractSize contract_size_of(const std::optional<double>& option,
                              const std::vector<std::string>& files) {
  if (option) return {.value = *option, .from = "option"};
  ContractSize known;
  for (const std::string& file : files) {
    if (store::symbol_of_day_file(file).empty()) continue;
    const std::string path = store::manifest_path(file);
    const auto told = told_by(path);
    if (!told) continue;
    if (known.from == "manifest" && told->value != known.value)
      throw DataError{{.name = path},
                      "its contract size is " + to_text(told->value) + ", that of days before " +
                          to_text(known.value) + ": --contract-size says which one counts"};
    known = *told;
  }
  return known;
}

std::string unit_warning(const ContractSize& size, backtest::Contract contract) {
  const bool counts_dollars = size.unit == "USD";
  const bool is_inverse = contract == backtest::Contract::inverse;
  if (size.unit.empty() || counts_dollars == is_inverse) return "";
  return "the manifest says that a volume of 1 is " + to_text(size.value) + " " + size.unit +
         (is_inverse ? ": a size in coin is of a linear contract, not of --contract inverse"
                     : ": a size in USD is of an inverse contract, see --contract");
}

}  // namespace obkit::obbacktest
