#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "obkit/neural/matrix.hpp"

namespace obkit::neural {

/// Inputs above this count as this, so that sums stay finite.
inline constexpr double largest_input = 1e30;

/// A volume as the network's number. Pre: finite, not negative.
[[nodiscard]] inline float to_input(double raw) {
  return static_cast<float>(raw < largest_input ? raw : largest_input);
}
/// A whole sample. Pre: as many.
void to_input(std::span<const double> sample, Eigen::Ref<Vector> to);
[[nodiscard]] Vector to_input(std::span<const double> sample);

/// With x an input at distance k from the middle (0 beside it, counted outwards on both sides) and
/// w = (1 + k)^-level_decay · evidence[k]:
enum class TransformKind : std::uint8_t {
  none,      ///< x
  relative,  ///< log(x / scale[k] + offset[k]) · w
  log,       ///< log(x + 1) · w
  zscore,    ///< (x - center[k]) / scale[k] · w
  share,     ///< x / (sum of all x) · (number of inputs) · w; 0 where the sum is 0
};

/// "none", "relative", ...
[[nodiscard]] std::string_view to_string(TransformKind kind);
[[nodiscard]] std::optional<TransformKind> parse_transform(std::string_view name);

/// What happens to a sample before the first layer. Its constants come from training samples.
class InputTransform {
 public:
  static constexpr float best_offset = 0.01f, deep_offset = 0.05f;  ///< at k = 0, and behind
  static constexpr float least_scale = 1e-8f, greatest_scale = 1e30f;
  static constexpr double greatest_decay = 100;
  static constexpr float largest_flow = 8;

  /// By distance; what a kind does not use is empty.
  struct Constants {
    TransformKind kind = TransformKind::none;
    double level_decay = 0;            ///< in [0, greatest_decay]; 0 where the kind is none
    std::vector<float> evidence = {};  ///< [inputs / 2], each in [0, 1], or none: all are 1
    std::vector<float> offset = {};    ///< [inputs / 2] for relative, each above 0
    std::vector<float> center = {};    ///< [inputs / 2] for zscore
    std::vector<float> scale = {};     ///< [inputs / 2] for relative and zscore, each in
                                       ///< [least_scale, greatest_scale]
    /// Of further numbers behind the inputs, which may be negative: x / scale, within
    /// ±largest_flow. Each in [least_scale, greatest_scale].
    std::vector<float> flow_scale = {};
  };

  /// `none`.
  InputTransform() = default;
  /// Pre: as Constants says; inputs even.
  InputTransform(Constants constants, Index inputs);

  [[nodiscard]] TransformKind kind() const { return constants_.kind; }
  [[nodiscard]] const Constants& constants() const { return constants_; }
  /// w by distance [inputs / 2]; none for `none`.
  [[nodiscard]] const std::vector<float>& level_weights() const { return level_weights_; }
  /// How many numbers stand behind the inputs.
  [[nodiscard]] Index flow() const { return flow_scale_.size(); }

  /// Any number of samples [inputs + flow × n], column by column; the same sample always gets the
  /// same bits. Pre: as many inputs as the transform was made for.
  void apply(Eigen::Ref<Matrix> samples) const;

 private:
  void apply_to_inputs(Eigen::Ref<Vector> sample) const;

  Constants constants_;
  std::vector<float> level_weights_;
  Eigen::ArrayXf center_, divisor_, offset_, weight_;  ///< of each input
  Eigen::ArrayXf flow_scale_;
};

/// The mirror image of each sample, raw or transformed: its inputs reversed, the `flow` numbers
/// behind them negated. Pre: `to` is of the same size, and elsewhere.
inline void mirror_into(const Eigen::Ref<const Matrix>& samples, Index flow,
                        Eigen::Ref<Matrix> to) {
  const Index inputs = samples.rows() - flow;
  to.topRows(inputs) = samples.topRows(inputs).colwise().reverse();
  to.bottomRows(flow) = -samples.bottomRows(flow);
}

/// What a level is worth that is not the best one: how far it proves to know more than that.
///
/// With d_k the difference of both sides' inputs at distance k, a logistic regression of the
/// direction on d_0 alone leaves residuals; t_k² is the score statistic of d_k, less its part in
/// d_0, against them, with a variance that sums over blocks (Rao 1948; Cameron and Miller 2015). By
/// chance its mean is 1. Over bands of distances 1, 2-3, 4-7, 8-15, ..., with F the mean of t²,
/// the evidence is F / (F + 1); that of the best level is 1.
///
/// inputs [2·levels × n], bids from worst to best, then asks; classes and blocks [n], blocks never
/// go down. Samples of neither class 0 nor 1 do not count. Returns [levels]. O(levels · n).
[[nodiscard]] std::vector<float> level_evidence(const Matrix& inputs,
                                                std::span<const std::uint8_t> classes,
                                                std::span<const std::uint32_t> blocks);

/// How the constants of a transform are chosen.
struct FitOptions {
  TransformKind kind = TransformKind::relative;
  double level_decay = 1;
  bool by_evidence =
      false;  ///< deeper levels count as far as they prove to know more than the best
};

/// Collects what the constants of a transform are taken from: all samples while they are few, then
/// every second, every fourth, ...: never more than `most_samples`, evenly spread. The same samples
/// in the same order give the same constants.
class TransformFitter {
 public:
  static constexpr std::size_t most_samples = std::size_t{1} << 17;

  /// In the order of time. `block` never goes down; samples of one block are nearly the same.
  /// Pre: raw [inputs], always the same, even number.
  void add(const Eigen::Ref<const Vector>& raw, std::uint8_t sample_class, std::uint32_t block);

  /// `relative`: scale[k] is the median over both sides at distance k; where that is 0, the median
  /// of what is above 0 takes its place; where there is nothing, 1. It is never below scale[0], so
  /// that levels that hold mere dust stay quiet (docs/learning.md). `zscore`: mean and standard
  /// deviation (1 where it is 0), likewise over both sides. Evidence: level_evidence().
  /// Pre: something was added.
  [[nodiscard]] InputTransform fit(const FitOptions& options) const;

 private:
  [[nodiscard]] Index kept() const { return static_cast<Index>(classes_.size()); }
  [[nodiscard]] std::vector<float> both_sides(Index distance) const;
  [[nodiscard]] std::vector<float> fit_evidence(InputTransform::Constants constants) const;

  Index inputs_ = 0;
  std::size_t stride_ = 1, seen_ = 0;
  std::vector<float> values_;  ///< [inputs × kept]
  std::vector<std::uint8_t> classes_;
  std::vector<std::uint32_t> blocks_;
};

}  // namespace obkit::neural
