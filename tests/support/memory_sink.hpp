#pragma once

#include <string>
#include <string_view>

#include "obkit/core/byte_stream.hpp"

namespace obkit {

/// Keeps what it gets; `flushed` is what a reader could see.
class MemorySink final : public ByteSink {
 public:
  MemorySink(std::string& flushed, bool& closed) : flushed_{flushed}, closed_{closed} {}
  void write(std::string_view bytes) override { buffer_ += bytes; }
  void flush() override {
    flushed_ += buffer_;
    buffer_.clear();
  }
  void close() override {
    flush();
    closed_ = true;
  }

 private:
  std::string buffer_;
  std::string& flushed_;
  bool& closed_;
};

}  // namespace obkit
