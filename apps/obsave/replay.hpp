#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "obsave/options.hpp"
#include "obsave/recorder.hpp"

namespace obkit::obsave {

/// Is told once whose books those of a symbol are, before the recorder has one of it; an empty
/// symbol: all that come.
using OnVenue = std::function<void(const std::string& symbol, std::string_view venue)>;

/// Gives the frames of the captures to `recorder` until they end, it is done, or `stop` is set,
/// also while a pipe says nothing. `on_venue` is told what the inputs say of their venue, unless
/// the options name it. Throws DataError for a line that is in no layout, and where
/// there is no book at all; IoError.
void replay(const Options& options, Recorder& recorder, const std::atomic<bool>& stop,
            const OnVenue& on_venue = {});

}  // namespace obkit::obsave
