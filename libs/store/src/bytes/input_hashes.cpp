#include "obkit/store/input_hashes.hpp"

#include <map>
#include <mutex>
#include <utility>

#include "bytes/read_ahead.hpp"
#include "bytes/sha256.hpp"

namespace obkit::store {

struct InputHashes::State {
  std::mutex mutex;
  std::map<std::string, std::string> hashes;  ///< by path
};

/// Hashes the bytes of one input as they are read.
class InputHashes::Hashed final : public ByteSource {
 public:
  Hashed(std::unique_ptr<ByteSource> source, std::string path, State& state)
      : source_{std::move(source)}, path_{std::move(path)}, state_{state} {}

  std::size_t read(std::span<char> block) override {
    const std::size_t count = source_->read(block);
    if (count > 0)
      hash_.add(block.first(count));
    else if (!std::exchange(ended_, true))
      end();
    return count;
  }
  [[nodiscard]] bool would_wait(std::chrono::milliseconds longer_than) const override {
    return source_->would_wait(longer_than);
  }

 private:
  void end() {
    std::string hash = hash_.hex();
    const std::lock_guard lock{state_.mutex};
    state_.hashes[path_] = std::move(hash);
  }

  std::unique_ptr<ByteSource> source_;
  std::string path_;
  State& state_;
  Sha256 hash_;
  bool ended_ = false;
};

class InputHashes::Followed final : public InputSequence {
 public:
  Followed(std::unique_ptr<InputSequence> inputs, State& state)
      : inputs_{std::move(inputs)}, state_{state} {}

  std::optional<Input> next() override {
    auto input = inputs_->next();
    if (input) input->source = hashed(std::move(input->source), input->path, input->ahead, state_);
    return input;
  }

 private:
  std::unique_ptr<InputSequence> inputs_;
  State& state_;
};

InputHashes::InputHashes() : state_{std::make_unique<State>()} {}
InputHashes::~InputHashes() = default;

std::unique_ptr<InputSequence> InputHashes::follow(std::unique_ptr<InputSequence> inputs) {
  return std::make_unique<Followed>(std::move(inputs), *state_);
}

std::unique_ptr<ByteSource> InputHashes::open_input(const std::string& path) {
  const Ahead ahead = ahead_for(path);
  return decompressed(hashed(open_source(path), path, ahead, *state_), display_name(path), ahead);
}

std::string InputHashes::of(const std::string& path) const {
  if (path == "-") return "";
  const auto found = state_->hashes.find(path);
  return found == state_->hashes.end() ? sha256_of_file(path) : found->second;
}

/// A large file is read and hashed on a thread of its own, ahead of who takes its bytes.
std::unique_ptr<ByteSource> InputHashes::hashed(std::unique_ptr<ByteSource> source,
                                                const std::string& path, Ahead ahead,
                                                State& state) {
  if (path == "-") return source;
  source = std::make_unique<Hashed>(std::move(source), path, state);
  if (ahead == Ahead::no) return source;
  return std::make_unique<ReadAhead>(std::move(source));
}

}  // namespace obkit::store
