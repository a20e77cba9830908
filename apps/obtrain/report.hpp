#pragma once

#include "obkit/neural/training_record.hpp"

#include "obtrain/train_model.hpp"

namespace obkit::obtrain {

/// Samples, epochs, scores beside the baselines', and what they mean, in the log.
void tell(const obkit::neural::TrainingRecord& record, const Verdicts& verdicts);

}  // namespace obkit::obtrain
