// A model file of Keras: one that was read is written as a native file that reads back to itself.

#include <string>

#include "obkit/core/error.hpp"

#include "fuzz.hpp"
#include "model_round_trip.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Bytes that say that they are HDF5, so that nothing else is tried.
  std::string bytes = "\x89HDF\r\n\x1a\n";
  if (size > bytes.size()) bytes.append(obkit::fuzz::to_text(data, size), bytes.size());
  try {
    obkit::fuzz::require_round_trip(obkit::neural::Model::from_bytes(bytes, "model"));
  } catch (const obkit::DataError&) {  // nothing else may come out
  }
  return 0;
}
