#pragma once

#include <array>
#include <cstddef>

#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

/// Samples that are worked on together: what is between the layers stays in the cache.
inline constexpr Index at_once = 64;

inline std::size_t size(Index count) { return static_cast<std::size_t>(count); }

/// Memory, not yet written to, of which one sample needs little: that costs no allocation.
class Scratch {
 public:
  explicit Scratch(Index floats) : large_(size(floats) > small_.size() ? floats : 0) {}
  [[nodiscard]] float* data() { return large_.size() == 0 ? small_.data() : large_.data(); }
  [[nodiscard]] Eigen::Map<Matrix> matrix(Index rows, Index columns) {
    return {data(), rows, columns};
  }

 private:
  alignas(EIGEN_MAX_ALIGN_BYTES) std::array<float, 512> small_;
  Vector large_;
};

}  // namespace obkit::neural
