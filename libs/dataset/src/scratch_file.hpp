#pragma once

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>

#include "obkit/core/descriptor.hpp"
#include "obkit/core/error.hpp"

namespace obkit::dataset {

/// A file without a name: nobody else sees it, and it goes with the process, however that ends.
class ScratchFile {
 public:
  /// Throws IoError, as do the others.
  explicit ScratchFile(const std::string& folder)
      : name_{"a temporary file in " + folder}, file_{open_nameless_file(folder)} {
    if (!file_.is_open()) throw IoError{IoError::During::create, name_, errno};
  }

  void write_at(std::uint64_t offset, std::span<const char> bytes) {
    obkit::write_at(file_.get(), offset, bytes, name_);
  }
  /// Pre: these bytes were written.
  void read_at(std::uint64_t offset, std::span<char> out) const {
    if (obkit::read_at(file_.get(), offset, out, name_) < out.size())
      throw IoError{IoError::During::read, name_, "it is shorter than was written"};
  }

 private:
  std::string name_;  ///< for messages
  Descriptor file_;
};

}  // namespace obkit::dataset
