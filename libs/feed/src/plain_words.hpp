#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>

namespace obkit::feed {

/// Up to four words of at most eight characters, the first of which tells them apart by its last
/// two bits.
class PlainWords {
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

  consteval PlainWords(std::initializer_list<std::string_view> words) {
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

}  // namespace obkit::feed
