#include "report/curve.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "report/extremes.hpp"
#include "report/milliseconds.hpp"

namespace obkit::backtest {

void Curve::add(const ReportPoint& point) {
  const CurveSample sample = next_sample(point);
  note(sample);
  if (!buckets_.empty() && in_last_ < stride_) {
    buckets_.back().append(sample);
    ++in_last_;
    return;
  }
  if (buckets_.size() == most_buckets_) thin();
  buckets_.emplace_back(sample);
  in_last_ = 1;
}

CurveSample Curve::next_sample(const ReportPoint& point) {
  CurveSample sample{.number = facts_.books,
                     .time = milliseconds(point.time),
                     .bid = point.bid,
                     .ask = point.ask,
                     .gross = point.gross,
                     .net = point.net,
                     .position = point.position};
  const CurveSample& last = facts_.last;
  if (facts_.books > 0) {
    sample.time = std::max(sample.time, last.time);
    const auto held = static_cast<double>(sample.time - last.time);
    sample.long_sum = last.long_sum + std::max(last.position, 0.0) * held;
    sample.short_sum = last.short_sum + std::max(-last.position, 0.0) * held;
    if (last.position > 0) facts_.long_time += sample.time - last.time;
    if (last.position < 0) facts_.short_time += sample.time - last.time;
  }
  if (facts_.books == 0 || point.net > peak_) peak_time_ = sample.time;
  peak_ = std::max(peak_, point.net);
  sample.drawdown = point.net - peak_;
  return sample;
}

void Curve::note(const CurveSample& sample) {
  CurveFacts& facts = facts_;
  if (facts.books == 0) {
    facts.first = facts.lowest_mid = facts.highest_mid = sample;
    facts.lowest_net = facts.highest_net = facts.deepest = sample;
    facts.peak_before_deepest = peak_time_;
  }
  ++facts.books;
  facts.last = sample;
  keep_lower(facts.lowest_mid, sample, mid_of);
  keep_higher(facts.highest_mid, sample, mid_of);
  keep_lower(facts.lowest_net, sample, net_of);
  keep_higher(facts.highest_net, sample, net_of);
  if (sample.drawdown < facts.deepest.drawdown) facts.peak_before_deepest = peak_time_;
  keep_lower(facts.deepest, sample, drawdown_of);
  facts.largest_position = std::max(facts.largest_position, std::abs(sample.position));
  facts.largest_equity =
      std::max({facts.largest_equity, std::abs(sample.gross), std::abs(sample.net)});
  facts.price_decimals =
      std::max({facts.price_decimals, sample.bid.decimals(), sample.ask.decimals()});
}

void Curve::thin() {
  const std::size_t pairs = buckets_.size() / 2, odd = buckets_.size() % 2;
  for (std::size_t i = 0; i < pairs; ++i) {
    CurveBucket both = buckets_[2 * i];
    both.append(buckets_[2 * i + 1]);
    buckets_[i] = both;
  }
  if (odd == 1)
    buckets_[pairs] = buckets_.back();
  else if (pairs > 0)
    in_last_ += stride_;
  buckets_.erase(buckets_.begin() + static_cast<std::ptrdiff_t>(pairs + odd), buckets_.end());
  stride_ *= 2;
}

bool Curve::breaks(const Silence& silence) const {
  const double usual =
      static_cast<double>(facts_.last.time - facts_.first.time) / static_cast<double>(facts_.books);
  return silence.length > 0 && static_cast<double>(silence.length) > 20 * usual;
}

std::vector<Curve::Row> Curve::rows() const {
  std::vector<Row> rows;
  for (const CurveBucket& bucket : buckets_) {
    const Silence before = rows.empty() ? Silence{} : between(rows.back().sample, bucket.first());
    const Silence& inside = bucket.silence();
    for (const CurveSample& sample : bucket.samples()) {
      const bool first = sample.number == bucket.first().number;
      const bool resumes = inside.length > 0 && sample.number == inside.after.number;
      rows.push_back({.sample = sample,
                      .after_silence = (first && breaks(before)) || (resumes && breaks(inside))});
    }
  }
  return rows;
}

}  // namespace obkit::backtest
