#include "build_datasets.hpp"

#include <filesystem>
#include <memory>
#include <system_error>

#include "obkit/core/error.hpp"
#include "obkit/dataset/next_move_labeller.hpp"
#include "obkit/store/day_file_reader.hpp"

namespace obdataset {
namespace {

namespace fs = std::filesystem;

void make_folder_of(const std::string& path) {
  const fs::path folder = fs::path{path}.parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) throw obkit::IoError{obkit::IoError::During::create, folder.string(), error.value()};
}

/// The outputs of a job one after another, one open at a time.
class Outputs {
 public:
  explicit Outputs(const Job& job) : job_{job} {
    for (const auto& path : job.outputs) obkit::check_sink(path, job.existing);
    open();
  }

  /// The input whose output is open.
  [[nodiscard]] std::size_t input() const { return input_; }

  void write(const obkit::dataset::Sample& sample) {
    line_.clear();
    obkit::dataset::append_sample(line_, sample);
    sink_->write(line_);
  }

  /// Goes on until the output of `input` is open: an input without books has an empty one.
  void advance_to(std::size_t input) {
    while (input_ < input) {
      const bool is_same = job_.outputs[input_ + 1] == job_.outputs[input_];
      if (!is_same) sink_->close();
      ++input_;
      if (!is_same) open();
    }
  }

  void close() {
    advance_to(job_.inputs.size() - 1);
    sink_->close();
  }

 private:
  void open() {
    const std::string& path = job_.outputs[input_];
    if (job_.make_folders) make_folder_of(path);
    sink_ = obkit::open_sink(path, job_.existing);
  }

  const Job& job_;
  std::size_t input_ = 0;
  std::unique_ptr<obkit::ByteSink> sink_;
  std::string line_;
};

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  books += other.books;
  samples += other.samples;
  rises += other.rises;
  return *this;
}

Result build_datasets(const Job& job) {
  Result result{.inputs = std::vector<Counts>(job.inputs.size()), .report = {}};
  Outputs outputs{job};
  obkit::store::BookStream stream{job.inputs, job.bad_line};
  obkit::dataset::NextMoveLabeller labeller;
  for (obkit::OrderBook book; stream.next(book);) {
    if (const auto sample = labeller.push(book)) {
      outputs.write(*sample);
      Counts& counts = result.inputs[outputs.input()];
      ++counts.samples;
      counts.rises += sample->direction;
    }
    outputs.advance_to(stream.input_index());
    ++result.inputs[outputs.input()].books;
  }
  outputs.close();
  result.report = stream.report();
  return result;
}

}  // namespace obdataset
