#pragma once

#include <atomic>

#include "obkit/obsave/recorder.hpp"
#include "obkit/obsave/settings.hpp"

namespace obkit::obsave {

/// Gives the frames of the captures to `recorder` until they end, it is done, or `stop` is set.
/// Throws DataError for a line that is in no layout, IoError.
void replay(const Settings& settings, Recorder& recorder, const std::atomic<bool>& stop);

}  // namespace obkit::obsave
