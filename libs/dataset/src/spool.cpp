#include "obkit/dataset/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "obkit/core/descriptor.hpp"
#include "obkit/core/error.hpp"

namespace obkit::dataset {

class Spool::Implementation {
 public:
  Implementation(std::string scratch_folder, std::size_t memory_bytes)
      : scratch_folder_{std::move(scratch_folder)},
        name_{"a temporary file in " + scratch_folder_},
        memory_bytes_{memory_bytes} {}

  void append(std::string_view bytes) {
    if (newest_.size() + bytes.size() > memory_bytes_ && !newest_.empty()) spill();
    newest_.append(bytes);
  }

  [[nodiscard]] std::uint64_t size() const { return in_file_ + newest_.size(); }

  void pour(ByteSink& sink) {
    constexpr std::size_t block_size = std::size_t{256} * 1024;
    std::string block;
    for (std::uint64_t at = 0; at < in_file_; at += block.size()) {
      block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block_size, in_file_ - at)));
      if (read_at(file_.get(), at, block, name_) < block.size())
        throw IoError{IoError::During::read, name_, "it is shorter than was written"};
      sink.write(block);
    }
    sink.write(newest_);
  }

 private:
  void spill() {
    if (!file_.is_open()) file_ = open_nameless_file(scratch_folder_);
    if (!file_.is_open()) throw IoError{IoError::During::create, name_, errno};
    write_all(file_.get(), newest_, name_);
    in_file_ += newest_.size();
    newest_.clear();
  }

  std::string scratch_folder_, name_;  ///< of the file, for messages
  std::size_t memory_bytes_;
  std::string newest_;
  std::uint64_t in_file_ = 0;
  Descriptor file_;
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
