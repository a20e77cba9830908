#include "obkit/store/day_file_writer.hpp"

#include <utility>

#include "day_recording.hpp"

namespace obkit::store {

class DayFileWriter::Implementation final : public DayRecording {
 public:
  using DayRecording::DayRecording;
};

DayFileWriter::DayFileWriter(DayFileOptions options,
                             std::function<void(const OpenedDayFile&)> opened)
    : implementation_{std::make_unique<Implementation>(std::move(options), std::move(opened))} {}
DayFileWriter::DayFileWriter(DayFileWriter&&) noexcept = default;
DayFileWriter& DayFileWriter::operator=(DayFileWriter&&) noexcept = default;
DayFileWriter::~DayFileWriter() = default;

void DayFileWriter::write(const OrderBook& book, std::string_view reason) {
  implementation_->write(book, reason);
}
void DayFileWriter::add_frames(std::uint64_t count) { implementation_->add_frames(count); }
void DayFileWriter::sync() { implementation_->sync(); }
void DayFileWriter::check() { implementation_->check(); }
void DayFileWriter::close() { implementation_->close(); }
std::uint64_t DayFileWriter::books() const { return implementation_->tally().kept(); }
std::uint64_t DayFileWriter::lost() const { return implementation_->tally().lost(); }
std::uint64_t DayFileWriter::gaps() const { return implementation_->tally().gaps(); }
std::uint64_t DayFileWriter::clamped() const { return implementation_->clamped(); }
std::uint64_t DayFileWriter::files() const { return implementation_->files(); }

}  // namespace obkit::store
