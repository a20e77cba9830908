#include "training/shared_steps.hpp"

#include <algorithm>
#include <span>

namespace obkit::neural {
namespace {

std::size_t count_values(const ParameterBlocks& blocks) {
  std::size_t count = 0;
  for (const auto& block : blocks) count += block.size();
  return count;
}

}  // namespace

void SharedSteps::keep(BatchPass& pass, std::size_t values) {
  const bool adds = team_.rank() == 0 && !terms_.empty();
  if (!adds) terms_.resize(terms_.size() + values);
  float* to = terms_.data() + terms_.size() - values;
  for (const auto& block : pass.blocks()) {
    if (adds)
      for (std::size_t i = 0; i < block.size(); ++i) to[i] += block[i];
    else
      std::copy(block.begin(), block.end(), to);
    to += block.size();
  }
}

void SharedSteps::backward(const Network& network, const Batch& own, const BatchSize& whole,
                           BatchPass& pass) {
  const std::span<const float> weights{own.weights};
  steps_.push_back(whole);
  terms_.clear();
  pass.begin(network.layers());
  const std::size_t values = count_values(pass.blocks());
  for (std::size_t begin = 0; begin < own.size(); begin += block_size) {
    const std::size_t n = std::min(block_size, own.size() - begin);
    losses_.push_back(network.backward(
        own.inputs.middleCols(static_cast<Index>(begin), static_cast<Index>(n)),
        std::span{own.classes}.subspan(begin, n),
        weights.empty() ? weights : weights.subspan(begin, n), whole.weight, pass));
    keep(pass, values);
  }
  sum_.resize(values);
  add_in_order(team_, terms_, sum_);
  const float* from = sum_.data();
  for (const auto& block : pass.blocks()) {
    std::copy_n(from, block.size(), block.begin());
    from += block.size();
  }
}

double SharedSteps::mean_loss() const {
  const auto losses = gather(team_, losses_);
  std::vector<std::size_t> next(losses.size());
  double sum = 0, weights = 0;
  for (const BatchSize& step : steps_) {
    const std::size_t blocks = (step.samples + block_size - 1) / block_size;
    double loss = 0;
    for (std::size_t rank = 0; rank < losses.size(); ++rank)
      for (std::size_t i = share_of(blocks, rank, losses.size()).size(); i > 0; --i)
        loss += losses[rank][next[rank]++];
    sum += loss * step.weight;
    weights += step.weight;
  }
  return sum / weights;
}

}  // namespace obkit::neural
