#pragma once

#include "obkit/neural/matrix.hpp"
#include "obkit/neural/network.hpp"
#include "obkit/neural/samples.hpp"
#include "obkit/neural/team.hpp"

namespace obkit::neural {

/// Adds probabilities of samples as the network takes them, inputs [inputs × n], to sum
/// [classes × n], which has no gaps between columns; with a mirror, the mean of both views: the
/// last `flow` inputs are no volumes. A sample gets the same bits alone and in any batch; mirrored,
/// exactly the swapped ones.
void add_prediction(const Network& network, const Eigen::Ref<const Matrix>& inputs, Mirror mirror,
                    Index flow, Eigen::Ref<Matrix> sum);

/// Probabilities [classes × n]; with a mirror, the mean of both views.
[[nodiscard]] Matrix predict(const Network& network, const Matrix& inputs, Mirror mirror,
                             Index flow = 0);

/// How far probabilities may be off where the same numbers are rounded otherwise, by another
/// processor or another runtime [classes]: roundings are followed through the layers as if they
/// were independent of each other, and eight standard deviations of what they come to are allowed.
/// inputs and how far each of them may be off, [inputs]. NaN where the network overflows.
[[nodiscard]] Vector rounding_of(const Network& network, const Vector& inputs,
                                 const Vector& input_errors, Mirror mirror, Index flow = 0);

/// Mean cross-entropy of the predictions, weighted as the view is; a team shares the work.
/// Pre: there are samples.
[[nodiscard]] double mean_cross_entropy(const Network& network, const TransformedSamples& samples,
                                        Mirror mirror, const Team& team = alone());

}  // namespace obkit::neural
