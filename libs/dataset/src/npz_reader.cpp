#include "npz_reader.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <zip.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/little_endian.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::dataset {
namespace {

/// What the header of a .npy file says.
struct NpyLayout {
  char kind = 0;                     ///< 'f', 'i', 'u' or 'U'
  std::size_t item = 0;              ///< bytes of a number, characters of a text; at most 1024
  std::vector<std::uint64_t> shape;  ///< at most two numbers
};

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

/// Reads the dictionary of a header: little-endian numbers or text in C order; empty for anything
/// else.
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

constexpr std::size_t buffer_size = std::size_t{64} * 1024;

}  // namespace

/// An array of an archive, read from its begin to its end.
class NpzArray {
 public:
  /// Empty where the archive has no such entry. Throws DataError with `path`, as do the others.
  [[nodiscard]] static std::unique_ptr<NpzArray> open(zip* archive, const std::string& path,
                                                      const std::string& name);

  [[nodiscard]] const NpyLayout& layout() const { return layout_; }
  [[nodiscard]] const std::string& entry() const { return entry_; }

  /// The next number. Pre: kind 'f'.
  [[nodiscard]] double number();
  /// The next integer. Pre: kind 'i' or 'u'; what does not fit is the largest.
  [[nodiscard]] std::int64_t integer();
  /// The next text; characters beyond ASCII become '?'. Pre: kind 'U'.
  [[nodiscard]] std::string text();

  [[noreturn]] void refuse(const std::string& problem) const;

 private:
  struct Close {
    void operator()(zip_file* file) const;
  };

  NpzArray(std::string path, std::string entry, zip_file* file);
  void read_header(std::uint64_t entry_size);
  void check_size(std::uint64_t entry_size, std::uint64_t header_size) const;
  /// The next `count` bytes, valid until the next call; at most 64 KiB.
  [[nodiscard]] std::span<const char> take(std::size_t count);
  [[nodiscard]] std::uint64_t little_endian(std::size_t count);

  std::string path_, entry_;
  std::unique_ptr<zip_file, Close> file_;
  NpyLayout layout_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

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

namespace {

constexpr std::uint64_t most_levels = 100'000;

bool is_integer(const NpzArray& array) {
  return array.layout().kind == 'i' || array.layout().kind == 'u';
}

}  // namespace

bool is_npz(const std::string& path) {
  std::error_code error;
  if (path == "-" || !std::filesystem::is_regular_file(path, error)) return false;
  std::array<char, 4> head{};
  const auto source = open_source(path);
  std::size_t count = 0;
  for (std::size_t more = 1; more > 0 && count < head.size(); count += more)
    more = source->read(std::span{head}.subspan(count));
  return std::string_view{head.data(), count} == "PK\x03\x04";
}

void NpzReader::Close::operator()(zip* archive) const { ::zip_discard(archive); }

NpzReader::NpzReader(const std::string& path, store::BadLine bad_line)
    : path_{path}, bad_line_{bad_line} {
  int code = 0;
  archive_.reset(::zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive_) {
    zip_error_t error;
    ::zip_error_init_with_code(&error, code);
    const std::string reason = ::zip_error_strerror(&error);
    ::zip_error_fini(&error);
    throw DataError{{.name = path}, "expected an archive of arrays (.npz): " + reason};
  }
  open_arrays();
  check_shapes();
  depth_ = static_cast<std::size_t>(volumes_->layout().shape[1]);
  count_ = volumes_->layout().shape[0];
  read_label();
}

NpzReader::~NpzReader() {
  for (auto* array : {&volumes_, &direction_, &date_, &time_}) array->reset();
}

bool NpzReader::next(Sample& sample) {
  while (taken_ < count_) {
    ++taken_;
    const std::string problem = read(sample);
    if (problem.empty()) return true;
    const DataError error{{.name = path_}, "sample " + std::to_string(taken_) + ": " + problem};
    if (bad_line_ == store::BadLine::refuse) throw error;
    if (report_.skipped++ == 0) report_.first_skipped = error.what();
  }
  return false;
}

void NpzReader::open_arrays() {
  const auto open = [&](const char* name) { return NpzArray::open(archive_.get(), path_, name); };
  volumes_ = open("volumes");
  direction_ = open("direction");
  date_ = open("date");
  time_ = open("time");
  for (const auto& [name, array] :
       {std::pair{"volumes", volumes_.get()}, std::pair{"direction", direction_.get()}})
    if (array == nullptr)
      throw DataError{{.name = path_}, std::string{"expected the array '"} + name + "'"};
  if ((date_ == nullptr) != (time_ == nullptr))
    throw DataError{{.name = path_}, "expected the arrays 'date' and 'time', found one of them"};
}

void NpzReader::check_shapes() const {
  const NpyLayout& volumes = volumes_->layout();
  if (volumes.kind != 'f' || volumes.shape.size() != 2)
    volumes_->refuse("expected float32 or float64 numbers, samples by levels");
  const std::uint64_t depth = volumes.shape[1];
  if (depth % 2 != 0 || depth > most_levels || (depth == 0 && volumes.shape[0] > 0))
    volumes_->refuse("expected as many bids as asks, found " + std::to_string(depth));
  for (const NpzArray* array : {direction_.get(), date_.get(), time_.get()}) {
    if (array == nullptr) continue;
    if (!is_integer(*array) || array->layout().shape.size() != 1)
      array->refuse("expected integers, one for each sample");
    if (array->layout().shape[0] != volumes.shape[0])
      array->refuse("expected " + std::to_string(volumes.shape[0]) +
                    ", as many as samples, found " + std::to_string(array->layout().shape[0]));
  }
}

void NpzReader::read_label() {
  const auto label = NpzArray::open(archive_.get(), path_, "label");
  if (label == nullptr) return;
  if (label->layout().kind != 'U' || !label->layout().shape.empty())
    label->refuse("expected one text");
  label_ = label->text();
  if (label_ == "next") label_.clear();
}

/// What is wrong with the next sample; empty when nothing is. All of it is taken either way.
std::string NpzReader::read(Sample& sample) {
  std::string problem;
  sample.volumes.resize(depth_);
  for (double& volume : sample.volumes) {
    volume = volumes_->number();
    if (!(volume >= 0) || std::isinf(volume))
      problem = "expected a volume >= 0, found " + to_text(volume);
  }
  const std::int64_t direction = direction_->integer();
  sample.direction = static_cast<std::uint8_t>(direction);
  sample.label = label_;
  if (direction < 0 || direction > (label_.empty() ? 1 : 2)) {
    problem = "expected direction 0 (falls)" +
              std::string{label_.empty() ? " or 1 (rises)" : ", 1 (rises) or 2 (stays)"} +
              ", found " + std::to_string(direction);
  }
  sample.time.reset();
  if (!date_) return problem;
  const std::int64_t date = date_->integer(), time = time_->integer();
  constexpr std::int64_t beyond_any = 1'000'000'000;
  const bool possible = date > 0 && date < beyond_any && time >= 0 && time < beyond_any;
  if (possible) sample.time = {.date = static_cast<int>(date), .time = static_cast<int>(time)};
  if (!possible || !to_timestamp(*sample.time))
    problem = "expected a date and time that exist, found " + std::to_string(date) + " " +
              std::to_string(time);
  return problem;
}

}  // namespace obkit::dataset
