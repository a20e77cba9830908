#define ZLIB_CONST  // zlib takes its input as const
#include "checksum_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <zlib.h>

namespace obkit::feed {
namespace {

/// More are a feed gone wrong. Those of levels that went unnoticed, behind a window, stay until
/// then.
constexpr std::size_t most_kept = 10'000;

/// A double gives so many digits back, whatever they are.
constexpr std::size_t held_digits = 15;

int decimals_of(std::string_view text) {
  const std::size_t point = text.find('.');
  return point == std::string_view::npos ? 0 : static_cast<int>(text.size() - point - 1);
}

}  // namespace

std::uint32_t crc32_of(std::string_view text) {
  const auto* const bytes = reinterpret_cast<const Bytef*>(text.data());  // NOLINT: zlib's type
  return static_cast<std::uint32_t>(::crc32(0, bytes, static_cast<uInt>(text.size())));
}

void SizeTexts::clear() {
  decimals_.reset();
  kept_.clear();
}

void SizeTexts::note(std::uint64_t level_id, std::string_view text) {
  if (!decimals_) decimals_ = decimals_of(text);
  if (can_be_made_again(text)) {
    if (!kept_.empty()) kept_.erase(level_id);
    return;
  }
  if (kept_.size() >= most_kept) kept_.clear();
  kept_.insert_or_assign(level_id, text);
}

bool SizeTexts::can_be_made_again(std::string_view text) const {
  const bool has_point = text.find('.') != std::string_view::npos;
  const bool is_plain = text.find_first_of("eE-") == std::string_view::npos;
  if (!is_plain || text.size() > held_digits + (has_point ? 1 : 0)) return false;
  if (digits_ == Digits::fixed) return decimals_of(text) == decimals_;
  return !has_point || text.back() != '0';
}

void SizeTexts::append(std::string& out, std::uint64_t level_id, double size) const {
  const auto found = kept_.empty() ? kept_.end() : kept_.find(level_id);
  if (found != kept_.end()) {
    out += found->second;
    return;
  }
  std::array<char, 400> text{};  // a double without exponent has at most 309 digits and a point
  char* const end = text.data() + text.size();
  const auto written = digits_ == Digits::fixed
                           ? std::to_chars(text.data(), end, size, std::chars_format::fixed,
                                           std::min<int>(decimals_.value_or(0), held_digits))
                           : std::to_chars(text.data(), end, size, std::chars_format::fixed);
  out.append(text.data(), written.ptr);
}

}  // namespace obkit::feed
