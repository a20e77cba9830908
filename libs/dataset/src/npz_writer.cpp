#include "npz_writer.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>
#include <utility>

#include "obkit/core/little_endian.hpp"

#include "npy_header.hpp"
#include "zip_writer.hpp"

namespace obkit::dataset {
namespace {

void append_float(std::string& out, double volume) {
  constexpr double largest = std::numeric_limits<float>::max();
  append_little_endian<4>(
      out, std::bit_cast<std::uint32_t>(static_cast<float>(std::min(volume, largest))));
}

/// UTF-32, as NumPy keeps text.
std::string text_array(std::string_view text) {
  std::string bytes = npy_header("<U" + std::to_string(text.size()), {});
  for (const char c : text) append_little_endian<4>(bytes, static_cast<unsigned char>(c));
  return bytes;
}

}  // namespace

void append_arrays(const Sample& sample, std::vector<std::string>& columns) {
  assert(sample.time && sample.volumes_text.empty());
  for (const double volume : sample.volumes) append_float(columns[0], volume);
  append_little_endian<1>(columns[1], sample.direction);
  append_little_endian<4>(columns[2], static_cast<std::uint64_t>(sample.time->date));
  append_little_endian<4>(columns[3], static_cast<std::uint64_t>(sample.time->time));
}

NpzWriter::NpzWriter(std::unique_ptr<ByteSink> sink, std::string label,
                     const std::string& scratch_folder)
    : sink_{std::move(sink)}, label_{std::move(label)} {
  for (std::size_t i = 0; i < npz_columns.size(); ++i)
    arrays_.push_back({.bytes = Spool{scratch_folder}});
}

void NpzWriter::append(std::size_t column, std::string_view bytes) {
  arrays_[column].bytes.append(bytes);
  arrays_[column].crc = crc32_of(bytes, arrays_[column].crc);
}

void NpzWriter::close(std::size_t depth) {
  const std::uint64_t samples = arrays_[1].bytes.size();
  ZipWriter zip{*sink_};
  for (std::size_t i = 0; i < npz_columns.size(); ++i) {
    const NpzColumn& column = npz_columns[i];
    const std::string header = column.has_depth ? npy_header(column.type, {samples, depth})
                                                : npy_header(column.type, {samples});
    Array& array = arrays_[i];
    zip.begin_entry(std::string{column.name} + ".npy", header.size() + array.bytes.size(),
                    joined_crc32(crc32_of(header), array.crc, array.bytes.size()));
    sink_->write(header);
    array.bytes.pour(*sink_);
  }
  const std::string label = text_array(label_);
  zip.begin_entry("label.npy", label.size(), crc32_of(label));
  sink_->write(label);
  zip.finish();
  sink_->close();
}

}  // namespace obkit::dataset
