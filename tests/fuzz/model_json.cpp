// A native model file: one that was read is written as a file that reads back to itself.

#include <string>

#include "obkit/core/error.hpp"

#include "fuzz.hpp"
#include "model_round_trip.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    obkit::fuzz::require_round_trip(
        obkit::neural::Model::from_json(obkit::fuzz::to_text(data, size), "model"));
  } catch (const obkit::DataError&) {  // nothing else may come out
  }
  return 0;
}
