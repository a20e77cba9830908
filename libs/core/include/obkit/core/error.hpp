#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace obkit {

/// Whatever the world does wrong. A bug is an assert, an ordinary outcome is a value.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The command line asks for something that cannot be done.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// A place in an input. Line and column count from 1; 0 is "not known".
struct InputPlace {
  std::string name;  ///< file name, or "standard input"
  std::uint64_t line = 0;
  std::uint64_t column = 0;
};

/// "name:line:column", without the parts that are not known.
[[nodiscard]] std::string to_string(const InputPlace& place);

/// An input is malformed. `problem` says what was expected and what was found.
class DataError : public Error {
 public:
  DataError(InputPlace place, std::string_view problem);

  [[nodiscard]] const InputPlace& place() const { return place_; }

 private:
  InputPlace place_;
};

/// The operating system refused. The message names the path and the reason.
class IoError : public Error {
 public:
  enum class During { open, create, read, write };

  IoError(During during, std::string_view path, int error_number);
  /// For reasons that have no errno, such as "exists already".
  IoError(During during, std::string_view path, std::string_view reason);

  [[nodiscard]] During during() const { return during_; }
  [[nodiscard]] int error_number() const { return error_number_; }  ///< 0 when there is none

 private:
  During during_;
  int error_number_ = 0;
};

/// An exchange cannot be reached, or refuses for good.
class NetworkError : public Error {
 public:
  using Error::Error;
};

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
