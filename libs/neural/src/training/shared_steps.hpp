#pragma once

#include <cstddef>
#include <vector>

#include "obkit/neural/network.hpp"
#include "obkit/neural/samples.hpp"
#include "obkit/neural/team.hpp"

namespace obkit::neural {

/// The steps of an epoch, of which each rank of a team works out some blocks.
class SharedSteps {
 public:
  /// `team` must outlive it.
  explicit SharedSteps(const Team& team) : team_{team} {}

  /// Leaves the gradient of the whole batch in `pass`, with the bits of Network::backward(). `own`
  /// is the share of this rank.
  void backward(const Network& network, const Batch& own, const BatchSize& whole, BatchPass& pass);
  /// Mean loss of all steps, the same bits as alone.
  [[nodiscard]] double mean_loss() const;

 private:
  /// The gradient of a block waits for its turn; the first rank adds it at once.
  void keep(BatchPass& pass, std::size_t values);

  const Team& team_;
  std::vector<BatchSize> steps_;
  std::vector<double> losses_;  ///< what each block of this rank adds to the loss of its step
  std::vector<float> terms_;    ///< gradients, one behind the other
  std::vector<float> sum_;
};

}  // namespace obkit::neural
