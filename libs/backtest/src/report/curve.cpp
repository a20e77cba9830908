#include "report/curve.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

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

/// Milliseconds without a book between two neighbours; 0 where that would not break a line.
std::int64_t silence_between(const CurveSample& before, const CurveSample& after) {
  const std::int64_t length = after.time - before.time;
  return length > Curve::shortest_silence ? length : 0;
}

/// Gives the roles of a bucket to what follows it, where that is further; of equals the earlier
/// stays. `candidate` says what may take a role.
template <class Candidate>
void give_roles(CurveBucket& bucket, const std::vector<CurveSample>& samples, Candidate candidate) {
  const auto give = [&](CurveBucket::Role role, auto measure, auto is_further) {
    CurveBucket::Place& place = bucket.places.at(role);
    const CurveBucket::Place next = candidate(role);
    if (is_further(measure(samples[next]), measure(samples[place]))) place = next;
  };
  using Bucket = CurveBucket;
  constexpr std::ranges::less lower;
  constexpr std::ranges::greater higher;
  bucket.places.at(Bucket::last) = candidate(Bucket::last);
  give(Bucket::low_mid, mid_of, lower);
  give(Bucket::high_mid, mid_of, higher);
  give(Bucket::low_gross, gross_of, lower);
  give(Bucket::high_gross, gross_of, higher);
  give(Bucket::low_net, net_of, lower);
  give(Bucket::high_net, net_of, higher);
  give(Bucket::deepest, drawdown_of, lower);
}

}  // namespace

Price CurveSample::mid() const {
  return Price::from_units(std::midpoint(bid.units(), ask.units()), Price::max_decimals);
}

std::vector<CurveBucket::Place> CurveBucket::kept() const {
  std::vector<Place> kept{places.begin(), places.end()};
  std::ranges::sort(kept);
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  return kept;
}

void Curve::add(const ReportPoint& point) {
  const CurveSample sample = next_sample(point);
  note(sample);
  if (!buckets_.empty() && in_last_ < stride_) return append(sample);
  if (!buckets_.empty()) drop_others_of_last();
  if (buckets_.size() == most_buckets_) thin();
  if (buckets_.empty()) {  // memory that is not used costs nothing, and moving costs
    buckets_.reserve(most_buckets_);
    samples_.reserve(most_buckets_ * CurveBucket::most_samples);
  }
  buckets_.emplace_back(static_cast<CurveBucket::Place>(samples_.size()));
  samples_.push_back(sample);
  in_last_ = 1;
}

/// To the last bucket.
void Curve::append(const CurveSample& sample) {
  constexpr std::size_t many = 64;
  CurveBucket& bucket = buckets_.back();
  const auto place = static_cast<CurveBucket::Place>(samples_.size());
  if (place - bucket.places[CurveBucket::first] == many) {
    drop_others_of_last();
    return append(sample);
  }
  samples_.push_back(sample);
  note_silence(bucket, place);
  give_roles(bucket, samples_, [&](CurveBucket::Role) { return place; });
  ++in_last_;
}

void Curve::append(CurveBucket& bucket, const CurveBucket& next) const {
  note_silence(bucket, next.places[CurveBucket::first]);
  if (next.silence > bucket.silence) {
    bucket.silence = next.silence;
    for (const auto role : {CurveBucket::before_silence, CurveBucket::after_silence})
      bucket.places.at(role) = next.places.at(role);
  }
  give_roles(bucket, samples_, [&](CurveBucket::Role role) { return next.places.at(role); });
}

/// That between the bucket's last book and the next.
void Curve::note_silence(CurveBucket& bucket, CurveBucket::Place next) const {
  const CurveBucket::Place last = bucket.places[CurveBucket::last];
  const std::int64_t silence = silence_between(samples_[last], samples_[next]);
  if (silence <= bucket.silence) return;
  bucket.silence = silence;
  bucket.places[CurveBucket::before_silence] = last;
  bucket.places[CurveBucket::after_silence] = next;
}

/// Moves the books that a bucket keeps so that the first stands at `to`; the place behind them.
/// Pre: `to` is not behind the first.
CurveBucket::Place Curve::move_kept(CurveBucket& bucket, CurveBucket::Place to) {
  const std::vector<CurveBucket::Place> kept = bucket.kept();
  for (std::size_t i = 0; i < kept.size(); ++i) samples_[to + i] = samples_[kept[i]];
  for (CurveBucket::Place& place : bucket.places)
    place =
        to + static_cast<CurveBucket::Place>(std::ranges::lower_bound(kept, place) - kept.begin());
  return to + static_cast<CurveBucket::Place>(kept.size());
}

void Curve::drop_others_of_last() {
  CurveBucket& bucket = buckets_.back();
  samples_.resize(move_kept(bucket, bucket.places[CurveBucket::first]));
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
  CurveBucket::Place end = 0;
  for (std::size_t i = 0; i < pairs; ++i) {
    CurveBucket both = buckets_[2 * i];
    append(both, buckets_[2 * i + 1]);
    end = move_kept(both, end);
    buckets_[i] = both;
  }
  if (odd == 1) {
    end = move_kept(buckets_.back(), end);
    buckets_[pairs] = buckets_.back();
  } else if (pairs > 0) {
    in_last_ += stride_;
  }
  samples_.resize(end);
  buckets_.erase(buckets_.begin() + static_cast<std::ptrdiff_t>(pairs + odd), buckets_.end());
  stride_ *= 2;
}

bool Curve::breaks(std::int64_t silence) const {
  const double usual = static_cast<double>(totals_.last.time - totals_.first.time) /
                       static_cast<double>(totals_.books);
  return silence > 0 && static_cast<double>(silence) > 20 * usual;
}

std::vector<Curve::Row> Curve::rows() const {
  std::vector<Row> rows;
  rows.reserve(samples_.size());
  for (const CurveBucket& bucket : buckets_) {
    const CurveBucket::Place first = bucket.places[CurveBucket::first];
    const bool is_late =
        !rows.empty() && breaks(silence_between(rows.back().sample, samples_[first]));
    const bool resumes = breaks(bucket.silence);
    for (const CurveBucket::Place place : bucket.kept())
      rows.push_back(
          {.sample = samples_[place],
           .after_silence = (is_late && place == first) ||
                            (resumes && place == bucket.places[CurveBucket::after_silence])});
  }
  return rows;
}

}  // namespace obkit::backtest
