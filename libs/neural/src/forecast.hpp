#pragma once

#include "obkit/neural/batches.hpp"
#include "obkit/neural/matrix.hpp"
#include "obkit/neural/network.hpp"

namespace obkit::neural {

/// Adds probabilities of samples as the network takes them, inputs [inputs × n], to sum
/// [classes × n], which has no gaps between columns; with a mirror, the mean of both views. A
/// sample gets the same bits alone and in any batch; mirrored, exactly the swapped ones.
void add_forecast(const Network& network, const Eigen::Ref<const Matrix>& inputs, Mirror mirror,
                  Eigen::Ref<Matrix> sum);

}  // namespace obkit::neural
