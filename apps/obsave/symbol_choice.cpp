#include "obsave/symbol_choice.hpp"

#include <algorithm>
#include <iterator>

#include <fnmatch.h>

namespace obkit::obsave {

bool is_pattern(std::string_view symbol) {
  return symbol.find_first_of("*?[") != std::string_view::npos;
}

bool matches(const std::string& pattern, const std::string& symbol) {
  return pattern == symbol || ::fnmatch(pattern.c_str(), symbol.c_str(), FNM_NOESCAPE) == 0;
}

SymbolChoice::SymbolChoice(const std::vector<std::string>& wanted)
    : symbols_{wanted.begin(), wanted.end()} {
  std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(patterns_), is_pattern);
}

bool SymbolChoice::takes(const std::string& symbol) const {
  if (symbols_.empty() || symbols_.contains(symbol)) return true;
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const std::string& pattern) { return matches(pattern, symbol); });
}

}  // namespace obkit::obsave
