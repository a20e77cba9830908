// Included once for each instruction set (Highway's foreach_target), hence no #pragma once.
#if defined(OBKIT_NEURAL_KERNELS_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef OBKIT_NEURAL_KERNELS_LANES_INL
#undef OBKIT_NEURAL_KERNELS_LANES_INL
#else
#define OBKIT_NEURAL_KERNELS_LANES_INL
#endif

#include <cstddef>

#include <hwy/highway.h>

#include "obkit/core/instruction_set.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::neural::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#ifdef HWY_TARGET_STR
OBKIT_CHECK_TARGET;
#endif

using Floats = hn::ScalableTag<float>;
using Lane = hn::Vec<Floats>;
static_assert(EIGEN_MAX_ALIGN_BYTES % (hn::MaxLanes(Floats{}) * sizeof(float)) == 0,
              "no vector of an array may lie across two cache lines");

// Functions of the standard library are compiled for every processor, those here for one:
// NOLINTBEGIN(modernize-avoid-c-arrays)

/// The first `count` lanes of a vector, 1 to all, where an array ends. Memory beyond is not
/// touched.
template <class Tag = Floats>
class Part {
 public:
  explicit HWY_INLINE Part(std::size_t count) : count_{count}, mask_{hn::FirstN(Tag{}, count)} {}

  /// Other lanes are zero.
  HWY_INLINE hn::Vec<Tag> load(const float* from) const {
    const Tag d;
#if HWY_TARGET <= HWY_AVX2  // masked lanes are not read
    return hn::MaskedLoad(mask_, d, from);
#else
    if (count_ == hn::Lanes(d)) return hn::LoadU(d, from);
    float all[hn::MaxLanes(d)] = {};
    for (std::size_t i = 0; i < count_; ++i) all[i] = from[i];
    return hn::LoadU(d, all);
#endif
  }
  HWY_INLINE void store(hn::Vec<Tag> values, float* to) const {
    const Tag d;
#if HWY_TARGET <= HWY_AVX3
    hn::BlendedStore(values, mask_, d, to);
#else
    if (count_ == hn::Lanes(d)) return hn::StoreU(values, d, to);
    float all[hn::MaxLanes(d)];
    hn::StoreU(values, d, all);
    for (std::size_t i = 0; i < count_; ++i) to[i] = all[i];
#endif
  }

 private:
  std::size_t count_;
  hn::Mask<Tag> mask_;
};

// NOLINTEND(modernize-avoid-c-arrays)

/// Calls `whole(i)` for each whole vector of `count` floats and `part(i, Part)` for what remains.
template <class Whole, class Rest>
HWY_INLINE void for_lanes(std::size_t count, Whole whole, Rest rest) {
  const std::size_t lanes = hn::Lanes(Floats{});
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) whole(i);
  if (i < count) rest(i, Part<>{count - i});
}

}  // namespace obkit::neural::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
