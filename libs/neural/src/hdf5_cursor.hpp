#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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

}  // namespace obkit::neural
