#pragma once

#include <string>
#include <string_view>

#include "obkit/core/error.hpp"

namespace obkit {

/// A field of a library's options makes no sense: "queue_share 1.5: expected a share from 0 to 1".
/// A tool says it of its option: run_tool() makes "--queue-share" of the name.
class FieldError : public UsageError {
 public:
  /// `field` as the options have it; `value` may be empty.
  FieldError(std::string_view field, std::string_view value, std::string_view problem)
      : UsageError{std::string{field} + (value.empty() ? "" : " ") + std::string{value} + ": " +
                   std::string{problem}},
        field_{field} {}

  [[nodiscard]] const std::string& field() const { return field_; }

 private:
  std::string field_;
};

}  // namespace obkit
