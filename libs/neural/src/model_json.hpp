#pragma once

#include <string>
#include <string_view>

#include "obkit/neural/model.hpp"

namespace obkit::neural {

/// The model file; docs/formats.md has the keys.
[[nodiscard]] std::string write_model(const Model& model);

/// Throws DataError naming file and key; sizes are checked before memory is taken for them.
[[nodiscard]] Model read_model(std::string_view text, const std::string& name);

}  // namespace obkit::neural
