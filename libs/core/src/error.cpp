#include "obkit/core/error.hpp"

#include <system_error>

namespace obkit {
namespace {

std::string_view verb(IoError::During during) {
  switch (during) {
    case IoError::During::open:
      return "cannot open";
    case IoError::During::create:
      return "cannot create";
    case IoError::During::read:
      return "cannot read";
    case IoError::During::write:
      return "cannot write";
  }
  return "cannot use";
}

std::string io_message(IoError::During during, std::string_view path, std::string_view reason) {
  std::string text{verb(during)};
  text.append(" ").append(path).append(": ").append(reason);
  return text;
}

}  // namespace

std::string to_string(const InputPlace& place) {
  std::string text = place.name;
  if (place.line > 0) text.append(":").append(std::to_string(place.line));
  if (place.line > 0 && place.column > 0) text.append(":").append(std::to_string(place.column));
  return text;
}

DataError::DataError(InputPlace place, std::string_view problem)
    : Error{to_string(place).append(": ").append(problem)}, place_{std::move(place)} {}

IoError::IoError(During during, std::string_view path, int error_number)
    : Error{io_message(during, path, std::generic_category().message(error_number))},
      during_{during},
      error_number_{error_number} {}

IoError::IoError(During during, std::string_view path, std::string_view reason)
    : Error{io_message(during, path, reason)}, during_{during} {}

}  // namespace obkit
