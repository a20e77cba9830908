#include "obkit/store/book_format.hpp"

#include <algorithm>
#include <array>

namespace obkit::store {

namespace {

constexpr std::string_view zstd_extension = ".zst";

std::unique_ptr<BookLines> make_json_lines() { return std::make_unique<BookLineWriter>(); }

std::string_view without_zstd(std::string_view path) {
  if (path.ends_with(zstd_extension)) path.remove_suffix(zstd_extension.size());
  return path;
}

const BookFormat* find_format(std::string_view path) {
  const auto formats = book_formats();
  const auto found = std::find_if(formats.begin(), formats.end(), [&](const BookFormat& format) {
    return path.ends_with(format.extension);
  });
  return found == formats.end() ? nullptr : &*found;
}

}  // namespace

std::span<const BookFormat> book_formats() {
  static const std::array all{BookFormat{.name = "json",
                                         .extension = ".txt",
                                         .help = "a JSON object a line",
                                         .make_lines = make_json_lines}};
  return all;
}

const BookFormat& format_of(std::string_view path) {
  const BookFormat* found = find_format(without_zstd(path));
  return found == nullptr ? book_formats().front() : *found;
}

std::string without_extension(std::string path) {
  path.resize(without_zstd(path).size());
  if (const BookFormat* found = find_format(path))
    path.resize(path.size() - found->extension.size());
  return path;
}

}  // namespace obkit::store
