#pragma once

#include <memory>
#include <optional>
#include <string>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/input.hpp"

namespace obkit::store {

/// Inputs that are opened one after the other.
class InputSequence {
 public:
  struct Input {
    std::string path;
    std::unique_ptr<ByteSource> source;  ///< as it is on the disk, compressed or not
    /// It is the input before, read anew because it was cut or replaced: what is not later than the
    /// last book was there already.
    bool again = false;
    Ahead ahead = Ahead::no;
  };

  InputSequence() = default;
  InputSequence(const InputSequence&) = delete;
  InputSequence& operator=(const InputSequence&) = delete;
  virtual ~InputSequence() = default;

  /// The next one; empty at the end. Pre: the one before was read to its end. Throws IoError.
  [[nodiscard]] virtual std::optional<Input> next() = 0;
};

}  // namespace obkit::store
