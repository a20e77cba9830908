#pragma once

#include <cstddef>
#include <span>

#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

/// Samples that are worked on together: what is between the layers stays in the cache.
inline constexpr Index at_once = 64;

inline std::size_t size(Index count) { return static_cast<std::size_t>(count); }

inline std::span<float> as_span(Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}
inline std::span<float> as_span(Vector& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}

}  // namespace obkit::neural
