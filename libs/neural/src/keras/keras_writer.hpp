#pragma once

#include <string>

#include "obkit/neural/model.hpp"

namespace obkit::neural {

/// As Keras 2.2.4 writes it, and our metadata (keras_reader.hpp). The same model gives the same
/// bytes. Pre: one member.
[[nodiscard]] std::string write_keras(const Model& model);

}  // namespace obkit::neural
