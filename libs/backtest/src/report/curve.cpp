#include "report/curve.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "obkit/core/time.hpp"
#include "obkit/report/text.hpp"

namespace obkit::backtest {

using obkit::report::milliseconds;

namespace {

/// Keeps the one of two books that is further by `measure`.
template <class Measure>
void keep_higher(CurveSample& kept, const CurveSample& other, Measure measure) {
  if (measure(other) > measure(kept)) kept = other;
}

/// Of equals the kept one stays, here and above.
template <class Measure>
void keep_lower(CurveSample& kept, const CurveSample& other, Measure measure) {
  if (measure(other) < measure(kept)) kept = other;
}

constexpr auto mid_of = [](const CurveSample& sample) { return sample.mid(); };
constexpr auto gross_of = [](const CurveSample& sample) { return sample.gross; };
constexpr auto net_of = [](const CurveSample& sample) { return sample.net; };
constexpr auto drawdown_of = [](const CurveSample& sample) { return sample.drawdown; };

/// The silence between two neighbours, if there is one.
[[nodiscard]] Silence between(const CurveSample& before, const CurveSample& after) {
  const std::int64_t length = after.time - before.time;
  if (length <= Curve::shortest_silence) return {};
  return {.length = length, .before = before, .after = after};
}

}  // namespace

Price CurveSample::mid() const {
  return Price::from_units(std::midpoint(bid.units(), ask.units()), Price::max_decimals);
}

CurveBucket::CurveBucket(const CurveSample& sample) { kept_.fill(sample); }

/// `candidate` says which book of what follows may take a role.
template <class Candidate>
void CurveBucket::take(Candidate candidate) {
  kept_[Role::last] = candidate(Role::last);
  keep_lower(kept_[Role::low_mid], candidate(Role::low_mid), mid_of);
  keep_higher(kept_[Role::high_mid], candidate(Role::high_mid), mid_of);
  keep_lower(kept_[Role::low_gross], candidate(Role::low_gross), gross_of);
  keep_higher(kept_[Role::high_gross], candidate(Role::high_gross), gross_of);
  keep_lower(kept_[Role::low_net], candidate(Role::low_net), net_of);
  keep_higher(kept_[Role::high_net], candidate(Role::high_net), net_of);
  keep_lower(kept_[Role::deepest], candidate(Role::deepest), drawdown_of);
}

void CurveBucket::note_silence(const Silence& silence) {
  if (silence.length > silence_.length) silence_ = silence;
}

void CurveBucket::append(const CurveSample& next) {
  note_silence(between(last(), next));
  take([&](std::size_t) -> const CurveSample& { return next; });
}

void CurveBucket::append(const CurveBucket& next) {
  note_silence(between(last(), next.first()));
  note_silence(next.silence_);
  take([&](std::size_t role) -> const CurveSample& { return next.kept_[role]; });
}

std::vector<CurveSample> CurveBucket::samples() const {
  std::vector<CurveSample> samples{kept_.begin(), kept_.end()};
  if (silence_.length > 0) {
    samples.push_back(silence_.before);
    samples.push_back(silence_.after);
  }
  std::ranges::sort(samples, {}, &CurveSample::number);
  const auto same = [](const CurveSample& one, const CurveSample& other) {
    return one.number == other.number;
  };
  samples.erase(std::unique(samples.begin(), samples.end(), same), samples.end());
  return samples;
}

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
  CurveSample sample{.number = totals_.books,
                     .time = milliseconds(point.time),
                     .bid = point.bid,
                     .ask = point.ask,
                     .gross = point.gross,
                     .net = point.net,
                     .position = point.position};
  const CurveSample& last = totals_.last;
  if (totals_.books > 0) {
    sample.time = std::max(sample.time, last.time);
    const auto held = static_cast<double>(sample.time - last.time);
    sample.long_sum = last.long_sum + std::max(last.position, 0.0) * held;
    sample.short_sum = last.short_sum + std::max(-last.position, 0.0) * held;
    if (last.position > 0) totals_.long_time += sample.time - last.time;
    if (last.position < 0) totals_.short_time += sample.time - last.time;
  }
  if (totals_.books == 0 || point.net > peak_) peak_time_ = sample.time;
  peak_ = std::max(peak_, point.net);
  sample.drawdown = point.net - peak_;
  return sample;
}

void Curve::note(const CurveSample& sample) {
  CurveTotals& totals = totals_;
  if (totals.books == 0) {
    totals.first = totals.lowest_mid = totals.highest_mid = sample;
    totals.lowest_net = totals.highest_net = totals.deepest = sample;
    totals.peak_before_deepest = peak_time_;
  }
  ++totals.books;
  totals.last = sample;
  keep_lower(totals.lowest_mid, sample, mid_of);
  keep_higher(totals.highest_mid, sample, mid_of);
  keep_lower(totals.lowest_net, sample, net_of);
  keep_higher(totals.highest_net, sample, net_of);
  if (sample.drawdown < totals.deepest.drawdown) totals.peak_before_deepest = peak_time_;
  keep_lower(totals.deepest, sample, drawdown_of);
  totals.largest_position = std::max(totals.largest_position, std::abs(sample.position));
  totals.largest_equity =
      std::max({totals.largest_equity, std::abs(sample.gross), std::abs(sample.net)});
  totals.price_decimals =
      std::max({totals.price_decimals, sample.bid.decimals(), sample.ask.decimals()});
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
  const double usual = static_cast<double>(totals_.last.time - totals_.first.time) /
                       static_cast<double>(totals_.books);
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
