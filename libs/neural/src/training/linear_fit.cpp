#include "obkit/neural/linear_fit.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <Eigen/Cholesky>

namespace obkit::neural {
namespace {

constexpr int most_steps = 100;
constexpr double least_step = 1e-10;  ///< of the largest weight: shorter ones end the search

double total(const SampleView& samples) {
  if (samples.weights.empty()) return static_cast<double>(samples.size());
  double sum = 0;
  for (const std::uint32_t index : samples.order) sum += double{samples.weights[index]};
  return sum;
}

/// log(1 + exp(-z)), for any z.
double softplus(double z) { return std::max(-z, 0.0) + std::log1p(std::exp(-std::abs(z))); }

/// The penalised loss, and its gradient and curvature where they are asked for.
class Loss {
 public:
  Loss(const SampleView& samples, std::span<const double> penalties)
      : samples_{samples}, penalties_{penalties}, total_{total(samples)}, rms_{rms_of(samples)} {}

  [[nodiscard]] const Eigen::VectorXd& rms() const { return rms_; }

  /// v·x of a sample, with x over its root mean square.
  [[nodiscard]] double product(const Eigen::VectorXd& v, std::uint32_t index) const {
    return v.dot(scaled(index));
  }

  [[nodiscard]] double at(const Eigen::VectorXd& v) const {
    double sum = 0;
    for (const std::uint32_t index : samples_.order)
      sum += weight(index) * softplus(sign(index) * product(v, index));
    return sum / total_ + 0.5 * (penalty().array() * v.array().square()).sum();
  }

  /// Where Newton's step leads from v.
  [[nodiscard]] Eigen::VectorXd step(const Eigen::VectorXd& v) const {
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(v.size());
    Eigen::MatrixXd curvature = Eigen::MatrixXd::Zero(v.size(), v.size());
    for (const std::uint32_t index : samples_.order) {
      const Eigen::VectorXd x = scaled(index);
      const double p = 1 / (1 + std::exp(-v.dot(x)));
      gradient += weight(index) * (p - (sign(index) > 0 ? 1 : 0)) * x;
      curvature.selfadjointView<Eigen::Lower>().rankUpdate(x, weight(index) * p * (1 - p));
    }
    gradient = gradient / total_ + penalty().cwiseProduct(v);
    curvature /= total_;
    curvature.diagonal() += penalty();
    return -curvature.selfadjointView<Eigen::Lower>().ldlt().solve(gradient);
  }

  [[nodiscard]] double sign(std::uint32_t index) const {
    return samples_.store->class_of(index) == 1 ? 1 : -1;
  }

 private:
  /// 1 where an input is always 0.
  static Eigen::VectorXd rms_of(const SampleView& samples) {
    Eigen::VectorXd squares = Eigen::VectorXd::Zero(samples.store->inputs());
    for (const std::uint32_t index : samples.order)
      squares += samples.store->sample(index).cast<double>().cwiseAbs2();
    squares /= static_cast<double>(samples.size());
    return squares.unaryExpr([](double square) { return square > 0 ? std::sqrt(square) : 1; });
  }

  [[nodiscard]] Eigen::VectorXd scaled(std::uint32_t index) const {
    return samples_.store->sample(index).cast<double>().cwiseQuotient(rms_);
  }
  [[nodiscard]] double weight(std::uint32_t index) const {
    return samples_.weights.empty() ? 1 : double{samples_.weights[index]};
  }
  [[nodiscard]] Eigen::Map<const Eigen::VectorXd> penalty() const {
    return {penalties_.data(), static_cast<Index>(penalties_.size())};
  }

  const SampleView& samples_;
  std::span<const double> penalties_;
  double total_;
  Eigen::VectorXd rms_;
};

/// Halves a step until it does not lead upwards; empty where none does.
Eigen::VectorXd shortened(const Loss& loss, const Eigen::VectorXd& v, Eigen::VectorXd step) {
  const double before = loss.at(v);
  for (int halvings = 0; halvings < 40; ++halvings, step /= 2)
    if (loss.at(v + step) <= before) return step;
  return Eigen::VectorXd::Zero(v.size());
}

/// How the sum of softplus(slope · product) falls at a slope: never steeper further on.
double fall_at(double slope, const std::vector<double>& products) {
  double fall = 0;
  for (const double z : products) fall += z / (1 + std::exp(slope * z));
  return fall;
}

/// The slope of all samples alike on v·x, where it is below 1; else 1.
double slope_of(const Loss& loss, const SampleView& samples, const Eigen::VectorXd& v) {
  std::vector<double> products;
  for (const std::uint32_t index : samples.order)
    products.push_back(loss.sign(index) * loss.product(v, index));
  if (fall_at(1, products) >= 0) return 1;
  double above = 1, below = 0;
  for (double width = 1; fall_at(below, products) < 0 && width < 1e9; width *= 2) below -= width;
  for (int halvings = 0; halvings < 60; ++halvings) {
    const double middle = (below + above) / 2;
    (fall_at(middle, products) < 0 ? above : below) = middle;
  }
  return (below + above) / 2;
}

}  // namespace

LinearFit fit_linear(const SampleView& samples, std::span<const double> penalties) {
  assert(!samples.empty() && static_cast<Index>(penalties.size()) == samples.store->inputs());
  const Loss loss{samples, penalties};
  LinearFit fit;
  Eigen::VectorXd v = Eigen::VectorXd::Zero(samples.store->inputs());
  while (fit.steps < most_steps && !fit.converged) {
    const Eigen::VectorXd step = shortened(loss, v, loss.step(v));
    v += step;
    ++fit.steps;
    fit.converged =
        step.cwiseAbs().maxCoeff() <= least_step * std::max(1.0, v.cwiseAbs().maxCoeff());
  }
  fit.slope = slope_of(loss, samples, v);
  const Eigen::VectorXd weights = v.cwiseQuotient(loss.rms()) * fit.slope;
  fit.weights.assign(weights.begin(), weights.end());
  return fit;
}

}  // namespace obkit::neural
