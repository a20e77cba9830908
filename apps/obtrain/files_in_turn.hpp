#pragma once

#include <optional>

#include "obkit/neural/training.hpp"

#include "sample_table.hpp"
#include "settings.hpp"
#include "watcher.hpp"

namespace obtrain {

/// Learns file after file, reading the next one meanwhile, where nothing about a file depends on
/// those behind it: raw volumes, nothing held back, one network (as `--preset original` has it).
/// Empty where something does. Fills `samples` either way it can. Where the network ends is where
/// it would have ended if all had been read before. Throws DataError, IoError.
[[nodiscard]] std::optional<obkit::neural::TrainingState> learn_while_reading(
    const Settings& settings, SampleTable& samples, Watcher& watcher);

}  // namespace obtrain
