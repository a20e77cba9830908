#pragma once

#include <functional>

#include "obkit/neural/model.hpp"

#include "settings.hpp"
#include "split.hpp"

namespace obtrain {

/// Trains the network and the logistic regression beside it, scores them and the rules on the
/// validation and test samples, and writes all into the model's training record. Throws UsageError
/// where training diverges.
[[nodiscard]] obkit::neural::Model train_model(
    const Settings& settings, Split split,
    const std::function<void(const obkit::neural::Epoch&)>& observer);

}  // namespace obtrain
