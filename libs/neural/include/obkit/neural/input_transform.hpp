#pragma once

#include <span>
#include <vector>

#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

/// Inputs above this count as this, so that sums stay finite.
inline constexpr double largest_input = 1e30;

/// A sample as the network's numbers. Pre: finite, not negative.
[[nodiscard]] Vector to_input(std::span<const double> sample);

/// What happens to a sample before the first layer.
///
/// `none` leaves it. `relative` takes each input by its distance k from the middle (0 beside it,
/// counted outwards on both sides): log(x / scale[k] + offset) / (1 + k).
class InputTransform {
 public:
  static constexpr float default_offset = 0.05f;
  static constexpr float least_scale = 1e-8f, greatest_scale = 1e30f;

  /// `none`.
  InputTransform() = default;
  /// `relative`. Pre: scale [inputs / 2], each in [least_scale, greatest_scale]; offset > 0.
  InputTransform(std::vector<float> scale, float offset);

  /// `relative` with the median at each distance over both sides of all samples. Where that median
  /// is 0, the median of the values above 0 takes its place; where there are none, 1.
  /// Pre: samples [inputs × n], inputs even, n > 0.
  [[nodiscard]] static InputTransform relative_to(const Matrix& samples);

  [[nodiscard]] bool is_relative() const { return !scale_.empty(); }
  [[nodiscard]] const std::vector<float>& scale() const { return scale_; }
  [[nodiscard]] float offset() const { return offset_; }

  /// In place. Pre: as many inputs as the transform was made for.
  void apply(Vector& sample) const;
  /// Each column by the same arithmetic as a sample alone.
  void apply(Matrix& samples) const;

 private:
  std::vector<float> scale_;  ///< by distance; empty for `none`
  float offset_ = default_offset;
  Eigen::ArrayXf divisor_, weight_;  ///< of each input; empty for `none`
};

}  // namespace obkit::neural
