#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "obkit/core/digits.hpp"
#include "obkit/core/price.hpp"

namespace obkit::feed {

/// Up to four words of at most eight characters, the first of which tells them apart by its last
/// two bits.
class WordChoice {
 public:
  static constexpr std::size_t longest = sizeof(std::uint64_t);
  struct Word {
    /// Whether `text`, of eight characters or more, begins with it.
    [[nodiscard]] bool begins(const char* text) const {
      std::uint64_t there = 0, wanted = 0, seen = 0;
      std::memcpy(&there, text, longest);
      std::memcpy(&wanted, characters.data(), longest);
      std::memcpy(&seen, mask.data(), longest);
      return (((there ^ wanted) & seen) | (length == 0 ? 1U : 0U)) == 0;
    }

    std::array<char, longest> characters{}, mask{};
    std::size_t length = 0;
    unsigned index = 0;
  };

  consteval WordChoice(std::initializer_list<std::string_view> words) {
    unsigned index = 0;
    for (const std::string_view text : words) {
      Word& word = words_[place_of(text.front())];
      if (word.length > 0 || text.size() > longest) throw "words that are not told apart";
      std::copy(text.begin(), text.end(), word.characters.begin());
      std::fill_n(word.mask.begin(), text.size(), '\xFF');
      word.length = text.size();
      word.index = index++;
    }
  }

  /// The only one that may begin with that character.
  [[nodiscard]] const Word& like(char first) const { return words_[place_of(first)]; }

 private:
  static constexpr std::size_t place_of(char first) {
    return static_cast<unsigned char>(first) & 3U;
  }

  std::array<Word, 4> words_{};
};

/// Takes plain JSON from the front of a text. What is not there, or not plain, takes nothing.
class CompactCursor {
 public:
  explicit CompactCursor(std::string_view text)
      : at_{text.data()}, end_{text.data() + text.size()} {}

  [[nodiscard]] bool at_end() const { return at_ == end_; }
  [[nodiscard]] const char* at() const { return at_; }
  /// 0 at the end.
  [[nodiscard]] char peek() const { return at_ < end_ ? *at_ : '\0'; }

  bool take(std::string_view text) {
    if (rest().size() < text.size() || !are_same(at_, text.data(), text.size())) return false;
    at_ += text.size();
    return true;
  }
  template <std::size_t size>
  [[gnu::always_inline]] bool take(const char (&literal)[size]) {  // NOLINT(*-avoid-c-arrays)
    constexpr std::size_t length = size - 1;
    if (rest().size() < length || !are_same(at_, literal, length)) return false;
    at_ += length;
    return true;
  }
  bool take(char literal) {
    if (peek() != literal) return false;
    ++at_;
    return true;
  }
  /// Takes one of several words without a jump, for what cannot be foreseen; which it was, in their
  /// order.
  [[gnu::always_inline]] std::optional<unsigned> take_one_of(const WordChoice& words) {
    const char* text = at_;
    std::array<char, WordChoice::longest> last{};  // behind the end there is none of them
    if (rest().size() < last.size()) {
      std::copy(at_, end_, last.begin());
      text = last.data();
    }
    const WordChoice::Word& word = words.like(*text);
    if (!word.begins(text)) return std::nullopt;
    at_ += word.length;
    return word.index;
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

  /// A number of at most `most` digits (up to 18) and nothing else, before `,`, `}` or `]`.
  [[gnu::always_inline]] std::optional<std::uint64_t> whole_number(std::ptrdiff_t most) {
    const char* const begin = at_;
    const std::uint64_t number = digits();
    const auto length = at_ - begin;
    if (length == 0 || length > most || (*begin == '0' && length > 1) || !is_ended())
      return std::nullopt;
    return number;
  }

  /// A number as it is written: 8.39e4 has the digits 839, two decimals, and the exponent 4.
  struct Decimal {
    std::uint64_t digits;
    int decimals;
    int exponent;
  };
  /// At most 15 digits, with or without a point among them and an exponent of up to two behind
  /// them, before `,`, `}` or `]`.
  [[gnu::always_inline]] std::optional<Decimal> decimal() {
    constexpr std::ptrdiff_t most = 15;
    const char* const begin = at_;
    const std::uint64_t whole = digits();
    const auto length = at_ - begin;
    if (length == 0 || length > most || (*begin == '0' && length > 1)) return std::nullopt;
    Decimal number{.digits = whole, .decimals = 0, .exponent = 0};
    if (take('.')) {
      const char* const point = at_;
      const std::uint64_t fraction = digits();
      const auto decimals = at_ - point;
      if (decimals == 0 || length + decimals > most) return std::nullopt;
      number.digits = whole * powers_of_ten[static_cast<std::size_t>(decimals)] + fraction;
      number.decimals = static_cast<int>(decimals);
    }
    if (take('e')) {
      const bool is_negative = take('-');
      const char* const first = at_;
      const auto exponent = static_cast<int>(digits());
      if (at_ == first || at_ - first > 2) return std::nullopt;
      number.exponent = is_negative ? -exponent : exponent;
    }
    return is_ended() ? std::optional{number} : std::nullopt;
  }

  /// At most nine digits before the point and nine behind it, before `,`, `}` or `]`.
  [[gnu::always_inline]] std::optional<Price> price() {
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
  [[nodiscard]] bool is_ended() const {
    const char next = peek();
    return next == ',' || next == '}' || next == ']';
  }
  /// Modulo 2^64 where there are too many.
  [[gnu::always_inline]] std::uint64_t digits() {
    std::uint64_t number = 0;
    at_ = read_digits(at_, end_, number);
    return number;
  }

  const char* at_;
  const char* end_;
};

}  // namespace obkit::feed
