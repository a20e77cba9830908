#include "npz_writer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include <zlib.h>

#include "obkit/core/encoding.hpp"
#include "obkit/core/time.hpp"
#include "obkit/dataset/label_rule.hpp"

namespace obkit::dataset {
namespace {

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text = "(";
  for (const std::uint64_t length : shape) text.append(std::to_string(length)).append(", ");
  if (shape.size() == 1) text.pop_back();              // "(5,)"
  if (shape.size() > 1) text.resize(text.size() - 2);  // "(5, 4)"
  return text + ")";
}

/// What stands in a .npy file in front of the numbers of an array in C order; a `shape` without
/// numbers is a single value. `type` as NumPy writes it: "<f4".
/// Source: NumPy Enhancement Proposal 1, version 1.0.
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

constexpr std::uint32_t in_64_bits = 0xFFFFFFFF;  ///< "see the 64-bit field"
constexpr std::uint16_t version = 45;             ///< the first with 64-bit fields
constexpr std::uint16_t zip64_tag = 1;
constexpr std::uint16_t first_of_january_1980 = 1 << 5 | 1;

void append_2(std::string& out, std::uint64_t value) { append_little_endian<2>(out, value); }
void append_4(std::string& out, std::uint64_t value) { append_little_endian<4>(out, value); }
void append_8(std::string& out, std::uint64_t value) { append_little_endian<8>(out, value); }

/// What a local header and a directory entry have in common, from "version needed" to the length
/// of the name.
void append_description(std::string& out, std::uint32_t crc, std::size_t name_size) {
  append_2(out, version);
  append_2(out, 0);  // flags
  append_2(out, 0);  // method: stored
  append_2(out, 0);  // time
  append_2(out, first_of_january_1980);
  append_4(out, crc);
  append_4(out, in_64_bits);  // compressed size
  append_4(out, in_64_bits);  // size
  append_2(out, name_size);
}

/// The CRC-32 of a ZIP archive; `before` is that of the bytes before these.
std::uint32_t crc32_of(std::string_view bytes, std::uint32_t before = 0) {
  return static_cast<std::uint32_t>(
      ::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// That of a first and a second part of `second_size` bytes.
std::uint32_t joined_crc32(std::uint32_t first, std::uint32_t second, std::uint64_t second_size) {
  return static_cast<std::uint32_t>(
      ::crc32_combine64(first, second, static_cast<z_off64_t>(second_size)));
}

/// A ZIP archive of entries that are not compressed, in one pass: a pipe can take it. Always with
/// the 64-bit fields, so any size is written in the one same way. No time of day and nothing of the
/// machine is in it.
/// Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3.
class ZipArchive {
 public:
  /// What stands before an entry of `size` bytes with this checksum. Its length depends on that of
  /// the name alone.
  [[nodiscard]] std::string begin_entry(const std::string& name, std::uint64_t size,
                                        std::uint32_t crc);
  /// The directory, which stands at the end.
  [[nodiscard]] std::string directory() const;

 private:
  struct Entry {
    std::string name;
    std::uint64_t size;
    std::uint32_t crc;
    std::uint64_t offset;
  };

  std::uint64_t size_ = 0;  ///< of all entries
  std::vector<Entry> entries_;
};

std::string ZipArchive::begin_entry(const std::string& name, std::uint64_t size,
                                    std::uint32_t crc) {
  entries_.push_back({.name = name, .size = size, .crc = crc, .offset = size_});
  std::string header = "PK\x03\x04";
  append_description(header, crc, name.size());
  append_2(header, 20);  // length of the extra fields
  header += name;
  append_2(header, zip64_tag);
  append_2(header, 16);
  append_8(header, size);
  append_8(header, size);  // compressed
  size_ += header.size() + size;
  return header;
}

std::string ZipArchive::directory() const {
  std::string directory;
  for (const Entry& entry : entries_) {
    directory += "PK\x01\x02";
    append_2(directory, version);  // made by
    append_description(directory, entry.crc, entry.name.size());
    append_2(directory, 28);                // length of the extra fields
    directory.append(2 + 2 + 2 + 4, '\0');  // comment, disk, attributes
    append_4(directory, in_64_bits);        // offset
    directory += entry.name;
    append_2(directory, zip64_tag);
    append_2(directory, 24);
    append_8(directory, entry.size);
    append_8(directory, entry.size);  // compressed
    append_8(directory, entry.offset);
  }
  const std::uint64_t directory_size = directory.size();
  directory += "PK\x06\x06";
  append_8(directory, 44);  // of the rest of this record
  append_2(directory, version);
  append_2(directory, version);
  append_8(directory, 0);  // disks
  append_8(directory, entries_.size());
  append_8(directory, entries_.size());
  append_8(directory, directory_size);
  append_8(directory, size_);
  directory += "PK\x06\x07";
  append_4(directory, 0);  // disk
  append_8(directory, size_ + directory_size);
  append_4(directory, 1);  // disks
  directory += "PK\x05\x06";
  append_4(directory, 0);  // disks
  append_2(directory, entries_.size());
  append_2(directory, entries_.size());
  append_4(directory, in_64_bits);  // size
  append_4(directory, in_64_bits);  // offset
  append_2(directory, 0);           // comment
  return directory;
}

constexpr NpzColumn timestamps{"timestamp", "<i8", false};

/// Whether samples of such a label say of which move.
bool is_of_moves(const std::string& label) {
  const auto rule = rule_of_label(label);
  return rule && (rule->kind == LabelRule::Kind::next || rule->kind == LabelRule::Kind::every);
}

std::uint64_t nanoseconds_of(DateTime time) {
  return static_cast<std::uint64_t>(to_timestamp(time).value().time_since_epoch().count());
}

/// The numbers as values of a type, the lowest byte first.
template <class Value, class Convert>
void append_values(std::string& out, std::span<const double> numbers, Convert convert) {
  const std::size_t begin = out.size();
  out.resize(begin + numbers.size() * sizeof(Value));
  char* to = out.data() + begin;
  for (const double number : numbers) {
    auto bytes = std::bit_cast<std::array<char, sizeof(Value)>>(convert(number));
    if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(bytes);
    std::memcpy(to, bytes.data(), bytes.size());
    to += bytes.size();
  }
}

void append_doubles(std::string& out, std::span<const double> numbers) {
  append_values<double>(out, numbers, [](double number) { return number; });
}

void append_floats(std::string& out, std::span<const double> volumes) {
  append_values<float>(out, volumes, [](double volume) {
    constexpr double largest = std::numeric_limits<float>::max();
    return static_cast<float>(std::min(volume, largest));
  });
}

/// UTF-32, as NumPy keeps text.
std::string text_array(std::string_view text) {
  std::string bytes = npy_header("<U" + std::to_string(text.size()), {});
  for (const char c : text) append_little_endian<4>(bytes, static_cast<unsigned char>(c));
  return bytes;
}

}  // namespace

std::vector<NpzColumn> npz_columns(const DatasetOptions& options) {
  const bool has_labels = options.label != "none";
  std::vector<NpzColumn> columns{{"volumes", "<f4", true}};
  if (has_labels) columns.push_back({"direction", "|u1", false});
  columns.push_back(timestamps);
  for (const char* const name : {"mid", "best_bid", "best_ask"})
    columns.push_back({name, "<f8", false});
  if (options.has_prices) columns.push_back({"prices", "<f8", true});
  if (options.has_flow) columns.push_back({"flow", "<f8", false, flow_count});
  if (options.has_flow && is_of_moves(options.label)) columns.push_back({"move", "<i8", false});
  if (!has_labels) columns.push_back({"gap", "|b1", false});
  return columns;
}

void append_arrays(const Sample& sample, std::vector<std::string>& columns) {
  assert(sample.time && sample.volumes_text.empty());
  auto column = columns.begin();
  append_floats(*column++, sample.volumes);
  if (sample.direction != unlabelled) append_little_endian<1>(*column++, sample.direction);
  append_little_endian<8>(*column++, nanoseconds_of(*sample.time));
  for (const double number : {sample.mid, sample.best_bid, sample.best_ask})
    append_doubles(*column++, {&number, 1});
  if (!sample.prices.empty()) append_doubles(*column++, sample.prices);
  if (!sample.flow.empty()) {
    append_doubles(*column++, sample.flow);
    if (sample.move > 0) append_little_endian<8>(*column++, sample.move);
  }
  if (sample.direction == unlabelled) append_little_endian<1>(*column++, sample.gap ? 1 : 0);
  assert(column == columns.end());
}

namespace {

std::vector<std::uint64_t> shape_of(const NpzColumn& column, std::uint64_t samples,
                                    std::size_t depth) {
  if (column.has_depth) return {samples, depth};
  if (column.width > 1) return {samples, column.width};
  return {samples};
}

/// An array without its head.
struct Content {
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
};

/// What stands before the numbers of an array. It is as long for any content of the same column,
/// since a shape of any two lengths fits in where NumPy's headers are filled up.
std::string head_of(ZipArchive& zip, const NpzColumn& column, Content content,
                    std::uint64_t samples, std::size_t depth) {
  const std::string header = npy_header(column.type, shape_of(column, samples, depth));
  return zip.begin_entry(std::string{column.name} + ".npy", header.size() + content.size,
                         joined_crc32(crc32_of(header), content.crc, content.size)) +
         header;
}

}  // namespace

NpzWriter::NpzWriter(std::unique_ptr<ByteSink> sink, const DatasetOptions& options)
    : sink_{std::move(sink)}, file_{dynamic_cast<FileSink*>(sink_.get())}, label_{options.label} {
  for (const NpzColumn& column : npz_columns(options))
    arrays_.push_back({.column = column, .bytes = Spool{options.scratch_folder}});
  ZipArchive none;
  if (file_ != nullptr) file_->write(head_of(none, arrays_.front().column, {}, 0, 0));
}

void NpzWriter::append(std::size_t column, std::string_view bytes) {
  Array& array = arrays_[column];
  array.size += bytes.size();
  array.crc = crc32_of(bytes, array.crc);
  if (column == 0 && file_ != nullptr) return file_->write(bytes);
  array.bytes.append(bytes);
}

void NpzWriter::close(std::size_t depth) {
  const auto times = std::find_if(arrays_.begin(), arrays_.end(), [](const Array& array) {
    return array.column.name == timestamps.name;
  });
  const std::uint64_t samples = times->size / sizeof(std::int64_t);
  ZipArchive zip;
  for (Array& array : arrays_) {
    const std::string head =
        head_of(zip, array.column, {.size = array.size, .crc = array.crc}, samples, depth);
    if (file_ != nullptr && &array == &arrays_.front()) {
      file_->overwrite(0, head);
      continue;
    }
    sink_->write(head);
    array.bytes.pour(*sink_);
  }
  const std::string label = text_array(label_);
  sink_->write(zip.begin_entry("label.npy", label.size(), crc32_of(label)));
  sink_->write(label);
  sink_->write(zip.directory());
  sink_->close();
}

}  // namespace obkit::dataset
