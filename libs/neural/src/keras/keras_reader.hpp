#pragma once

#include <string>
#include <string_view>

#include "obkit/neural/model.hpp"

namespace obkit::neural {

/// The dataset beside Keras' own in which our files keep what Keras has no place for: the native
/// format without its layers, as bytes.
inline constexpr const char* keras_metadata_name = "obkit_model";

/// A whole model as `model.save("….h5")` of Keras 2 and 3 writes it. Without our metadata it has no
/// transform, no mirror, the label "next", and an empty training record.
/// Throws DataError. Pre: `bytes` begin with hdf5_signature. `name` is for messages.
[[nodiscard]] Model read_keras(std::string_view bytes, const std::string& name);

}  // namespace obkit::neural
