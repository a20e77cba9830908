#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "obkit/core/digits.hpp"
#include "obkit/core/price.hpp"

namespace obkit::feed::bitmex {

/// Takes plain JSON from the front of a text. What is not there, or not plain, takes nothing.
class PlainCursor {
 public:
  explicit PlainCursor(std::string_view text) : at_{text.data()}, end_{text.data() + text.size()} {}

  [[nodiscard]] bool at_end() const { return at_ == end_; }
  [[nodiscard]] const char* at() const { return at_; }
  /// 0 at the end.
  [[nodiscard]] char peek() const { return at_ < end_ ? *at_ : '\0'; }

  bool take(std::string_view literal) {
    if (rest().size() < literal.size() || !are_same(at_, literal.data(), literal.size()))
      return false;
    at_ += literal.size();
    return true;
  }
  /// Takes one of two that differ in length, without a jump, for what cannot be foreseen; 0 or 1,
  /// or nothing where neither is there.
  template <std::size_t a_size, std::size_t b_size>
  std::optional<unsigned> take_either(
      const char (&a)[a_size],    // NOLINT(*-avoid-c-arrays): a literal
      const char (&b)[b_size]) {  // NOLINT(*-avoid-c-arrays)
    constexpr std::size_t a_length = a_size - 1, b_length = b_size - 1;
    static_assert(a_length < b_length);
    if (rest().size() < b_length) return std::nullopt;
    const unsigned is_a = are_same(at_, a, a_length) ? 1U : 0U;
    const unsigned is_b = are_same(at_, b, b_length) ? 1U : 0U;
    if ((is_a | is_b) == 0) return std::nullopt;
    at_ += b_length - (b_length - a_length) * is_a;
    return is_b;
  }
  bool take(char literal) {
    if (peek() != literal) return false;
    ++at_;
    return true;
  }

  /// Whether `content`, which is not empty, and a quote come next; takes both.
  bool take_text(std::string_view content) {
    const std::string_view text = rest();
    if (content.empty() || text.size() <= content.size() || text[content.size()] != '"' ||
        !are_same(text.data(), content.data(), content.size()))
      return false;
    at_ += content.size() + 1;
    return true;
  }

  /// A text of printable ASCII without escapes up to its quote, which is taken, too.
  std::optional<std::string_view> text() {
    const char* at = at_;
    while (at < end_ && *at >= ' ' && *at < '\x7F' && *at != '"' && *at != '\\') ++at;
    if (at == end_ || *at != '"') return std::nullopt;
    const std::string_view content{at_, static_cast<std::size_t>(at - at_)};
    at_ = at + 1;
    return content;
  }

  /// A number of at most `most` digits (up to 18) and nothing else, before `,` or `}`.
  std::optional<std::uint64_t> whole_number(std::ptrdiff_t most) {
    const char* const begin = at_;
    const std::uint64_t number = digits();
    const auto length = at_ - begin;
    if (length == 0 || length > most || (*begin == '0' && length > 1) || !is_ended())
      return std::nullopt;
    return number;
  }

  /// At most nine digits before the point and nine behind it, before `,` or `}`.
  std::optional<Price> price() {
    const char* const begin = at_;
    const std::uint64_t whole = digits();
    const auto length = at_ - begin;
    if (length == 0 || length > 9 || (*begin == '0' && length > 1)) return std::nullopt;
    // Whether there is a point cannot be foreseen: without a jump. Where there is none, nor are
    // there digits now.
    const bool has_point = peek() == '.';
    at_ += has_point ? 1 : 0;
    const char* const point = at_;
    const std::uint64_t fraction = digits();
    const std::ptrdiff_t decimals = at_ - point;
    if (has_point != (decimals > 0) || decimals > Price::max_decimals) return std::nullopt;
    if (!is_ended()) return std::nullopt;
    const std::uint64_t units =
        whole * powers_of_ten[Price::max_decimals] +
        fraction * powers_of_ten[static_cast<std::size_t>(Price::max_decimals - decimals)];
    return Price::from_units(static_cast<std::int64_t>(units), static_cast<int>(decimals));
  }

 private:
  static constexpr std::array<std::uint64_t, Price::max_decimals + 1> powers_of_ten{
      1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

  /// Of few bytes, without a call: whole words, the last of which may overlap the one before.
  static bool are_same(const char* a, const char* b, std::size_t size) {
    if (size >= sizeof(std::uint64_t)) return are_same_words<std::uint64_t>(a, b, size);
    if (size >= sizeof(std::uint32_t)) return are_same_words<std::uint32_t>(a, b, size);
    for (std::size_t i = 0; i < size; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }
  template <class Word>
  static bool are_same_words(const char* a, const char* b, std::size_t size) {
    const auto differ = [&](std::size_t at) {
      Word one = 0, other = 0;
      std::memcpy(&one, a + at, sizeof one);
      std::memcpy(&other, b + at, sizeof other);
      return one ^ other;
    };
    Word difference = differ(size - sizeof(Word));
    for (std::size_t at = 0; at + sizeof(Word) < size; at += sizeof(Word)) difference |= differ(at);
    return difference == 0;
  }
  [[nodiscard]] std::string_view rest() const {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }
  [[nodiscard]] bool is_ended() const { return peek() == ',' || peek() == '}'; }
  /// Modulo 2^64 where there are too many.
  std::uint64_t digits() {
    std::uint64_t number = 0;
    at_ = read_digits(at_, end_, number);
    return number;
  }

  const char* at_;
  const char* end_;
};

}  // namespace obkit::feed::bitmex
