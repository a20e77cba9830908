#pragma once

#include <string>

#include "obkit/neural/training_record.hpp"

#include "settings.hpp"
#include "split.hpp"

namespace obtrain {

/// What is known before training: samples, sources, options.
[[nodiscard]] obkit::neural::TrainingRecord begin_record(const Settings& settings,
                                                         const Split& split);

/// All that must be the same for a training to go on, but for how many epochs it may run: a line
/// `name=value` each.
[[nodiscard]] std::string subject(const Settings& settings, const Split& split);

}  // namespace obtrain
