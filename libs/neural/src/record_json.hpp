#pragma once

#include <nlohmann/json.hpp>

#include "obkit/neural/training_record.hpp"

#include "json_cursor.hpp"

namespace obkit::neural {

/// The key `training` of a model file.
[[nodiscard]] nlohmann::ordered_json write_record(const TrainingRecord& record);
/// Throws DataError.
[[nodiscard]] TrainingRecord read_record(const JsonCursor& cursor);

}  // namespace obkit::neural
