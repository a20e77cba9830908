#include "npz_reader.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/encoding.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/json_line.hpp"
#include "obkit/store/zip_file.hpp"

namespace obkit::dataset {
namespace {

/// What the header of a .npy file says.
struct NpyLayout {
  char kind = 0;                     ///< 'f', 'i', 'u', 'b', 'M' or 'U'
  std::int64_t unit = 1;             ///< of kind 'M', nanoseconds
  bool is_big_endian = false;        ///< the highest byte first
  bool is_by_columns = false;        ///< Fortran's order: one column behind the other
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

/// `[ns]`: of a datetime64.
bool skip_unit(std::string_view& text, NpyLayout& layout) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units{
      {{"[ns]", 1}, {"[us]", 1'000}, {"[ms]", 1'000'000}, {"[s]", 1'000'000'000}}};
  for (const auto& [name, nanoseconds] : units) {
    layout.unit = nanoseconds;
    if (skip(text, name)) return true;
  }
  return false;
}

/// `'<f4'`
bool skip_type(std::string_view& text, NpyLayout& layout) {
  if (!skip(text, "'") || text.empty()) return false;
  const char order = text.front();
  text.remove_prefix(1);
  if ((order != '<' && order != '>' && order != '|') || text.empty()) return false;
  layout.is_big_endian = order == '>';
  layout.kind = text.front();
  text.remove_prefix(1);
  const auto item = skip_number(text);
  if (layout.kind == 'M' && !skip_unit(text, layout)) return false;
  if (!item || !skip(text, "'")) return false;
  layout.item = static_cast<std::size_t>(std::min<std::uint64_t>(*item, most_characters + 1));
  switch (layout.kind) {
    case 'f':
      return layout.item == 2 || layout.item == 4 || layout.item == 8;
    case 'b':
      return layout.item == 1;
    case 'M':
      return layout.item == 8;
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

/// `True` or `False`
bool skip_order(std::string_view& text, NpyLayout& layout) {
  layout.is_by_columns = skip(text, "True");
  return layout.is_by_columns || skip(text, "False");
}

/// Reads the dictionary of a header: numbers or text; empty for anything else.
std::optional<NpyLayout> parse_npy_dictionary(std::string_view text) {
  NpyLayout layout;
  const bool known = skip(text, "{") && skip(text, "'descr'") && skip(text, ":") &&
                     skip_type(text, layout) && skip(text, ",") && skip(text, "'fortran_order'") &&
                     skip(text, ":") && skip_order(text, layout) && skip(text, ",") &&
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
  [[nodiscard]] static std::unique_ptr<NpzArray> open(const store::ZipFile& archive,
                                                      const std::string& path,
                                                      const std::string& name);

  [[nodiscard]] const NpyLayout& layout() const { return layout_; }
  [[nodiscard]] const std::string& entry() const { return entry_; }

  /// The next number. Pre: no text.
  [[nodiscard]] double number();
  /// The next integer. Pre: kind 'i', 'u', 'b' or 'M'; what does not fit is the largest.
  [[nodiscard]] std::int64_t integer();
  /// The next text; characters beyond ASCII become '?'. Pre: kind 'U'.
  [[nodiscard]] std::string text();
  /// Passes over so many numbers. Pre: no text; they are there.
  void skip_numbers(std::uint64_t count);

  [[noreturn]] void refuse(const std::string& problem) const;

 private:
  NpzArray(std::string path, std::string entry, std::unique_ptr<store::ZipMember> file);
  void read_header(std::uint64_t entry_size);
  void check_size(std::uint64_t entry_size, std::uint64_t header_size) const;
  /// The next `count` bytes, valid until the next call; at most 64 KiB.
  [[nodiscard]] std::span<const char> take(std::size_t count);
  /// The next `count` bytes as a number, in the array's order of bytes.
  [[nodiscard]] std::uint64_t bits(std::size_t count);

  std::string path_, entry_;
  std::unique_ptr<store::ZipMember> file_;
  NpyLayout layout_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

std::unique_ptr<NpzArray> NpzArray::open(const store::ZipFile& archive, const std::string& path,
                                         const std::string& name) {
  const auto entry = archive.find(name + ".npy");
  if (!entry) return nullptr;
  std::unique_ptr<NpzArray> array{new NpzArray{path, entry->name, archive.open(*entry)}};
  array->read_header(entry->size);
  return array;
}

NpzArray::NpzArray(std::string path, std::string entry, std::unique_ptr<store::ZipMember> file)
    : path_{std::move(path)},
      entry_{std::move(entry)},
      file_{std::move(file)},
      buffer_(buffer_size) {}

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
  const std::uint64_t length = load_little_endian(take(length_size));
  if (length > buffer_size)
    refuse("expected a header of at most 65536 bytes, found " + std::to_string(length));
  const auto dictionary = take(static_cast<std::size_t>(length));
  const std::string_view text{dictionary.data(), dictionary.size()};
  const auto layout = parse_npy_dictionary(text);
  if (!layout)
    refuse("expected whole numbers, floats of at most 8 bytes, datetime64 or text, found " +
           store::shown(text));
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
    const std::size_t read = file_->read(std::span{buffer_}.subspan(end_));
    if (read == 0) refuse("it ends too early");
    end_ += read;
  }
  const std::span<const char> bytes{buffer_.data() + begin_, count};
  begin_ += count;
  return bytes;
}

void NpzArray::skip_numbers(std::uint64_t count) {
  const std::uint64_t bytes = count * layout_.item;  // not more than the entry has
  const auto buffered = std::min<std::uint64_t>(bytes, end_ - begin_);
  begin_ += static_cast<std::size_t>(buffered);
  file_->skip(bytes - buffered);
}

std::uint64_t NpzArray::bits(std::size_t count) {
  const auto bytes = take(count);
  if (!layout_.is_big_endian) return load_little_endian(bytes);
  std::array<char, sizeof(std::uint64_t)> reversed{};
  std::reverse_copy(bytes.begin(), bytes.end(), reversed.begin());
  return load_little_endian(std::span{reversed}.first(count));
}

namespace {

/// Source: IEEE 754, binary16.
double from_half(std::uint64_t bits) {
  constexpr int fraction_bits = 10, bias = 15, special = 31;
  const auto exponent = static_cast<int>(bits >> fraction_bits & 31U);
  const auto fraction = static_cast<double>(bits & 1023U);
  const double one = 1U << fraction_bits;
  double value = exponent == 0 ? std::ldexp(fraction, 1 - bias - fraction_bits)
                               : std::ldexp(one + fraction, exponent - bias - fraction_bits);
  if (exponent == special)
    value = fraction == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  return (bits & 0x8000U) != 0 ? -value : value;
}

}  // namespace

double NpzArray::number() {
  if (layout_.kind == 'i') return static_cast<double>(integer());
  const std::uint64_t number = bits(layout_.item);
  if (layout_.kind != 'f') return static_cast<double>(number);
  if (layout_.item == sizeof(double)) return std::bit_cast<double>(number);
  if (layout_.item == 2) return from_half(number);
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(number)));
}

std::int64_t NpzArray::integer() {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  const std::uint64_t number = bits(layout_.item);
  if (layout_.kind != 'i' && layout_.kind != 'M')
    return static_cast<std::int64_t>(std::min<std::uint64_t>(number, largest));
  const auto unused = static_cast<int>(64 - 8 * layout_.item);
  return static_cast<std::int64_t>(number << unused) >> unused;  // the sign goes to the front
}

std::string NpzArray::text() {
  std::string text;
  for (std::size_t i = 0; i < layout_.item; ++i) {
    const std::uint64_t character = bits(4);
    text += character < 0x80 ? static_cast<char>(character) : '?';
  }
  text.erase(text.find_last_not_of('\0') + 1);  // NumPy fills up with these
  return text;
}

namespace {

constexpr std::uint64_t most_levels = 100'000;
/// Each column of an array that has one behind the other is read for itself, with 100 kB.
constexpr std::uint64_t most_columns = 512;

bool is_integer(const NpzArray& array) {
  const char kind = array.layout().kind;
  return kind == 'i' || kind == 'u' || kind == 'b';
}

}  // namespace

NpzReader::NpzReader(const std::string& path, store::BadLine bad_line)
    : path_{path}, bad_line_{bad_line}, archive_{path} {
  open_arrays();
  check_shapes();
  const NpyLayout& volumes = volumes_.front()->layout();
  depth_ = static_cast<std::size_t>(volumes.shape[1]);
  count_ = volumes.shape[0];
  if (volumes.is_by_columns && count_ > 0) open_columns();
  read_label();
}

NpzReader::~NpzReader() = default;

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
  const auto open = [&](const char* name) { return NpzArray::open(archive_, path_, name); };
  volumes_.push_back(open("volumes"));
  direction_ = open("direction");
  timestamp_ = open("timestamp");
  if (timestamp_ == nullptr) {
    date_ = open("date");
    time_ = open("time");
  }
  flow_ = open("flow");
  move_ = open("move");
  if (volumes_.front() == nullptr) refuse_without_volumes();
  if (direction_ == nullptr) refuse_without_direction();
  if ((date_ == nullptr) != (time_ == nullptr))
    throw DataError{{.name = path_}, "expected the arrays 'date' and 'time', found one of them"};
}

void NpzReader::refuse_without_volumes() const {
  const std::string first = archive_.count() > 0 ? archive_.entry(0).name : "";
  if (first.empty() || first.ends_with(".npy"))
    throw DataError{{.name = path_}, "expected the array 'volumes'"};
  throw DataError{{.name = path_},
                  "expected a training set (.ds or .npz), found zip with " + store::shown(first) +
                      ", which unzip unpacks"};
}

void NpzReader::refuse_without_direction() const {
  const auto label = NpzArray::open(archive_, path_, "label");
  const bool is_known = label != nullptr && label->layout().kind == 'U';
  if (is_known && label->text() == "none")
    throw DataError{{.name = path_},
                    "its books have no labels: obdataset --label none made it, for other programs"};
  throw DataError{{.name = path_}, "expected the array 'direction'"};
}

/// An array of which each column stands behind the one before gets a reader a column.
void NpzReader::open_columns() {
  if (depth_ > most_columns) {
    volumes_.front()->refuse("expected at most " + std::to_string(most_columns) +
                             " levels in Fortran's order, found " + std::to_string(depth_));
  }
  while (volumes_.size() < depth_) {
    volumes_.push_back(NpzArray::open(archive_, path_, "volumes"));
    volumes_.back()->skip_numbers((volumes_.size() - 1) * count_);
  }
}

void NpzReader::check_shapes() const {
  const NpzArray& array = *volumes_.front();
  const NpyLayout& volumes = array.layout();
  if (volumes.kind == 'U' || volumes.kind == 'M' || volumes.shape.size() != 2)
    array.refuse("expected numbers, samples by levels");
  const std::uint64_t depth = volumes.shape[1];
  if (depth % 2 != 0 || depth > most_levels || (depth == 0 && volumes.shape[0] > 0))
    array.refuse("expected as many bids as asks, found " + std::to_string(depth));
  check_flow(volumes.shape[0]);
  for (const NpzArray* other :
       {direction_.get(), timestamp_.get(), date_.get(), time_.get(), move_.get()}) {
    if (other == nullptr) continue;
    const bool is_time = other == timestamp_.get() && other->layout().kind == 'M';
    if ((!is_integer(*other) && !is_time) || other->layout().shape.size() != 1)
      other->refuse("expected integers, one for each sample");
    if (other->layout().shape[0] != volumes.shape[0])
      other->refuse("expected " + std::to_string(volumes.shape[0]) +
                    ", as many as samples, found " + std::to_string(other->layout().shape[0]));
  }
}

void NpzReader::check_flow(std::uint64_t samples) const {
  if (flow_ == nullptr) return;
  const NpyLayout& flow = flow_->layout();
  if (flow.kind != 'f' || flow.is_by_columns ||
      flow.shape != std::vector<std::uint64_t>{samples, flow_count})
    flow_->refuse("expected floats in C order, " + std::to_string(samples) + " by " +
                  std::to_string(flow_count));
}

void NpzReader::read_label() {
  const auto label = NpzArray::open(archive_, path_, "label");
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
  const bool by_columns = volumes_.size() == depth_;
  for (std::size_t i = 0; i < depth_; ++i) {
    double& volume = sample.volumes[i];
    volume = volumes_[by_columns ? i : 0]->number();
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
  for (const std::string& other : {read_time(sample), read_flow(sample)})
    if (problem.empty()) problem = other;
  return problem;
}

/// As read().
std::string NpzReader::read_flow(Sample& sample) {
  std::string problem;
  sample.flow.resize(flow_ ? flow_count : 0);
  for (double& number : sample.flow) {
    number = flow_->number();
    if (!std::isfinite(number)) problem = "expected a finite flow, found " + to_text(number);
  }
  const std::int64_t move = move_ ? move_->integer() : 1;
  if (move <= 0) problem = "expected a number of a move, above 0, found " + std::to_string(move);
  sample.move = move_ ? static_cast<std::uint64_t>(move) : 0;
  return problem;
}

/// As read().
std::string NpzReader::read_time(Sample& sample) {
  sample.time.reset();
  if (timestamp_) {
    const std::int64_t number = timestamp_->integer(), unit = timestamp_->layout().unit;
    std::int64_t nanoseconds = 0;
    if (!__builtin_mul_overflow(number, unit, &nanoseconds))
      sample.time = to_date_time(Timestamp{std::chrono::nanoseconds{nanoseconds}});
    if (sample.time && to_timestamp(*sample.time)) return "";
    return "expected a time from 1970 to 2261, found " + std::to_string(number);
  }
  if (!date_) return "";
  const std::int64_t date = date_->integer(), time = time_->integer();
  constexpr std::int64_t beyond_any = 1'000'000'000;
  const bool possible = date > 0 && date < beyond_any && time >= 0 && time < beyond_any;
  if (possible) sample.time = {.date = static_cast<int>(date), .time = static_cast<int>(time)};
  if (possible && to_timestamp(*sample.time)) return "";
  return "expected a date and time that exist, found " + std::to_string(date) + " " +
         std::to_string(time);
}

}  // namespace obkit::dataset
