#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/error.hpp"

namespace obkit::store {

/// Why what comes next does not follow what was before; nothing while it does.
class GapReasons {
 public:
  /// Each reason once, in the order of their coming.
  void add(std::string_view reason);
  /// What the operating system said.
  void add(const IoError& error);
  void clear() { text_.reset(); }

  [[nodiscard]] bool empty() const { return !text_; }
  /// "the connection was cut; No space left on device".
  [[nodiscard]] const std::optional<std::string>& text() const { return text_; }

 private:
  std::optional<std::string> text_;
};

}  // namespace obkit::store
