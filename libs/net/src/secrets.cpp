#include "obkit/net/secrets.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <openssl/evp.h>

#include "obkit/core/encoding.hpp"

namespace obkit::net {
namespace {

using Bytes = std::basic_string<unsigned char>;

constexpr std::size_t enough = 8;  ///< characters of a secret that was cut

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The character that `digits` hexadecimal digits at `at` stand for; 0 where they do not.
char from_hex(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) return 0;
  unsigned value = 0;
  for (const char c : text.substr(at, digits)) {
    const std::size_t digit = std::string_view{"0123456789abcdef"}.find(lower(c));
    if (digit == std::string_view::npos) return 0;
    value = value * 16 + static_cast<unsigned>(digit);
  }
  return value < 0x80 ? static_cast<char>(value) : '\0';
}

/// A character, however it is written, and where it ends.
struct Written {
  char value;
  std::size_t end;
};

/// Escapes may be escaped again, a few times. Pre: `at` is in `text`.
Written read_character(std::string_view text, std::size_t at) {
  constexpr std::size_t deepest = 8;
  std::size_t i = at;
  while (i < text.size() && i < at + deepest && text[i] == '\\') ++i;
  if (i == text.size()) return {'\0', i};
  if (i > at && text[i] == 'u')
    if (const char escaped = from_hex(text, i + 1, 4)) return {escaped, i + 5};
  if (text[i] == '%') {
    std::size_t digits = i + 1;
    while (digits < i + deepest && text.substr(digits, 2) == "25" &&
           from_hex(text, digits + 2, 2) != '\0')
      digits += 2;
    if (const char escaped = from_hex(text, digits, 2)) return {escaped, digits + 2};
  }
  return {text[i], i + 1};
}

std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const Written next = read_character(text, i);
    out += next.value;
    i = next.end;
  }
  return out;
}

/// Both alphabets are one.
char base64_character(char c) { return c == '-' ? '+' : c == '_' ? '/' : c; }

}  // namespace

std::string to_base64(std::string_view text) {
  const Bytes bytes(text.begin(), text.end());
  Bytes out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(out.data(), bytes.data(), static_cast<int>(bytes.size()));
  return {out.begin(), out.begin() + size};
}

void Secrets::set(const std::vector<std::string>& secrets) {
  patterns_.clear();
  may_start_.fill(false);
  for (const std::string& secret : secrets) {
    if (secret.size() < shortest) continue;
    add(plain(secret), enough, true);
    add(to_hex(Bytes(secret.begin(), secret.end())), 2 * enough, true);
    add_base64(secret);
  }
  if (!patterns_.empty()) may_start_['\\'] = may_start_['%'] = true;
}

void Secrets::add(std::string_view text, std::size_t least, bool any_case) {
  if (text.empty()) return;
  patterns_.push_back({std::string{text}, std::min(least, text.size()), any_case});
  for (unsigned byte = 0; byte < may_start_.size(); ++byte) {
    const char c = base64_character(static_cast<char>(byte));
    const bool starts = any_case ? lower(c) == lower(text.front()) : c == text.front();
    may_start_[byte] = may_start_[byte] || starts || static_cast<char>(byte) == text.front();
  }
}

/// Three bytes become four characters, so it looks otherwise behind one or two other bytes. Only
/// the characters that depend on nothing else are looked for.
void Secrets::add_base64(std::string_view secret) {
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string text = to_base64(std::string(before, '\0').append(secret));
    const std::size_t first = (before * 8 + 5) / 6, end = (before + secret.size()) * 8 / 6;
    add(std::string_view{text}.substr(first, end - first), enough * 4 / 3, false);
  }
}

std::string_view Secrets::hide(std::string_view text) {
  bool found = false;
  for (std::size_t i = 0; i < text.size();) {
    if (!may_start_[static_cast<std::uint8_t>(text[i])]) {
      ++i;
      continue;
    }
    const std::size_t end = end_of_secret(text, i);
    if (end > i && !std::exchange(found, true)) hidden_ = text;
    if (end > i) std::fill(hidden_.begin() + i, hidden_.begin() + end, '*');
    i = std::max(end, i + 1);
  }
  return found ? std::string_view{hidden_} : text;
}

/// `at` where none begins there.
std::size_t Secrets::end_of_secret(std::string_view text, std::size_t at) const {
  std::size_t longest = at;
  for (const Pattern& pattern : patterns_) {
    std::size_t i = at, matched = 0;
    for (; i < text.size() && matched < pattern.text.size(); ++matched) {
      const auto [value, end] = read_character(text, i);
      const char wanted = pattern.text[matched];
      const bool same =
          pattern.any_case ? lower(value) == lower(wanted) : base64_character(value) == wanted;
      if (!same) break;
      i = end;
    }
    if (matched >= pattern.least) longest = std::max(longest, i);
  }
  return longest;
}

}  // namespace obkit::net
