#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace obkit::neural {

/// Stands where an address would, when there is nothing to point at.
inline constexpr std::uint64_t hdf5_no_address = ~std::uint64_t{0};

/// Takes little-endian numbers from the front of some bytes of an HDF5 file. What is not there is a
/// DataError. Lives no longer than the bytes and the name.
class Hdf5Cursor {
 public:
  Hdf5Cursor(std::string_view bytes, const std::string& file) : rest_{bytes}, file_{&file} {}

  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  [[nodiscard]] std::uint64_t u64() { return number(8); }
  /// Of `size` bytes. Pre: size <= 8.
  [[nodiscard]] std::uint64_t number(std::size_t size);
  [[nodiscard]] std::string_view take(std::uint64_t size);
  void skip(std::uint64_t size) { static_cast<void>(take(size)); }
  /// Refuses bytes that are not `signature`.
  void expect(std::string_view signature);

  /// A cursor over other bytes of the same file.
  [[nodiscard]] Hdf5Cursor within(std::string_view bytes) const { return {bytes, *file_}; }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

  [[noreturn]] void fail(std::string_view problem) const;

 private:
  std::string_view rest_;
  const std::string* file_;
};

/// All bytes of an HDF5 file. Lives no longer than they and the name.
class Hdf5Bytes {
 public:
  /// More structures than any model has: links in a circle end there.
  static constexpr std::size_t most_visits = 1'000'000;

  Hdf5Bytes(std::string_view bytes, const std::string& name) : bytes_{bytes}, name_{&name} {}

  /// From an address to the end of the file; a visit.
  [[nodiscard]] Hdf5Cursor from(std::uint64_t address) const;
  /// `size` bytes at an address; a visit.
  [[nodiscard]] Hdf5Cursor at(std::uint64_t address, std::uint64_t size) const;
  /// To be called for whatever is looked at, so that it ends.
  void visit(std::size_t structures) const;

 private:
  std::string_view bytes_;
  const std::string* name_;
  mutable std::size_t visits_ = 0;
};

/// One message of the header of a group or a dataset.
struct Hdf5Message {
  enum Type : std::uint16_t {
    data_space = 0x1,
    link_info = 0x2,
    data_type = 0x3,
    link = 0x6,
    external_files = 0x7,
    data_layout = 0x8,
    filters = 0xb,
    attribute = 0xc,
    continuation = 0x10,
    symbol_table = 0x11,
    attribute_info = 0x15
  };
  std::uint16_t type = 0;
  bool shared = false;  ///< its data say where it really stands
  std::string_view data;
};

/// All messages of a header (of either version, with its continuations), in order.
[[nodiscard]] std::vector<Hdf5Message> read_header(const Hdf5Bytes& file, std::uint64_t address);

/// The data of the only message of a type that may not stand elsewhere; an empty view where there
/// is none. `cursor` is for messages.
[[nodiscard]] std::string_view find_message(const std::vector<Hdf5Message>& header,
                                            Hdf5Message::Type type, const Hdf5Cursor& cursor);

/// What an element is.
struct Hdf5Type {
  enum class Kind : std::uint8_t {
    floating,      ///< IEEE, little-endian, of 2, 4 or 8 bytes
    integer,       ///< of any kind
    text,          ///< `size` bytes, filled up with NUL or blanks
    varying_text,  ///< a reference to a global heap
    other
  };
  Kind kind = Kind::other;
  std::uint32_t size = 0;  ///< of an element in bytes
};

using Hdf5Shape = std::vector<std::uint64_t>;  ///< empty for a scalar

/// Elements in the file's own bytes.
struct Hdf5Value {
  Hdf5Type type;
  Hdf5Shape shape;
  std::string_view bytes;
};

[[nodiscard]] Hdf5Type read_type(Hdf5Cursor cursor);
[[nodiscard]] Hdf5Shape read_shape(Hdf5Cursor cursor);

/// Bytes that all elements need. Refuses more than `most`, and elements of no size; `cursor` is for
/// messages.
[[nodiscard]] std::size_t byte_count(const Hdf5Type& type, const Hdf5Shape& shape, std::size_t most,
                                     const Hdf5Cursor& cursor);

/// From the message of an attribute; empty where it bears another name.
[[nodiscard]] std::optional<Hdf5Value> read_attribute(Hdf5Cursor cursor, std::string_view name);

/// Address of the member of a group that bears this name. Links to names and to other files are
/// refused, as are groups so large that their links stand outside the header.
[[nodiscard]] std::optional<std::uint64_t> find_link(const Hdf5Bytes& file,
                                                     const std::vector<Hdf5Message>& group,
                                                     std::string_view name);

}  // namespace obkit::neural
