#include "build_datasets.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "label_input.hpp"
#include "outputs.hpp"
#include "shards.hpp"

namespace obdataset {
namespace {

/// Reading one twice would give the same.
bool is_file(const std::string& input) {
  std::error_code error;
  return input != "-" && std::filesystem::is_regular_file(input, error);
}

/// Joins what the inputs gave, in their order.
class Assembly {
 public:
  Assembly(const Job& job, metered::Meter& meter)
      : job_{job},
        meter_{meter},
        counts_(job.inputs.size()),
        outputs_{job, counts_},
        course_{job} {}

  /// Labels the next input.
  void add() { account(label_input(job_, input_, course_, outputs_, meter_)); }

  /// The next input was labelled by itself: that holds, but for the labels of the ends before it,
  /// unless something before it makes a difference.
  void add(std::unique_ptr<Shard> shard) {
    if (!shard || !holds(shard->pass)) return add();
    if (shard->pass.first)
      join(*shard);
    else if (course_.end && shard->pass.lost_lines)
      course_.end->lost_lines = true;
    counts_[input_].directions = shard->pass.counts.directions;
    account(std::move(shard->pass));
  }

  [[nodiscard]] Result finish() {
    outputs_.close();
    return {
        .inputs = std::move(counts_), .report = std::move(report_), .seconds = meter_.seconds()};
  }

 private:
  /// Books of another depth are refused, and a time that goes back counts as the latest before.
  [[nodiscard]] bool holds(const InputPass& pass) const {
    if (!pass.first || !course_.end) return true;
    return pass.first->depth() == course_.depth &&
           (is_break(job_, input_, course_, *pass.first) ||
            pass.first->time >= course_.labeller.latest_time());
  }

  void join(Shard& shard) {
    const bool goes_on = !is_break(job_, input_, course_, *shard.pass.first);
    course_.depth = shard.course.depth;
    if (goes_on) label_ends(job_, input_, course_, outputs_);
    // Where books before it still wait then, those of this input wait behind them.
    if (!goes_on || course_.labeller.oldest_input() == input_) {
      course_.labeller = std::move(shard.course.labeller);
      outputs_.reach(input_, course_.depth);
      outputs_.append(shard.columns);
    }
    course_.end = std::move(shard.course.end);
  }

  void account(InputPass pass) {
    Counts& counts = counts_[input_++];
    pass.counts.directions = counts.directions;
    counts = pass.counts;
    report_ += pass.report;
  }

  const Job& job_;
  metered::Meter& meter_;
  std::vector<Counts> counts_;
  Outputs outputs_;
  Course course_;
  obkit::store::ReadReport report_;
  std::size_t input_ = 0;
};

}  // namespace

Result build_datasets(const Job& job, metered::Meter& meter) {
  Assembly assembly{job, meter};
  if (job.jobs > 1 && job.inputs.size() > 1 && std::ranges::all_of(job.inputs, is_file)) {
    Shards shards{job, meter};
    for (std::size_t i = 0; i < job.inputs.size(); ++i) assembly.add(shards.next());
  } else {
    for (std::size_t i = 0; i < job.inputs.size(); ++i) assembly.add();
  }
  return assembly.finish();
}

}  // namespace obdataset
