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

/// The character that the `digits` digits at `at` stand for; 0 where they do not.
char from_digits(std::string_view text, std::size_t at, std::size_t digits, unsigned base = 16) {
  if (text.size() < at + digits || digits == 0) return 0;
  unsigned value = 0;
  for (const char c : text.substr(at, digits)) {
    const std::size_t digit = std::string_view{"0123456789abcdef"}.find(lower(c));
    if (digit >= base) return 0;
    value = value * base + static_cast<unsigned>(digit);
  }
  return value < 0x80 ? static_cast<char>(value) : '\0';
}

/// A character, however it is written, and where it ends.
struct Written {
  char value;
  std::size_t end;
};

constexpr std::size_t deepest = 8;  ///< escapes of escapes, and digits of one

/// JSON's and those of programs: `\u0041`, `\x41`, `\n`, `\/`. Pre: `text[at]` is a backslash.
Written read_backslash(std::string_view text, std::size_t at) {
  std::size_t i = at;
  while (i < text.size() && i < at + deepest && text[i] == '\\') ++i;
  if (i == text.size()) return {'\0', i};
  if (text[i] == 'u')
    if (const char escaped = from_digits(text, i + 1, 4)) return {escaped, i + 5};
  if (text[i] == 'x')
    if (const char escaped = from_digits(text, i + 1, 2)) return {escaped, i + 3};
  const bool is_break = text[i] == 'n' || text[i] == 'r' || text[i] == 't';
  return {is_break ? '\n' : text[i], i + 1};
}

/// `%41`, `%2541`. Pre: `text[at]` is a percent.
Written read_percent(std::string_view text, std::size_t at) {
  std::size_t digits = at + 1;
  while (digits < at + deepest && text.substr(digits, 2) == "25" &&
         from_digits(text, digits + 2, 2) != '\0')
    digits += 2;
  if (const char escaped = from_digits(text, digits, 2)) return {escaped, digits + 2};
  return {'%', at + 1};
}

/// HTML's `&#65;`, `&#x41;`. Pre: `text[at]` is an ampersand.
Written read_entity(std::string_view text, std::size_t at) {
  const std::size_t end = text.substr(0, at + deepest).find(';', at);
  if (end == std::string_view::npos || text[at + 1] != '#') return {'&', at + 1};
  const bool is_hex = lower(text[at + 2]) == 'x';
  const std::size_t digits = at + (is_hex ? 3 : 2);
  if (digits < end)
    if (const char escaped = from_digits(text, digits, end - digits, is_hex ? 16 : 10))
      return {escaped, end + 1};
  return {'&', at + 1};
}

/// Escapes may be escaped again, a few times. Pre: `at` is in `text`.
Written read_character(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case '\\':
      return read_backslash(text, at);
    case '%':
      return read_percent(text, at);
    case '&':
      return read_entity(text, at);
    default:
      return {text[at], at + 1};
  }
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
    add(plain(secret), enough, Case::any);
    add(to_hex(Bytes(secret.begin(), secret.end())), 2 * enough, Case::any, ":");
    add_base64(secret);
  }
  if (!patterns_.empty()) may_start_['\\'] = may_start_['%'] = may_start_['&'] = true;
}

void Secrets::add(std::string_view text, std::size_t least, Case letters,
                  std::string_view between) {
  if (text.empty()) return;
  // A short one would be found in other words and numbers.
  const std::string breaks = text.size() < enough ? "" : " \t\r\n" + std::string{between};
  patterns_.push_back({std::string{text}, std::min(least, text.size()), letters, breaks});
  for (unsigned byte = 0; byte < may_start_.size(); ++byte) {
    const char c = base64_character(static_cast<char>(byte));
    const bool starts = letters == Case::any ? lower(c) == lower(text.front()) : c == text.front();
    may_start_[byte] = may_start_[byte] || starts || static_cast<char>(byte) == text.front();
  }
}

/// Three bytes become four characters, so it looks otherwise behind one or two other bytes. Only
/// the characters that depend on nothing else are looked for.
void Secrets::add_base64(std::string_view secret) {
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string text = to_base64(std::string(before, '\0').append(secret));
    const std::size_t first = (before * 8 + 5) / 6, end = (before + secret.size()) * 8 / 6;
    add(std::string_view{text}.substr(first, end - first), enough * 4 / 3, Case::as_it_is);
  }
}

std::string_view Secrets::hide(std::string_view text) {
  if (patterns_.empty()) return text;
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
  for (const Pattern& pattern : patterns_) longest = std::max(longest, pattern.end_in(text, at));
  return longest;
}

std::size_t Secrets::Pattern::end_in(std::string_view whole, std::size_t at) const {
  constexpr std::size_t longest_break = 4;  // a folded line: two bytes of its end, an indent
  std::size_t end = at, matched = 0, break_length = 0;
  for (std::size_t i = at; i < whole.size() && matched < text.size();) {
    const Written next = read_character(whole, i);
    i = next.end;
    if (is_same(next.value, text[matched])) {
      ++matched;
      end = i;
      break_length = 0;
    } else if (matched == 0 || breaks.find(next.value) == std::string::npos ||
               ++break_length > longest_break) {
      break;
    }
  }
  return matched >= least ? end : at;
}

bool Secrets::Pattern::is_same(char found, char wanted) const {
  return letters == Case::any ? lower(found) == lower(wanted) : base64_character(found) == wanted;
}

}  // namespace obkit::net
