#pragma once

#include <span>
#include <vector>

#include "obkit/neural/samples.hpp"

namespace obkit::neural {

/// A logistic regression without intercept: P(class 1) = 1 / (1 + exp(-Σ weights · inputs)).
struct LinearFit {
  std::vector<double> weights;  ///< [inputs], of raw inputs
  int steps = 0;                ///< of Newton's
  bool converged = false;
  double slope = 0;  ///< min(1, s), below
};

/// Fits inputs over their root mean square by ridge regression: minimises
/// Σ w log(1 + exp(-y v·x)) / Σ w + ½ Σ penalty v², y = ±1, by Newton's steps, halved where they
/// lead upwards. Then all weights are multiplied by min(1, s), where s is the slope of a
/// logistic regression of the same samples, all of one weight, on v·x: samples that count little
/// must not make the probabilities too sure of themselves.
///
/// Mirrored samples (inputs negated, classes swapped) would change nothing. The same samples give
/// the same bits. O(n · inputs²) a step.
/// Pre: samples of class 0 and 1 alone, of both; as many penalties as inputs, each above 0.
[[nodiscard]] LinearFit fit_linear(const SampleView& samples, std::span<const double> penalties);

}  // namespace obkit::neural
