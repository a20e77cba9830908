#include "obkit/dataset/sample_reader.hpp"

#include <array>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"
#include "obkit/store/input.hpp"

#include "npz_reader.hpp"

namespace obkit::dataset {
namespace {

enum : std::size_t {
  volumes_key,
  direction_key,
  date_key,
  time_key,
  label_key,
  flow_key,
  move_key
};
constexpr std::array<store::JsonKey, 7> keys{
    {{"volumes", true}, {"direction", true}, {"date"}, {"time"}, {"label"}, {"flow"}, {"move"}}};

constexpr std::string_view default_label = "next";

std::string label_name(const std::string& rule) {
  return store::shown(rule.empty() ? default_label : rule);
}

/// Whether the default rule has it, which knows no third class.
bool is_move(std::int64_t direction) { return direction == 0 || direction == 1; }

std::string flow_text(bool has_flow) { return has_flow ? "the flow" : "no flow"; }

std::uint64_t read_move(store::JsonLine& json) {
  constexpr std::string_view expected = "a number of a move, above 0";
  const std::int64_t value = json.integer(expected);
  if (value <= 0)
    json.refuse_value("expected " + std::string{expected} + ", found " + std::to_string(value));
  return static_cast<std::uint64_t>(value);
}

std::uint8_t read_direction(store::JsonLine& json) {
  constexpr std::string_view expected = "0 (falls), 1 (rises) or 2 (stays)";
  const std::int64_t value = json.integer(expected);
  if (!is_move(value) && value != 2)
    json.refuse_value("expected " + std::string{expected} + ", found " + std::to_string(value));
  return static_cast<std::uint8_t>(value);
}

}  // namespace

SampleReader::SampleReader(std::vector<std::string> inputs, store::BadLine bad_line,
                           store::InputHashes* hashes)
    : inputs_{std::move(inputs)}, bad_line_{bad_line}, hashes_{hashes}, json_{keys} {}

SampleReader::SampleReader(SampleReader&&) noexcept = default;
SampleReader& SampleReader::operator=(SampleReader&&) noexcept = default;
SampleReader::~SampleReader() = default;

bool SampleReader::next(Sample& sample) {
  while (!read(sample)) {
    finish();
    if (opened_ == inputs_.size()) return false;
    open(inputs_[opened_++]);
  }
  depth_ = sample.volumes.size();
  label_ = sample.label;
  has_flow_ = !sample.flow.empty();
  return true;
}

store::ReadReport SampleReader::report() const {
  store::ReadReport all = finished_;
  if (records_) all += records_->report();
  if (npz_) all += npz_->report();
  return all;
}

void SampleReader::open(const std::string& input) {
  if (store::is_zip(input)) {
    npz_ = std::make_unique<NpzReader>(input, bad_line_);
    check_archive(input);
  } else {
    records_.emplace(hashes_ == nullptr ? store::open_input(input) : hashes_->open_input(input),
                     display_name(input), bad_line_, file_kinds::dataset);
  }
}

/// Whether there is a further sample in the file that is open.
bool SampleReader::read(Sample& sample) {
  if (npz_) return npz_->next(sample);
  return records_ && records_->next([&](std::string_view line) { parse(line, sample); });
}

void SampleReader::finish() {
  finished_ = report();
  records_.reset();
  npz_.reset();
}

/// As check(), for all samples of a file.
void SampleReader::check_archive(const std::string& input) const {
  if (depth_ == 0 || !npz_->has_samples()) return;
  if (npz_->depth() != depth_) {
    throw DataError{{.name = input},
                    "volumes.npy: expected " + std::to_string(depth_) +
                        " as in the samples before, found " + std::to_string(npz_->depth())};
  }
  if (npz_->label() != label_) {
    throw DataError{{.name = input},
                    "label.npy: expected the rule '" + label_name(label_) +
                        "' of the samples before, found '" + label_name(npz_->label()) + "'"};
  }
  if (npz_->has_flow() != has_flow_) {
    throw DataError{{.name = input},
                    "flow.npy: expected " + flow_text(has_flow_) +
                        " as in the samples before, found " + flow_text(npz_->has_flow())};
  }
}

void SampleReader::parse(std::string_view line, Sample& sample) {
  json_.begin(records_->lines(), line);
  sample.label.clear();
  sample.flow.clear();
  sample.move = 0;
  std::optional<int> date, time;
  while (const auto key = json_.next_key()) {
    if (*key == volumes_key) json_.volumes(sample.volumes);
    if (*key == direction_key) sample.direction = read_direction(json_);
    if (*key == date_key) date = json_.date();
    if (*key == time_key) time = json_.time();
    if (*key == label_key) sample.label = json_.text();
    if (*key == flow_key) json_.numbers(sample.flow);
    if (*key == move_key) sample.move = read_move(json_);
  }
  if (date && !time) json_.refuse("expected the key 'time' beside 'date'");
  if (time && !date) json_.refuse("expected the key 'date' beside 'time'");
  sample.time = date ? std::optional{DateTime{.date = *date, .time = *time}} : std::nullopt;
  if (sample.label == default_label) sample.label.clear();
  check(sample);
}

void SampleReader::check_flow(std::size_t count) const {
  if (count != 0 && count != flow_count) {
    json_.refuse(
        "flow", 0,
        "expected " + std::to_string(flow_count) + " numbers, found " + std::to_string(count));
  }
  if (depth_ > 0 && has_flow_ != (count > 0)) {
    json_.refuse("flow", 0,
                 "expected " + flow_text(has_flow_) + " as in the samples before, found " +
                     flow_text(count > 0));
  }
}

void SampleReader::check(const Sample& sample) const {
  if (sample.label.empty() && !is_move(sample.direction))
    json_.refuse("direction", 0, "expected 0 (falls) or 1 (rises), found 2");
  const std::size_t count = sample.volumes.size();
  if (count == 0 || count % 2 != 0)
    json_.refuse("volumes", 0, "expected as many bids as asks, found " + std::to_string(count));
  check_flow(sample.flow.size());
  if (depth_ == 0) return;
  if (count != depth_) {
    json_.refuse("volumes", 0,
                 "expected " + std::to_string(depth_) + " as in the samples before, found " +
                     std::to_string(count));
  }
  if (sample.label != label_) {
    json_.refuse("label", 0,
                 "expected the rule '" + label_name(label_) + "' of the samples before, found '" +
                     label_name(sample.label) + "'");
  }
}

}  // namespace obkit::dataset
