#pragma once

#include "obkit/neural/training_record.hpp"

#include "settings.hpp"
#include "split.hpp"

namespace obtrain {

/// What is known before training: samples, sources, options.
[[nodiscard]] obkit::neural::TrainingRecord begin_record(const Settings& settings,
                                                         const Split& split);

}  // namespace obtrain
