#include "npy_layout.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

namespace obkit::dataset {
namespace {

constexpr std::uint64_t most_items = std::uint64_t{1} << 60;
constexpr std::size_t most_characters = 1024;

/// Cuts `prefix` and the spaces behind it off.
bool skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return true;
}

std::optional<std::uint64_t> skip_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number > most_items) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  skip(text, "");
  return number;
}

/// `'<f4'`
bool skip_type(std::string_view& text, NpyLayout& layout) {
  if (!skip(text, "'") || text.empty()) return false;
  const char order = text.front();
  text.remove_prefix(1);
  if ((order != '<' && order != '|') || text.empty()) return false;
  layout.kind = text.front();
  text.remove_prefix(1);
  const auto item = skip_number(text);
  if (!item || !skip(text, "'")) return false;
  layout.item = static_cast<std::size_t>(std::min<std::uint64_t>(*item, most_characters + 1));
  switch (layout.kind) {
    case 'f':
      return layout.item == 4 || layout.item == 8;
    case 'i':
    case 'u':
      return layout.item <= 8 && std::has_single_bit(layout.item);
    case 'U':
      return layout.item <= most_characters;
    default:
      return false;
  }
}

/// `(5, 4)`, `(5,)` or `()`
bool skip_shape(std::string_view& text, NpyLayout& layout) {
  if (!skip(text, "(")) return false;
  while (!skip(text, ")")) {
    const auto length = skip_number(text);
    if (!length || layout.shape.size() == 2) return false;
    layout.shape.push_back(*length);
    if (!skip(text, ",") && !text.starts_with(')')) return false;
  }
  return true;
}

}  // namespace

std::optional<NpyLayout> parse_npy_dictionary(std::string_view text) {
  NpyLayout layout;
  const bool known = skip(text, "{") && skip(text, "'descr'") && skip(text, ":") &&
                     skip_type(text, layout) && skip(text, ",") && skip(text, "'fortran_order'") &&
                     skip(text, ":") && skip(text, "False") && skip(text, ",") &&
                     skip(text, "'shape'") && skip(text, ":") && skip_shape(text, layout);
  skip(text, ",");
  return known && skip(text, "}") && (text == "\n" || text.empty()) ? std::optional{layout}
                                                                    : std::nullopt;
}

}  // namespace obkit::dataset
