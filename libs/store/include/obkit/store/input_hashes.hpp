#pragma once

#include <memory>
#include <optional>
#include <string>

#include "obkit/store/input.hpp"

namespace obkit::store {

/// SHA-256 of inputs, worked out while they are read: of the bytes that were read, whatever becomes
/// of the file meanwhile. A large file is read and hashed ahead, on a thread of its own.
class InputHashes {
 public:
  InputHashes();
  InputHashes(const InputHashes&) = delete;
  InputHashes& operator=(const InputHashes&) = delete;
  ~InputHashes();

  /// The same inputs, of which the bytes as they are on the disk are hashed. Must outlive them, who
  /// may be read by several threads, each by one. A pipe ("-") has no hash.
  [[nodiscard]] std::unique_ptr<InputSequence> follow(std::unique_ptr<InputSequence> inputs);
  /// As store::open_input(); several may be read side by side. Must outlive what it gives.
  [[nodiscard]] std::unique_ptr<ByteSource> open_input(const std::string& path);
  /// As sha256_of_file(): that of what was read. Where an input was not read to its end, or not at
  /// all, it is read now. Empty for "-". Pre: none is being read. Throws IoError.
  [[nodiscard]] std::string of(const std::string& path) const;

 private:
  class Followed;
  struct State;

  [[nodiscard]] static std::unique_ptr<ByteSource> hashed(std::unique_ptr<ByteSource> source,
                                                          const std::string& path, Ahead ahead,
                                                          State& state);

  std::unique_ptr<State> state_;
};

}  // namespace obkit::store
