#include "shards.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace obdataset {
namespace {

/// Keeps encoded samples.
class Spools final : public SampleTaker {
 public:
  Spools(const Job& job, Shard& shard)
      : format_{job.format}, shard_{shard}, columns_(column_count(job.format)) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      shard.columns.emplace_back(job.scratch_folder);
  }

  void take(std::size_t /*input*/, const obkit::dataset::Sample& sample) override {
    ++directions_.at(sample.direction);
    encode(format_, sample, columns_);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      shard_.columns[i].append(columns_[i]);
      columns_[i].clear();
    }
  }
  void reach(std::size_t /*input*/, std::size_t /*depth*/) override {}

  [[nodiscard]] const auto& directions() const { return directions_; }

 private:
  obkit::dataset::DatasetFormat format_;
  Shard& shard_;
  std::vector<std::string> columns_;
  std::array<std::uint64_t, 3> directions_{};
};

std::unique_ptr<Shard> make_shard(const Job& job, std::size_t input, metered::Meter& meter,
                                  const std::atomic<bool>& stop) {
  auto shard = std::make_unique<Shard>(Shard{.course = Course{job}, .pass = {}, .columns = {}});
  Spools spools{job, *shard};
  shard->pass = label_input(job, input, shard->course, spools, meter, &stop);
  shard->pass.counts.directions = spools.directions();
  return shard;
}

}  // namespace

Shards::Shards(const Job& job, metered::Meter& meter)
    : job_{job}, meter_{meter}, shards_(job.inputs.size()), is_done_(job.inputs.size()) {
  const std::size_t count = std::min(job.jobs, job.inputs.size());
  for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
}

Shards::~Shards() {
  stop_ = true;
  {
    const std::lock_guard lock{mutex_};
    changed_.notify_all();
  }
  for (auto& thread : threads_) thread.join();
}

std::unique_ptr<Shard> Shards::next() {
  constexpr std::chrono::milliseconds between_paints{200};
  std::unique_lock lock{mutex_};
  while (!is_done_[taken_]) {
    changed_.wait_for(lock, between_paints);
    meter_.paint();
  }
  changed_.notify_all();
  return std::move(shards_[taken_++]);
}

std::optional<std::size_t> Shards::claim() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] {
    return stop_ || claimed_ == job_.inputs.size() || claimed_ < taken_ + threads_.size();
  });
  if (stop_ || claimed_ == job_.inputs.size()) return std::nullopt;
  return claimed_++;
}

void Shards::work() {
  while (const auto input = claim()) {
    std::unique_ptr<Shard> shard;
    try {
      shard = make_shard(job_, *input, meter_, stop_);
    } catch (const std::exception&) {
      shard.reset();  // told by whoever reads the input again, in the order of the inputs
    }
    const std::lock_guard lock{mutex_};
    shards_[*input] = std::move(shard);
    is_done_[*input] = true;
    changed_.notify_all();
  }
}

}  // namespace obdataset
