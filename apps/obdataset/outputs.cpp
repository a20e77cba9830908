#include "outputs.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/compressed_sink.hpp"

#include "output_paths.hpp"

namespace obdataset {
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
    : job_{job}, counts_{counts}, columns_(column_count(job.format)) {
  for (const auto& path : job.outputs) obkit::check_sink(path, job.existing);
  open();
}

void Outputs::take(std::size_t input, const obkit::dataset::Sample& sample) {
  reach(input, depth_);
  ++counts_[input].directions.at(sample.direction);
  encode(job_.format, sample, columns_);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    writer_->append(i, columns_[i]);
    columns_[i].clear();
  }
}

void Outputs::reach(std::size_t input, std::size_t depth) {
  depth_ = depth;
  while (input_ < input) {
    const bool is_same = job_.outputs[input_ + 1] == job_.outputs[input_];
    if (!is_same) writer_->close(depth_);
    ++input_;
    if (!is_same) open();
  }
}

void Outputs::append(std::vector<obkit::dataset::Spool>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    ColumnSink sink{*writer_, i};
    columns[i].pour(sink);
  }
}

void Outputs::close() {
  reach(job_.inputs.size() - 1, depth_);
  writer_->close(depth_);
}

void Outputs::open() {
  const std::string& path = job_.outputs[input_];
  if (job_.make_folders) make_folder_of(path);
  auto sink = obkit::open_sink(path, job_.existing);
  if (is_compressed(path)) sink = obkit::store::compressed(std::move(sink));
  writer_ =
      obkit::dataset::make_dataset_writer(std::move(sink), {.format = job_.format,
                                                            .label = to_string(job_.rule),
                                                            .scratch_folder = job_.scratch_folder});
}

}  // namespace obdataset
