#pragma once

#include <cstddef>
#include <span>

namespace obkit::signals {

/// (bid volume − ask volume) / (bid volume + ask volume) over the `levels` nearest to the spread on
/// either side, in [-1, 1]; 0 where there is no volume at all.
///
/// `volumes` as in OrderBook: bids from worst to best, then asks from best to worst. Exact under
/// mirroring: with the order of `volumes` reversed the result has the opposite sign and the same
/// bits. O(levels).
///
/// Pre: volumes.size() is even, 1 <= levels <= volumes.size() / 2, volumes finite and not negative.
/// Source: Cont, Kukanov and Stoikov, "The Price Impact of Order Book Events" (2014); queue
/// imbalance after Gould and Bonart, "Queue Imbalance as a One-Tick-Ahead Price Predictor" (2016).
[[nodiscard]] double imbalance(std::span<const double> volumes, std::size_t levels);

}  // namespace obkit::signals
