#include "obkit/store/input_hashes.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "bytes/sha256.hpp"

namespace obkit::store {

struct InputHashes::State {
  void add(const std::string& path, std::string hash) {
    const std::lock_guard lock{mutex};
    hashes[path] = std::move(hash);
  }

  std::mutex mutex;
  std::map<std::string, std::string> hashes;  ///< by path
};

/// Bytes of one input.
class InputHashes::Hashed final : public ByteSource {
 public:
  Hashed(std::unique_ptr<ByteSource> source, std::string path, State& state)
      : source_{std::move(source)}, path_{std::move(path)}, state_{state} {}

  std::size_t read(std::span<char> block) override {
    const std::size_t count = source_->read(block);
    if (count > 0)
      hash_.add(std::string_view{block.data(), count});
    else if (!std::exchange(ended_, true))
      state_.add(path_, hash_.hex());
    return count;
  }
  [[nodiscard]] bool would_wait(std::chrono::milliseconds longer_than) const override {
    return source_->would_wait(longer_than);
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string path_;
  State& state_;
  BackgroundHash hash_;
  bool ended_ = false;
};

class InputHashes::Followed final : public InputSequence {
 public:
  Followed(std::unique_ptr<InputSequence> inputs, State& state)
      : inputs_{std::move(inputs)}, state_{state} {}

  std::optional<Input> next() override {
    auto input = inputs_->next();
    if (input)
      input->source = std::make_unique<Hashed>(std::move(input->source), input->path, state_);
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

std::optional<std::string> InputHashes::of(const std::string& path) const {
  const auto found = state_->hashes.find(path);
  return found == state_->hashes.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace obkit::store
