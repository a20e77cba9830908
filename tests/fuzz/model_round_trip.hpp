#pragma once

#include "obkit/neural/model.hpp"

#include "fuzz.hpp"

namespace obkit::fuzz {

/// A model that was read can be written as a native file and read again, and is the same then.
inline void require_round_trip(const neural::Model& model) {
  const std::string text = model.to_json();
  require(neural::Model::from_json(text, "again").to_json() == text);
}

}  // namespace obkit::fuzz
