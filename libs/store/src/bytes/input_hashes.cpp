#include "obkit/store/input_hashes.hpp"

#include <map>
#include <mutex>
#include <utility>

#include "bytes/hash_ahead.hpp"
#include "bytes/sha256.hpp"

namespace obkit::store {

struct InputHashes::State {
  std::mutex mutex;
  std::map<std::string, std::string> hashes;  ///< by path
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

std::unique_ptr<ByteSource> InputHashes::hashed(std::unique_ptr<ByteSource> source,
                                                const std::string& path, Ahead ahead,
                                                State& state) {
  if (path == "-") return source;
  return std::make_unique<HashAhead>(std::move(source), ahead, [path, &state](std::string hash) {
    const std::lock_guard lock{state.mutex};
    state.hashes[path] = std::move(hash);
  });
}

}  // namespace obkit::store
