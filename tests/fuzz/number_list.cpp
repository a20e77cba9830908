// A list of numbers by vectors, with every instruction set: a number that it takes is one, and is
// what strtod and parse_price say; a list that it takes has the numbers that stand between commas.

#include "kernels/number_list.hpp"

#include <bit>
#include <cstdlib>
#include <string>
#include <string_view>

#include "obkit/core/instruction_set.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/price.hpp"
#include "obkit/store/line_reader.hpp"

#include "fuzz.hpp"

namespace {

using namespace obkit;
using store::kernels::NumberList;

void check_numbers(NumberList& list) {
  std::size_t left = 0;
  const auto is_left = [&](std::size_t i) {
    const bool left_out = left < list.irregular().size() && list.irregular()[left] == i;
    left += left_out ? 1 : 0;
    return left_out;
  };
  list.convert_doubles();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (is_left(i)) continue;
    const std::string text{list.text(i)};
    fuzz::require(is_json_number(text));
    fuzz::require(std::bit_cast<std::uint64_t>(list.doubles()[i]) ==
                  std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)));
  }
  list.convert_prices();
  left = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (is_left(i)) continue;
    const auto price = parse_price(list.text(i));
    fuzz::require(price && price->units() == list.units()[i]);
    fuzz::require(static_cast<std::uint64_t>(price->decimals()) == list.decimals()[i]);
  }
}

void check(const std::string& text, NumberList::Blanks blanks) {
  constexpr std::string_view before = R"({"date":20190823,"time":1,"prices":[)";
  const std::string padded =
      std::string{before} + text + "]" + std::string(store::LineReader::padding, '\0');
  const auto list_text = std::string_view{padded}.substr(before.size(), text.size() + 1);
  const std::string short_list =
      std::string{before} + "1e-05,17]" + std::string(store::LineReader::padding, '\0');
  NumberList list;
  for (int turn = 0; turn < 3; ++turn) {  // what a list meets, the next one knows
    if (turn == 2) {
      fuzz::require(list.find(std::string_view{short_list}.substr(before.size(), 9),
                              NumberList::Blanks::none) == 8);
      check_numbers(list);
    }
    const std::size_t end = list.find(list_text, blanks);
    if (end == 0) return;
    fuzz::require(list_text[end] == ']' && list_text.substr(0, end).find(']') == std::string::npos);
    std::string again;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) again += blanks == NumberList::Blanks::one ? ", " : ",";
      again += list.text(i);
    }
    fuzz::require(again == list_text.substr(0, end));
    check_numbers(list);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::to_text(data, size);
  for (const obkit::InstructionSet set : obkit::instruction_sets()) {
    obkit::use_instruction_set(set);
    check(text, NumberList::Blanks::none);
    check(text, NumberList::Blanks::one);
  }
  return 0;
}
