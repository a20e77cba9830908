#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sample_table.hpp"
#include "settings.hpp"

namespace obtrain {

/// Indices into a table, in the order of time.
using Indices = std::span<const std::uint32_t>;

/// How many samples at the end of `before` the label of which may look at what comes after: these
/// must not be learnt where `after`, which follows, is foretold.
///
/// Labels "next" end with the next book: none. "every" ends with the next move: the last ones, as
/// long as their class is that of the first after. "horizon=N" ends N books later, "horizon=Nms" so
/// much time later. Pre: after is not empty.
[[nodiscard]] std::size_t embargo(const SampleTable& table, Indices before, Indices after);

/// Numbers that never go down: what is nearly the same sample bears the same. With labels "next"
/// each move is its own; else samples of one direction in a row are taken for one.
[[nodiscard]] std::vector<std::uint32_t> blocks(const SampleTable& table, Indices samples);

/// Weight of each sample of the table, by index; none where all are equal.
[[nodiscard]] std::vector<float> sample_weights(const SampleTable& table, Indices in_time,
                                                SampleWeights weights);

}  // namespace obtrain
