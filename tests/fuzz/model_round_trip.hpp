#pragma once

#include "obkit/neural/model_file.hpp"

#include "fuzz.hpp"

namespace obkit::fuzz {

/// A model that was read can be written and read again, and is the same then.
inline void require_round_trip(const neural::Model& model) {
  const std::string text = model.to_json();
  require(neural::Model::from_json(text, "again").to_json() == text);
  if (model.parts().members.size() > 1) return;
  const std::string bytes = to_bytes(model, neural::ModelFormat::keras);
  require(neural::Model::from_bytes(bytes, "again").to_json() == text);
}

}  // namespace obkit::fuzz
