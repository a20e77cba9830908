#pragma once

#include "obkit/neural/training_record.hpp"

#include "train_model.hpp"

namespace obtrain {

/// Samples, epochs, scores beside the baselines', and what they mean, in the log.
void tell(const obkit::neural::TrainingRecord& record, const Verdicts& verdicts);

}  // namespace obtrain
