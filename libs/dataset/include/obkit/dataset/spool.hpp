#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "obkit/core/byte_stream.hpp"

namespace obkit::dataset {

/// Bytes that are kept until they can be written where they belong, in flat memory: beyond
/// `memory_bytes` they go to a file without a name in the scratch folder.
class Spool {
 public:
  static constexpr std::size_t usual_memory = std::size_t{1} * 1024 * 1024;

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
