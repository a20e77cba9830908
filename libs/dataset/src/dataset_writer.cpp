#include "obkit/dataset/dataset_writer.hpp"

#include <utility>

#include "obkit/core/number.hpp"

#include "npz_writer.hpp"

namespace obkit::dataset {
namespace {

class LineWriter final : public DatasetWriter {
 public:
  explicit LineWriter(std::unique_ptr<ByteSink> sink) : sink_{std::move(sink)} {}
  void append(std::size_t /*column*/, std::string_view bytes) override { sink_->write(bytes); }
  void close(std::size_t /*depth*/) override { sink_->close(); }

 private:
  std::unique_ptr<ByteSink> sink_;
};

/// The flow, and the move beside it, where there are any.
void append_flow(std::string& out, const Sample& sample) {
  if (sample.flow.empty()) return;
  out += R"(,"flow":[)";
  for (const double number : sample.flow) {
    append_number(out, number);
    out += ',';
  }
  out.back() = ']';
  if (sample.move > 0) out.append(R"(,"move":)").append(std::to_string(sample.move));
}

}  // namespace

void append_sample(std::string& out, const Sample& sample) {
  out += R"({"volumes":[)";
  out += sample.volumes_text;
  for (const double volume : sample.volumes) {
    append_number(out, volume);
    out += ',';
  }
  if (!sample.volumes.empty()) out.pop_back();
  out.append(R"(],"direction":)").append(std::to_string(sample.direction));
  if (sample.time) {
    out.append(R"(,"date":)").append(std::to_string(sample.time->date));
    out.append(R"(,"time":)").append(std::to_string(sample.time->time));
  }
  if (!sample.label.empty()) out.append(R"(,"label":")").append(sample.label).append("\"");
  append_flow(out, sample);
  out += "}\n";
}

std::size_t column_count(const DatasetOptions& options) {
  return options.format == DatasetFormat::ds ? 1 : npz_columns(options).size();
}

void encode(DatasetFormat format, const Sample& sample, std::vector<std::string>& columns) {
  if (format == DatasetFormat::ds)
    append_sample(columns.front(), sample);
  else
    append_arrays(sample, columns);
}

std::unique_ptr<DatasetWriter> make_dataset_writer(std::unique_ptr<ByteSink> sink,
                                                   const DatasetOptions& options) {
  if (options.format == DatasetFormat::ds) return std::make_unique<LineWriter>(std::move(sink));
  return std::make_unique<NpzWriter>(std::move(sink), options);
}

}  // namespace obkit::dataset
