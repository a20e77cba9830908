#pragma once

#include "settings.hpp"

namespace obtrain {

/// Throws UsageError for values out of their range and options that exclude each other.
void refuse_contradictions(const Arguments& arguments, const Settings& settings);

/// A sample that was learnt proves nothing: throws UsageError where a file serves two ends, or one
/// twice.
void refuse_shared_inputs(const Settings& settings);

}  // namespace obtrain
