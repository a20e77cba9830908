#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <string>

#include "obkit/core/digits.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/book_line.hpp"

namespace obkit::store {

void NumberTexts::resize(std::size_t size) {
  cells_.assign(size, {});
  is_changed_ = true;
}

void NumberTexts::set(std::size_t at, std::string_view number) {
  Cell& cell = cells_[at];
  assert(number.size() < cell.text.size());
  number.copy(cell.text.data(), number.size());
  cell.text[number.size()] = ',';
  cell.size = static_cast<std::uint8_t>(number.size() + 1);
  is_changed_ = true;
}

void NumberTexts::set(std::size_t at, double number) {
  constexpr double end = 1e15;
  const auto whole = number >= 0 && number < end ? static_cast<std::uint64_t>(number) : 0;
  // Of a negative zero the bits differ.
  if (std::bit_cast<std::uint64_t>(static_cast<double>(whole)) !=
      std::bit_cast<std::uint64_t>(number)) {
    long_text_.clear();
    append_number(long_text_, number);
    return set(at, long_text_);
  }
  Cell& cell = cells_[at];
  char* const behind = write_digits(cell.text.data(), whole);
  *behind = ',';
  cell.size = static_cast<std::uint8_t>(behind + 1 - cell.text.data());
  is_changed_ = true;
}

char* NumberTexts::write(char* at) {
  constexpr std::size_t usual = 16;
  is_changed_ = false;
  for (const Cell& cell : cells_) {
    std::memcpy(at, cell.text.data(), usual);
    if (cell.size > usual)
      std::memcpy(at + usual, cell.text.data() + usual, cell.text.size() - usual);
    at += cell.size;
  }
  return at;
}

}  // namespace obkit::store
