// Compressed bytes or a tar archive, damaged or not: the same in blocks of any size, or refused in
// both.

#include <algorithm>
#include <optional>
#include <string>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "bytes/packed_file.hpp"
#include "fuzz.hpp"
#include "support/memory_source.hpp"

namespace {

using namespace obkit;

constexpr std::size_t enough = std::size_t{1} << 20;  // few bytes can become very many

/// The start of what comes out; empty where the bytes are refused.
std::optional<std::string> read(const std::string& bytes, std::size_t block) {
  std::string all, part(block, '\0');
  try {
    const auto source =
        store::untarred(store::decompressed(memory(bytes, block), "bytes"), "bytes");
    while (const std::size_t count = all.size() < enough ? source->read(part) : 0)
      all.append(part, 0, count);
  } catch (const Error&) {  // damaged, or a window that memory does not hold
    return std::nullopt;
  }
  all.resize(std::min(all.size(), enough));
  return all;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = fuzz::to_text(data, size);
  const auto whole = read(bytes, std::size_t{1} << 17), parts = read(bytes, 97);
  // A block may end before the damage is met.
  fuzz::require(!whole || !parts || *whole == *parts);
  return 0;
}
