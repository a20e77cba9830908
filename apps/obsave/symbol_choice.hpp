#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace obkit::obsave {

/// Whether a symbol is a pattern (glob(7)) of symbols.
[[nodiscard]] bool is_pattern(std::string_view symbol);

/// Whether the pattern, or the symbol, stands for that symbol.
[[nodiscard]] bool matches(const std::string& pattern, const std::string& symbol);

/// Which of the symbols that come are wanted.
class SymbolChoice {
 public:
  /// Symbols and patterns of them; none: all are wanted.
  explicit SymbolChoice(const std::vector<std::string>& wanted);

  [[nodiscard]] bool takes(const std::string& symbol) const;

 private:
  std::unordered_set<std::string> symbols_;
  std::vector<std::string> patterns_;
};

}  // namespace obkit::obsave
