#pragma once

#include "obkit/neural/training_record.hpp"

#include "json_cursor.hpp"

namespace obkit::neural {

/// The key `training` of a model file. Throws DataError.
[[nodiscard]] TrainingRecord read_record(const JsonCursor& cursor);

}  // namespace obkit::neural
