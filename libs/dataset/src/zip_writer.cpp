#include "zip_writer.hpp"

#include <zlib.h>

#include "obkit/core/little_endian.hpp"

namespace obkit::dataset {
namespace {

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

}  // namespace

std::uint32_t crc32_of(std::string_view bytes, std::uint32_t before) {
  return static_cast<std::uint32_t>(
      ::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint32_t joined_crc32(std::uint32_t first, std::uint32_t second, std::uint64_t second_size) {
  return static_cast<std::uint32_t>(
      ::crc32_combine64(first, second, static_cast<z_off64_t>(second_size)));
}

void ZipWriter::begin_entry(const std::string& name, std::uint64_t size, std::uint32_t crc) {
  entries_.push_back({.name = name, .size = size, .crc = crc, .offset = written_});
  std::string header = "PK\x03\x04";
  append_description(header, crc, name.size());
  append_2(header, 20);  // length of the extra fields
  header += name;
  append_2(header, zip64_tag);
  append_2(header, 16);
  append_8(header, size);
  append_8(header, size);  // compressed
  sink_.write(header);
  written_ += header.size() + size;
}

void ZipWriter::finish() {
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
  append_8(directory, written_);
  directory += "PK\x06\x07";
  append_4(directory, 0);  // disk
  append_8(directory, written_ + directory_size);
  append_4(directory, 1);  // disks
  directory += "PK\x05\x06";
  append_4(directory, 0);  // disks
  append_2(directory, entries_.size());
  append_2(directory, entries_.size());
  append_4(directory, in_64_bits);  // size
  append_4(directory, in_64_bits);  // offset
  append_2(directory, 0);           // comment
  sink_.write(directory);
}

}  // namespace obkit::dataset
