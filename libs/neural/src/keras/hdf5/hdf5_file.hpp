#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keras/hdf5/hdf5_object.hpp"

namespace obkit::neural {

inline constexpr std::string_view hdf5_signature = "\x89HDF\r\n\x1a\n";

/// A group or a dataset: what its header says.
using Hdf5Object = std::vector<Hdf5Message>;

/// An HDF5 file in memory, read only, as far as h5py's own settings go: groups with symbol tables
/// or with links in their header, attributes in the header, data that are contiguous, compact, or
/// in chunks with deflate and shuffle. All else is refused by name.
///
/// libhdf5 was not made for hostile files. Here each byte is taken behind a bounds check, no more
/// is allocated than the caller said, and the number of structures that are visited is bounded.
/// Source: "HDF5 File Format Specification Version 3.0", The HDF Group.
///
/// All that is not as it should be is a DataError. Lives no longer than the bytes and the name.
class Hdf5File {
 public:
  Hdf5File(std::string_view bytes, const std::string& name);

  [[nodiscard]] Hdf5Object root() const { return read_header(bytes_, root_); }
  /// By a path below `from`, its parts parted by '/'.
  [[nodiscard]] std::optional<Hdf5Object> find(const Hdf5Object& from, std::string_view path) const;
  /// The texts of an attribute, one or a list; empty where it is not there.
  [[nodiscard]] std::optional<std::vector<std::string_view>> texts(const Hdf5Object& of,
                                                                   std::string_view name) const;
  /// The elements of a dataset; `storage` is memory for those that the file has in pieces.
  [[nodiscard]] Hdf5Value read(const Hdf5Object& dataset, std::size_t most_bytes,
                               std::string& storage) const;

 private:
  [[nodiscard]] std::string_view text(Hdf5Cursor& elements, const Hdf5Type& type) const;

  Hdf5Bytes bytes_;
  std::uint64_t root_;
};

}  // namespace obkit::neural
