#include "recording/gap_reasons.hpp"

#include <cstddef>
#include <system_error>

namespace obkit::store {

namespace {

constexpr std::string_view separator = "; ";
/// Beyond it no further reason is kept, and none is longer.
constexpr std::size_t longest_reason = 500;

/// With a separator on both sides: whole reasons are found, not parts of others.
std::string enclosed(std::string_view text) {
  return std::string{separator}.append(text).append(separator);
}

}  // namespace

void GapReasons::add(std::string_view reason) {
  if (reason.empty()) reason = "not known";
  if (reason.size() > longest_reason) reason = reason.substr(0, longest_reason);
  if (text_ && text_->size() + reason.size() > longest_reason) return;
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
