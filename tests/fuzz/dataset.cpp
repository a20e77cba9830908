// A dataset, lines or arrays, each known by its content: what was read are samples, and they can be
// written as a line and read again.

#include <cmath>
#include <string>
#include <string_view>
#include <sys/mman.h>

#include <unistd.h>

#include "obkit/core/error.hpp"
#include "obkit/dataset/dataset_writer.hpp"
#include "obkit/dataset/sample_reader.hpp"

#include "fuzz.hpp"

namespace {

using namespace obkit;
using dataset::Sample;
using dataset::SampleReader;

/// A file in memory, by a name that can be opened.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : fd_{::memfd_create("dataset", MFD_CLOEXEC)} {
    fuzz::require(fd_ >= 0);
    const auto count = ::write(fd_, text.data(), text.size());
    fuzz::require(count == static_cast<ssize_t>(text.size()));
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(fd_); }

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

void require_sample(const Sample& sample) {
  fuzz::require(!sample.volumes.empty() && sample.volumes.size() % 2 == 0);
  for (const double volume : sample.volumes) fuzz::require(volume >= 0 && std::isfinite(volume));
  fuzz::require(sample.direction < (sample.label.empty() ? 2 : 3));
  fuzz::require(!sample.time || to_timestamp(*sample.time));
  fuzz::require(sample.flow.empty() || sample.flow.size() == dataset::flow_count);
  for (const double number : sample.flow) fuzz::require(std::isfinite(number));
}

void require_round_trip(Sample sample) {
  sample.label.clear();  // others may have characters in it that are not written
  sample.direction = sample.direction == 1 ? 1 : 0;
  std::string line;
  append_sample(line, sample);
  const MemoryFile file{line};
  SampleReader reader{{file.path()}};
  Sample again;
  fuzz::require(reader.next(again));
  fuzz::require(again.volumes == sample.volumes && again.time == sample.time);
  fuzz::require(again.flow == sample.flow);
  fuzz::require(sample.flow.empty() || again.move == sample.move);
}

void read(const std::string& path, store::BadLine bad_line) {
  try {
    SampleReader reader{{path}, bad_line};
    bool is_first = true;
    for (Sample sample; reader.next(sample); is_first = false) {
      require_sample(sample);
      if (is_first) require_round_trip(sample);
    }
  } catch (const DataError&) {
    return;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file{fuzz::to_text(data, size)};
  read(file.path(), store::BadLine::refuse);
  read(file.path(), store::BadLine::skip);
  return 0;
}
