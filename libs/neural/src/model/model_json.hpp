#pragma once

#include <string>
#include <string_view>

#include "obkit/neural/model.hpp"
#include "obkit/neural/training_record.hpp"

#include "model/json_cursor.hpp"

namespace obkit::neural {

// The most that a file may ask for, in obkit's own format and in Keras'.
inline constexpr Index max_inputs = 100'000;
inline constexpr Index max_units = 100'000;

/// The model file; docs/formats.md has the keys.
[[nodiscard]] std::string write_model(const Model& model);
/// The same without the layers, for a format that keeps them elsewhere. Pre: one member.
[[nodiscard]] std::string write_model_without_layers(const Model& model);

/// Throws DataError naming file and key; sizes are checked before memory is taken for them.
[[nodiscard]] Model read_model(std::string_view text, const std::string& name);
/// The same for what write_model_without_layers() wrote at `place` in the file.
[[nodiscard]] Model read_model_around(std::string_view text, const std::string& name,
                                      const std::string& place, Network network);

/// The key `training` of a model file. Throws DataError.
[[nodiscard]] TrainingRecord read_record(const JsonCursor& cursor);

}  // namespace obkit::neural
