#include "obkit/dataset/spool.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace obkit::dataset {

class Spool::Implementation {
 public:
  Implementation(std::string scratch_folder, std::size_t memory_bytes)
      : scratch_folder_{std::move(scratch_folder)}, memory_bytes_{memory_bytes} {}

  void append(std::string_view bytes) {
    if (newest_.size() + bytes.size() > memory_bytes_) spill();
    if (bytes.size() > memory_bytes_) return write(bytes);
    newest_.reserve(memory_bytes_);  // at once: memory is touched when it is used, and moving costs
    newest_.append(bytes);
  }

  [[nodiscard]] std::uint64_t size() const { return in_file_ + newest_.size(); }

  void pour(ByteSink& sink) {
    constexpr std::size_t block_size = std::size_t{256} * 1024;
    std::string block;
    for (std::uint64_t at = 0; at < in_file_; at += block.size()) {
      block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block_size, in_file_ - at)));
      file_->read_at(at, block);
      sink.write(block);
    }
    sink.write(newest_);
  }

 private:
  void spill() {
    if (newest_.empty()) return;
    write(newest_);
    newest_.clear();
  }
  void write(std::string_view bytes) {
    if (!file_) file_.emplace(scratch_folder_);
    file_->write_at(in_file_, bytes);
    in_file_ += bytes.size();
  }

  std::string scratch_folder_;
  std::size_t memory_bytes_;
  std::string newest_;
  std::uint64_t in_file_ = 0;
  std::optional<ScratchFile> file_;
};

Spool::Spool(std::string scratch_folder, std::size_t memory_bytes)
    : implementation_{std::make_unique<Implementation>(std::move(scratch_folder), memory_bytes)} {}
Spool::Spool(Spool&&) noexcept = default;
Spool& Spool::operator=(Spool&&) noexcept = default;
Spool::~Spool() = default;

void Spool::append(std::string_view bytes) { implementation_->append(bytes); }
std::uint64_t Spool::size() const { return implementation_->size(); }
void Spool::pour(ByteSink& sink) { implementation_->pour(sink); }

}  // namespace obkit::dataset
