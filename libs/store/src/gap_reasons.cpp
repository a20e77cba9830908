#include "gap_reasons.hpp"

#include <system_error>

namespace obkit::store {
namespace {

constexpr std::string_view separator = "; ";

/// With a separator on both sides: whole reasons are found, not parts of others.
std::string enclosed(std::string_view text) {
  return std::string{separator}.append(text).append(separator);
}

}  // namespace

void GapReasons::add(std::string_view reason) {
  if (reason.empty()) reason = "not known";
  if (!text_)
    text_ = reason;
  else if (enclosed(*text_).find(enclosed(reason)) == std::string::npos)
    text_->append(separator).append(reason);
}

void GapReasons::add(const IoError& error) {
  const int number = error.error_number();
  add(number != 0 ? std::generic_category().message(number) : std::string{error.what()});
}

}  // namespace obkit::store
