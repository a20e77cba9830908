#include "obdataset/label_input.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/compressed_sink.hpp"
#include "obkit/store/input.hpp"

#include "obdataset/job.hpp"

namespace obkit::obdataset {
namespace {

using obkit::OrderBook;
using obkit::dataset::Sample;
using obkit::store::DayFileReader;
using obkit::store::Volumes;

constexpr std::uint64_t books_between_paints = 1024;
/// Each sample for itself would cost more than it takes to write it.
constexpr std::size_t bytes_at_a_time = std::size_t{256} * 1024;

/// Lines of a dataset mostly take over the text of the volumes; the flow is made of numbers.
Volumes volumes_for(const Job& job) {
  const bool is_copied = job.format == obkit::dataset::DatasetFormat::ds && !job.has_flow;
  return is_copied ? Volumes::text : Volumes::numbers;
}

static_assert(obkit::signals::FlowInputs::count == obkit::dataset::flow_count);

void push(LabellingState& state, const OrderBook& book, std::size_t input,
          std::string_view volumes_text) {
  if (!state.flow) return state.labeller.push(book, input, volumes_text);
  state.labeller.push(book, input, volumes_text, state.flow->next(book));
}

/// What the first book changes.
void begin(const Job& job, std::size_t input, LabellingState& state, DayFileReader& reader) {
  const OrderBook& first = reader.book();
  if (state.end && is_break(job, input, state, first)) reader.mark_gap();
  state.end = {.symbol = obkit::store::symbol_of_day_file(job.inputs[input]), .time = {}};
  state.depth = first.depth();
}

void finish(const DayFileReader& reader, LabellingState& state, obkit::DateTime last,
            InputPass& pass) {
  if (pass.first) state.end->time = obkit::to_timestamp(last).value();
  pass.lost_lines = reader.lost_lines();
  if (state.end && pass.lost_lines) state.end->lost_lines = true;
  pass.report = reader.report();
  pass.counts.books = pass.report.books;
  pass.counts.skipped_lines = pass.report.skipped;
  pass.counts.torn_lines = pass.report.torn ? 1 : 0;
}

}  // namespace

bool is_break(const Job& job, std::size_t input, const LabellingState& state,
              const OrderBook& first) {
  return first.gap || !state.end || !continues(*state.end, job.inputs[input], first, job.join);
}

InputPass label_input(const Job& job, std::size_t input, LabellingState& state, SampleTaker& taker,
                      common::Meter& meter, const std::atomic<bool>* stop) {
  const double begin_seconds = meter.seconds();
  const std::string& path = job.inputs[input];
  DayFileReader reader{meter.open(path), obkit::display_name(path), job.bad_line, state.depth,
                       volumes_for(job)};
  InputPass pass;
  obkit::DateTime last;
  Sample sample;
  std::uint64_t unpainted = 0;
  while ((stop == nullptr || !stop->load(std::memory_order_relaxed)) && reader.next()) {
    const OrderBook& book = reader.book();
    last = book.time;
    pass.counts.gaps += book.gap ? 1 : 0;
    if (!pass.first) {
      pass.first = book;
      begin(job, input, state, reader);
    }
    push(state, book, input, reader.volumes_text());
    while (const auto of = state.labeller.take(sample)) taker.take(*of, sample);
    taker.reach(state.labeller.oldest_input(), state.depth);
    if (++unpainted == books_between_paints) {
      meter.add_books(std::exchange(unpainted, 0));
      meter.paint();
    }
  }
  meter.add_books(unpainted);
  finish(reader, state, last, pass);
  pass.counts.seconds = meter.seconds() - begin_seconds;
  return pass;
}

void label_ends(const Job& job, std::size_t input, LabellingState& state, SampleTaker& taker) {
  const std::string& path = job.inputs[input];
  DayFileReader reader{obkit::store::open_input(path), obkit::display_name(path), job.bad_line,
                       state.depth, volumes_for(job)};
  Sample sample;
  while (state.labeller.oldest_input() != input && reader.next()) {
    state.labeller.push(reader.book(), input, reader.volumes_text());
    while (const auto of = state.labeller.take(sample))
      if (*of != input) taker.take(*of, sample);
    taker.reach(state.labeller.oldest_input(), state.depth);
  }
}

namespace {

namespace fs = std::filesystem;

void make_folder_of(const std::string& path) {
  const fs::path folder = fs::path{path}.parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) throw obkit::IoError{obkit::IoError::During::create, folder.string(), error.value()};
}

/// A column of a dataset as a sink.
class ColumnSink final : public obkit::ByteSink {
 public:
  ColumnSink(obkit::dataset::DatasetWriter& writer, std::size_t column)
      : writer_{writer}, column_{column} {}
  void write(std::string_view bytes) override { writer_.append(column_, bytes); }
  void flush() override {}
  void close() override {}

 private:
  obkit::dataset::DatasetWriter& writer_;
  std::size_t column_;
};

}  // namespace

Outputs::Outputs(const Job& job, std::vector<Counts>& counts)
    : job_{job}, counts_{counts}, columns_(column_count(dataset_options(job))) {
  for (const auto& path : job.outputs) obkit::check_sink(path, job.existing);
  open();
}

void Outputs::take(std::size_t input, const obkit::dataset::Sample& sample) {
  reach(input, depth_);
  ++counts_[input].directions.at(sample.direction);
  encode(job_.format, sample, columns_);
  if (columns_.front().size() >= bytes_at_a_time) hand_on();
}

void Outputs::reach(std::size_t input, std::size_t depth) {
  depth_ = depth;
  while (input_ < input) {
    const bool is_same = job_.outputs[input_ + 1] == job_.outputs[input_];
    if (!is_same) {
      hand_on();
      writer_->close(depth_);
    }
    ++input_;
    if (!is_same) open();
  }
}

void Outputs::append(std::vector<obkit::dataset::Spool>& columns) {
  hand_on();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    ColumnSink sink{*writer_, i};
    columns[i].pour(sink);
  }
}

void Outputs::close() {
  reach(job_.inputs.size() - 1, depth_);
  hand_on();
  writer_->close(depth_);
}

void Outputs::hand_on() {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    writer_->append(i, columns_[i]);
    columns_[i].clear();
  }
}

void Outputs::open() {
  const std::string& path = job_.outputs[input_];
  if (job_.make_folders) make_folder_of(path);
  auto sink = obkit::open_sink(path, job_.existing);
  if (is_compressed(path)) sink = obkit::store::compressed(std::move(sink));
  writer_ = obkit::dataset::make_dataset_writer(std::move(sink), dataset_options(job_));
}

namespace {

/// Keeps encoded samples.
class Spools final : public SampleTaker {
 public:
  Spools(const Job& job, Shard& shard)
      : format_{job.format}, shard_{shard}, columns_(column_count(dataset_options(job))) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      shard.columns.emplace_back(job.scratch_folder);
  }

  void take(std::size_t /*input*/, const obkit::dataset::Sample& sample) override {
    ++directions_.at(sample.direction);
    encode(format_, sample, columns_);
    if (columns_.front().size() >= bytes_at_a_time) hand_on();
  }
  void reach(std::size_t /*input*/, std::size_t /*depth*/) override {}

  /// Pre: there are no more samples.
  void finish() {
    hand_on();
    shard_.pass.counts.directions = directions_;
  }

 private:
  void hand_on() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      shard_.columns[i].append(columns_[i]);
      columns_[i].clear();
    }
  }

  obkit::dataset::DatasetFormat format_;
  Shard& shard_;
  std::vector<std::string> columns_;
  Directions directions_{};
};

std::unique_ptr<Shard> make_shard(const Job& job, std::size_t input, common::Meter& meter,
                                  const std::atomic<bool>& stop) {
  auto shard =
      std::make_unique<Shard>(Shard{.state = LabellingState{job}, .pass = {}, .columns = {}});
  Spools spools{job, *shard};
  shard->pass = label_input(job, input, shard->state, spools, meter, &stop);
  spools.finish();
  return shard;
}

}  // namespace

Shards::Shards(const Job& job, common::Meter& meter)
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

}  // namespace obkit::obdataset
