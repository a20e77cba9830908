#include "obkit/store/compressed_sink.hpp"

#include <string>
#include <utility>

#include "zstd_frames.hpp"

namespace obkit::store {
namespace {

class CompressedSink final : public ByteSink {
 public:
  explicit CompressedSink(std::unique_ptr<ByteSink> sink) : sink_{std::move(sink)} {}

  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto part = bytes.substr(0, frame_content - content_.size());
      content_ += part;
      bytes.remove_prefix(part.size());
      if (content_.size() == frame_content) end_frame();
    }
  }
  void flush() override {
    end_frame();
    sink_->flush();
  }
  void close() override {
    end_frame();
    sink_->close();
  }

 private:
  void end_frame() {
    std::string frame;
    frames_.append(frame, std::exchange(content_, {}));
    sink_->write(frame);
  }

  std::unique_ptr<ByteSink> sink_;
  FrameMaker frames_;
  std::string content_;
};

}  // namespace

std::unique_ptr<ByteSink> compressed(std::unique_ptr<ByteSink> sink) {
  return std::make_unique<CompressedSink>(std::move(sink));
}

}  // namespace obkit::store
