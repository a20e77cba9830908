#include "npy_header.hpp"

#include "obkit/core/little_endian.hpp"

namespace obkit::dataset {
namespace {

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text = "(";
  for (const std::uint64_t length : shape) text.append(std::to_string(length)).append(", ");
  if (shape.size() == 1) text.pop_back();              // "(5,)"
  if (shape.size() > 1) text.resize(text.size() - 2);  // "(5, 4)"
  return text + ")";
}

}  // namespace

std::string npy_header(std::string_view type, const std::vector<std::uint64_t>& shape) {
  constexpr std::size_t fixed_size = 10, alignment = 64;
  std::string dictionary = "{'descr': '" + std::string{type} +
                           "', 'fortran_order': False, 'shape': " + shape_text(shape) + ", }";
  const std::size_t over = (fixed_size + dictionary.size() + 1) % alignment;
  dictionary.append(over == 0 ? 0 : alignment - over, ' ').append("\n");
  std::string header{"\x93NUMPY\x01\x00", 8};
  append_little_endian<2>(header, dictionary.size());
  return header + dictionary;
}

}  // namespace obkit::dataset
