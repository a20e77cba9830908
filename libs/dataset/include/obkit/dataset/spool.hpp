#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "obkit/core/byte_stream.hpp"
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

/// Bytes that are kept until they can be written where they belong, in flat memory: beyond
/// `memory_bytes` they go to a file without a name in the scratch folder.
class Spool {
 public:
  static constexpr std::size_t usual_memory = std::size_t{256} * 1024;

  explicit Spool(std::string scratch_folder, std::size_t memory_bytes = usual_memory);
  Spool(Spool&&) noexcept;
  Spool& operator=(Spool&&) noexcept;
  ~Spool();

  /// Throws IoError.
  void append(std::string_view bytes);
  [[nodiscard]] std::uint64_t size() const;
  /// All bytes, block by block, in order. Throws IoError, and what `sink` throws.
  void pour(ByteSink& sink);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::dataset
