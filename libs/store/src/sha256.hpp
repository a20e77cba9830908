#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/file_hash.hpp"

struct evp_md_ctx_st;

namespace obkit::store {

/// SHA-256 of bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const char> bytes);
  /// 64 hexadecimal digits, in lower case. Ends it.
  [[nodiscard]] std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// Passes on what `source` gives and adds it to `hash` and its length to `bytes`, which both must
/// outlive it.
[[nodiscard]] std::unique_ptr<ByteSource> hashed(std::unique_ptr<ByteSource> source, Sha256& hash,
                                                 std::uint64_t& bytes);

}  // namespace obkit::store
