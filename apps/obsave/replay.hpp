#pragma once

#include <atomic>

#include "obsave/options.hpp"
#include "obsave/recorder.hpp"

namespace obkit::obsave {

/// Gives the frames of the captures to `recorder` until they end, it is done, or `stop` is set,
/// also while a pipe says nothing. Throws DataError for a line that is in no layout, and where
/// there is no book at all; IoError.
void replay(const Options& options, Recorder& recorder, const std::atomic<bool>& stop);

}  // namespace obkit::obsave
