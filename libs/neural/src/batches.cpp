#include "obkit/neural/batches.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <random>
#include <span>

#include "obkit/neural/random.hpp"

namespace obkit::neural {
namespace {

void resize(Batch& batch, const SampleView& view, std::size_t count) {
  batch.inputs.resize(view.store->inputs(), static_cast<Index>(count));
  batch.classes.resize(count);
  batch.weights.resize(view.weights.empty() ? 0 : count);
}

/// Puts a sample of the view into a column, not yet transformed.
void put(const SampleView& view, std::size_t position, Mirror mirror, Batch& batch,
         std::size_t to) {
  const std::size_t index = view.order[position];
  const auto raw = view.store->sample(index);
  auto column = batch.inputs.col(static_cast<Index>(to));
  if (mirror == Mirror::on)
    column = raw.reverse();
  else
    column = raw;
  const std::uint8_t sample_class = view.store->class_of(index);
  batch.classes[to] = mirror == Mirror::on ? mirrored(sample_class) : sample_class;
  if (!batch.weights.empty()) batch.weights[to] = view.weights[index];
}

std::mt19937 random_of(std::uint64_t seed, std::uint64_t epoch) {
  const auto halves = [](std::uint64_t value) {
    return std::array{static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32U)};
  };
  const auto s = halves(seed), e = halves(epoch);
  std::seed_seq mixed{s[0], s[1], e[0], e[1]};
  return std::mt19937{mixed};
}

}  // namespace

ShuffledBatches::ShuffledBatches(const SampleView& view, const InputTransform& transform,
                                 BatchOptions options)
    : view_{view}, transform_{transform}, options_{options} {
  assert(!view.empty() && options_.batch > 0);
  views_.resize(view.size() * (options_.mirror == Mirror::on ? 2 : 1));
  begin(0);
}

void ShuffledBatches::begin(std::uint64_t epoch) {
  next_ = 0;
  shuffle_windows(epoch);
}

void ShuffledBatches::shuffle_windows(std::uint64_t epoch) {
  std::mt19937 random = random_of(options_.seed, epoch);
  const std::size_t count = view_.size();
  const std::size_t views_each = views_.size() / count;
  const std::size_t window = std::min(options_.window.value_or(count), count);
  auto to = views_.begin();
  for (std::size_t begin = 0; begin < count; begin += window) {
    const auto first = to;
    for (std::size_t view = 0; view < views_each; ++view)
      for (std::size_t i = begin; i < std::min(begin + window, count); ++i)
        *to++ = static_cast<std::uint32_t>(view * count + i);
    shuffle(std::span{first, to}, random);
  }
}

bool ShuffledBatches::next(Batch& batch) {
  if (next_ == views_.size()) return false;
  const std::size_t count = std::min(options_.batch, views_.size() - next_);
  resize(batch, view_, count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t view = views_[next_ + i];
    const bool is_mirrored = view >= view_.size();
    put(view_, is_mirrored ? view - view_.size() : view, is_mirrored ? Mirror::on : Mirror::off,
        batch, i);
  }
  next_ += count;
  transform_.apply(batch.inputs);
  return true;
}

void gather(const SampleView& view, std::size_t begin, std::size_t count,
            const InputTransform& transform, Batch& batch) {
  resize(batch, view, count);
  for (std::size_t i = 0; i < count; ++i) put(view, begin + i, Mirror::off, batch, i);
  transform.apply(batch.inputs);
}

}  // namespace obkit::neural
