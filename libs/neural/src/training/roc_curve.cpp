#include "obkit/neural/roc_curve.hpp"

#include <algorithm>
#include <cassert>

namespace obkit::neural {
namespace {

/// The most rises at that share of falls. Pre: not empty, 0 <= falls <= 1.
double rises_at(const RocCurve& curve, double falls) {
  const auto above = std::ranges::upper_bound(curve, falls, {}, &RocPoint::falls);
  const RocPoint& before = *(above - 1);
  if (above == curve.end()) return before.rises;
  return before.rises +
         (above->rises - before.rises) * (falls - before.falls) / (above->falls - before.falls);
}

}  // namespace

RocCurve roc_curve(std::span<const double> scores, std::span<const std::uint8_t> classes) {
  assert(scores.size() == classes.size());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (classes[i] < 2) order.push_back(i);
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  const auto all_rises = static_cast<double>(std::ranges::count(classes, 1));
  const auto all_falls = static_cast<double>(order.size()) - all_rises;
  if (all_rises == 0 || all_falls == 0) return {};
  RocCurve curve{{.falls = 0, .rises = 0}};
  double rises = 0, falls = 0;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end)
      ++(classes[order[end]] == 1 ? rises : falls);
    curve.push_back({.falls = falls / all_falls, .rises = rises / all_rises});
    begin = end;
  }
  return curve;
}

double area_below(const RocCurve& curve) {
  double area = 0;
  for (std::size_t i = 1; i < curve.size(); ++i)
    area += (curve[i].falls - curve[i - 1].falls) * (curve[i].rises + curve[i - 1].rises) / 2;
  return area;
}

RocCurve mean_curve(std::span<const WeightedCurve> curves, std::size_t steps) {
  std::vector<const WeightedCurve*> known;
  double weight = 0;
  for (const WeightedCurve& one : curves) {
    if (one.curve.empty()) continue;
    known.push_back(&one);
    weight += one.weight;
  }
  if (known.empty()) return {};
  if (known.size() == 1 && known.front()->curve.size() <= steps + 1) return known.front()->curve;
  RocCurve mean{{.falls = 0, .rises = 0}};
  for (std::size_t step = 0; step <= steps; ++step) {
    const double falls = static_cast<double>(step) / static_cast<double>(steps);
    double rises = 0;
    for (const WeightedCurve* one : known) rises += one->weight * rises_at(one->curve, falls);
    mean.push_back({.falls = falls, .rises = std::min(rises / weight, 1.0)});
  }
  return mean;
}

}  // namespace obkit::neural
