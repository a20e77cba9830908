#pragma once

#include <chrono>
#include <memory>

#include "obkit/exchange/source.hpp"

namespace obkit::exchange {

/// How long Deribit gathers changes for the channels that are named `100ms`.
inline constexpr std::chrono::milliseconds batch_length{100};

/// The Primary books of a market as Deribit has them: levels by price, sizes summed, and what
/// changed within a batch's time in one `change`; batches without a change are left out. An event
/// is due when its batch ends; its frames bear the time of the last change in it, cut to
/// milliseconds. Change ids are one counter for all symbols, which jumps.
///
/// Pre: the market has its books from the start and never disconnects; its rows have prices.
/// Channel k is symbol k.
[[nodiscard]] std::unique_ptr<Source> make_batched_source(std::unique_ptr<Source> market);

}  // namespace obkit::exchange
