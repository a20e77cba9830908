#include "npz_reader.hpp"

#include <array>
#include <cmath>
#include <filesystem>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <zip.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"

namespace obkit::dataset {
namespace {

constexpr std::uint64_t most_levels = 100'000;

bool is_integer(const NpzArray& array) {
  return array.layout().kind == 'i' || array.layout().kind == 'u';
}

}  // namespace

bool is_npz(const std::string& path) {
  std::error_code error;
  if (path == "-" || !std::filesystem::is_regular_file(path, error)) return false;
  std::array<char, 4> head{};
  const auto source = open_source(path);
  std::size_t count = 0;
  for (std::size_t more = 1; more > 0 && count < head.size(); count += more)
    more = source->read(std::span{head}.subspan(count));
  return std::string_view{head.data(), count} == "PK\x03\x04";
}

void NpzReader::Close::operator()(zip* archive) const { ::zip_discard(archive); }

NpzReader::NpzReader(const std::string& path, store::BadLine bad_line)
    : path_{path}, bad_line_{bad_line} {
  int code = 0;
  archive_.reset(::zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive_) {
    zip_error_t error;
    ::zip_error_init_with_code(&error, code);
    const std::string reason = ::zip_error_strerror(&error);
    ::zip_error_fini(&error);
    throw DataError{{.name = path}, "expected an archive of arrays (.npz): " + reason};
  }
  open_arrays();
  check_shapes();
  depth_ = static_cast<std::size_t>(volumes_->layout().shape[1]);
  count_ = volumes_->layout().shape[0];
  read_label();
}

NpzReader::~NpzReader() {
  for (auto* array : {&volumes_, &direction_, &date_, &time_}) array->reset();
}

bool NpzReader::next(Sample& sample) {
  while (taken_ < count_) {
    ++taken_;
    const std::string problem = read(sample);
    if (problem.empty()) return true;
    const DataError error{{.name = path_}, "sample " + std::to_string(taken_) + ": " + problem};
    if (bad_line_ == store::BadLine::refuse) throw error;
    if (report_.skipped++ == 0) report_.first_skipped = error.what();
  }
  return false;
}

void NpzReader::open_arrays() {
  const auto open = [&](const char* name) { return NpzArray::open(archive_.get(), path_, name); };
  volumes_ = open("volumes");
  direction_ = open("direction");
  date_ = open("date");
  time_ = open("time");
  for (const auto& [name, array] :
       {std::pair{"volumes", volumes_.get()}, std::pair{"direction", direction_.get()}})
    if (array == nullptr)
      throw DataError{{.name = path_}, std::string{"expected the array '"} + name + "'"};
  if ((date_ == nullptr) != (time_ == nullptr))
    throw DataError{{.name = path_}, "expected the arrays 'date' and 'time', found one of them"};
}

void NpzReader::check_shapes() const {
  const NpyLayout& volumes = volumes_->layout();
  if (volumes.kind != 'f' || volumes.shape.size() != 2)
    volumes_->refuse("expected float32 or float64 numbers, samples by levels");
  const std::uint64_t depth = volumes.shape[1];
  if (depth % 2 != 0 || depth > most_levels || (depth == 0 && volumes.shape[0] > 0))
    volumes_->refuse("expected as many bids as asks, found " + std::to_string(depth));
  for (const NpzArray* array : {direction_.get(), date_.get(), time_.get()}) {
    if (array == nullptr) continue;
    if (!is_integer(*array) || array->layout().shape.size() != 1)
      array->refuse("expected integers, one for each sample");
    if (array->layout().shape[0] != volumes.shape[0])
      array->refuse("expected " + std::to_string(volumes.shape[0]) +
                    ", as many as samples, found " + std::to_string(array->layout().shape[0]));
  }
}

void NpzReader::read_label() {
  const auto label = NpzArray::open(archive_.get(), path_, "label");
  if (label == nullptr) return;
  if (label->layout().kind != 'U' || !label->layout().shape.empty())
    label->refuse("expected one text");
  label_ = label->text();
  if (label_ == "next") label_.clear();
}

/// What is wrong with the next sample; empty when nothing is. All of it is taken either way.
std::string NpzReader::read(Sample& sample) {
  std::string problem;
  sample.volumes.resize(depth_);
  for (double& volume : sample.volumes) {
    volume = volumes_->number();
    if (!(volume >= 0) || std::isinf(volume))
      problem = "expected a volume >= 0, found " + to_text(volume);
  }
  const std::int64_t direction = direction_->integer();
  sample.direction = static_cast<std::uint8_t>(direction);
  sample.label = label_;
  if (direction < 0 || direction > (label_.empty() ? 1 : 2)) {
    problem = "expected direction 0 (falls)" +
              std::string{label_.empty() ? " or 1 (rises)" : ", 1 (rises) or 2 (stays)"} +
              ", found " + std::to_string(direction);
  }
  sample.time.reset();
  if (!date_) return problem;
  const std::int64_t date = date_->integer(), time = time_->integer();
  constexpr std::int64_t beyond_any = 1'000'000'000;
  const bool possible = date > 0 && date < beyond_any && time >= 0 && time < beyond_any;
  if (possible) sample.time = {.date = static_cast<int>(date), .time = static_cast<int>(time)};
  if (!possible || !to_timestamp(*sample.time))
    problem = "expected a date and time that exist, found " + std::to_string(date) + " " +
              std::to_string(time);
  return problem;
}

}  // namespace obkit::dataset
