#include "npz_array.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include <zip.h>

#include "obkit/core/error.hpp"
#include "obkit/core/little_endian.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::dataset {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} * 1024;

}  // namespace

void NpzArray::Close::operator()(zip_file* file) const { ::zip_fclose(file); }

std::unique_ptr<NpzArray> NpzArray::open(zip* archive, const std::string& path,
                                         const std::string& name) {
  const std::string entry = name + ".npy";
  zip_stat_t status;
  if (::zip_stat(archive, entry.c_str(), 0, &status) != 0) return nullptr;
  zip_file* const file = ::zip_fopen_index(archive, status.index, 0);
  if (file == nullptr)
    throw DataError{{.name = path}, entry + ": it cannot be read: " + ::zip_strerror(archive)};
  std::unique_ptr<NpzArray> array{new NpzArray{path, entry, file}};
  array->read_header(status.size);
  return array;
}

NpzArray::NpzArray(std::string path, std::string entry, zip_file* file)
    : path_{std::move(path)}, entry_{std::move(entry)}, file_{file}, buffer_(buffer_size) {}

void NpzArray::refuse(const std::string& problem) const {
  throw DataError{{.name = path_}, entry_ + ": " + problem};
}

void NpzArray::read_header(std::uint64_t entry_size) {
  const std::string_view magic{"\x93NUMPY", 6};
  const auto begin = take(8);
  if (std::string_view{begin.data(), magic.size()} != magic)
    refuse("expected an array of NumPy, found something else");
  const char version = begin[6];
  if (version < 1 || version > 3)
    refuse("expected version 1 to 3 of the array, found " + std::to_string(version));
  const std::size_t length_size = version == 1 ? 2 : 4;
  const std::uint64_t length = little_endian(length_size);
  if (length > buffer_size)
    refuse("expected a header of at most 65536 bytes, found " + std::to_string(length));
  const auto dictionary = take(static_cast<std::size_t>(length));
  const std::string_view text{dictionary.data(), dictionary.size()};
  const auto layout = parse_npy_dictionary(text);
  if (!layout)
    refuse("expected little-endian numbers or text in C order, found " + store::shown(text));
  layout_ = *layout;
  check_size(entry_size, magic.size() + 2 + length_size + length);
}

/// The shape is believed only where the entry has as many bytes.
void NpzArray::check_size(std::uint64_t entry_size, std::uint64_t header_size) const {
  __extension__ using Wide = unsigned __int128;
  constexpr std::size_t bytes_of_character = 4;
  Wide size = layout_.kind == 'U' ? layout_.item * bytes_of_character : layout_.item;
  for (const std::uint64_t length : layout_.shape)  // two lengths of 2^60 by 8: below 2^128
    size *= length;
  if (size + header_size != entry_size)
    refuse("expected as many bytes as its shape says, found " + std::to_string(entry_size));
}

std::span<const char> NpzArray::take(std::size_t count) {
  while (end_ - begin_ < count) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
    const auto read = ::zip_fread(file_.get(), buffer_.data() + end_, buffer_.size() - end_);
    if (read < 0) refuse(std::string{"it cannot be read: "} + ::zip_file_strerror(file_.get()));
    if (read == 0) refuse("it ends too early");
    end_ += static_cast<std::size_t>(read);
  }
  const std::span<const char> bytes{buffer_.data() + begin_, count};
  begin_ += count;
  return bytes;
}

std::uint64_t NpzArray::little_endian(std::size_t count) { return load_little_endian(take(count)); }

double NpzArray::number() {
  const std::uint64_t bits = little_endian(layout_.item);
  if (layout_.item == sizeof(double)) return std::bit_cast<double>(bits);
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
}

std::int64_t NpzArray::integer() {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  const std::uint64_t bits = little_endian(layout_.item);
  if (layout_.kind == 'u') return static_cast<std::int64_t>(std::min<std::uint64_t>(bits, largest));
  const auto unused = static_cast<int>(64 - 8 * layout_.item);
  return static_cast<std::int64_t>(bits << unused) >> unused;  // the sign goes to the front
}

std::string NpzArray::text() {
  std::string text;
  for (std::size_t i = 0; i < layout_.item; ++i) {
    const std::uint64_t character = little_endian(4);
    text += character < 0x80 ? static_cast<char>(character) : '?';
  }
  text.erase(text.find_last_not_of('\0') + 1);  // NumPy fills up with these
  return text;
}

}  // namespace obkit::dataset
