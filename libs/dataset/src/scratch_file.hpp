#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace obkit::dataset {

/// A file without a name: nobody else sees it, and it goes with the process, however that ends.
class ScratchFile {
 public:
  /// Throws IoError, as do the others.
  explicit ScratchFile(const std::string& folder);
  ScratchFile(ScratchFile&& other) noexcept;
  ScratchFile& operator=(ScratchFile&& other) noexcept;
  ~ScratchFile();

  void write_at(std::uint64_t offset, std::span<const char> bytes);
  /// Pre: these bytes were written.
  void read_at(std::uint64_t offset, std::span<char> out) const;

 private:
  std::string name_;  ///< for messages
  int fd_ = -1;
};

}  // namespace obkit::dataset
