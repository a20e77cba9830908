#include <algorithm>
#include <numeric>

#include "report/curve.hpp"
#include "report/extremes.hpp"

namespace obkit::backtest {

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

}  // namespace obkit::backtest
