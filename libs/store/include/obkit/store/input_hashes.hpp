#pragma once

#include <memory>
#include <optional>
#include <string>

#include "obkit/store/input.hpp"

namespace obkit::store {

/// SHA-256 of inputs, worked out while they are read, on a thread of its own.
class InputHashes {
 public:
  InputHashes();
  InputHashes(const InputHashes&) = delete;
  InputHashes& operator=(const InputHashes&) = delete;
  ~InputHashes();

  /// The same inputs, of which the bytes as they are on the disk are hashed. Must outlive them, who
  /// may be read by several threads, each by one.
  [[nodiscard]] std::unique_ptr<InputSequence> follow(std::unique_ptr<InputSequence> inputs);
  /// As sha256_of_file() of what was read; empty where an input was not read to its end. Pre: none
  /// is being read.
  [[nodiscard]] std::optional<std::string> of(const std::string& path) const;

 private:
  class Followed;
  class Hashed;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace obkit::store
