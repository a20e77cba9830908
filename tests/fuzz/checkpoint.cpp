// A checkpoint of a small training. The input lacks the checksum at the end, which no chance would
// hit: it is put there.

#include "obkit/neural/checkpoint.hpp"

#include <string>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/neural/training.hpp"

#include "fuzz.hpp"
#include "training/fingerprint.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace obkit::neural;
  Recipe recipe;
  recipe.units = {2, 2};
  const std::vector<TrainingState> fresh{begin_training(recipe, 2, 0)};
  std::string bytes = obkit::fuzz::to_text(data, size);
  const std::uint64_t sum = checksum(bytes);
  for (int shift = 0; shift < 64; shift += 8)
    bytes += static_cast<char>(static_cast<unsigned char>(sum >> shift));
  try {
    const auto states = read_checkpoint(bytes, "checkpoint", "a=1\n", fresh);
    obkit::fuzz::require(states.size() == 1);
    // What was taken is all that the file held.
    if (states[0].epochs > 0)
      obkit::fuzz::require(to_bytes({.subject = "a=1\n", .members = {states[0]}}) == bytes);
  } catch (const obkit::DataError&) {  // nothing else may come out
  }
  return 0;
}
