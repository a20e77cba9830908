#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "obkit/core/byte_stream.hpp"

namespace obkit::store {

/// Text in memory, given in blocks of at most `block` bytes.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string text, std::size_t block = 1 << 20)
      : text_{std::move(text)}, block_{block} {}

  std::size_t read(std::span<char> out) override {
    const std::size_t count = text_.copy(out.data(), std::min(out.size(), block_), given_);
    given_ += count;
    ++reads_;
    return count;
  }
  [[nodiscard]] int reads() const { return reads_; }

 private:
  std::string text_;
  std::size_t block_, given_ = 0;
  int reads_ = 0;
};

inline std::unique_ptr<ByteSource> memory(std::string text, std::size_t block = 1 << 20) {
  return std::make_unique<MemorySource>(std::move(text), block);
}

inline std::string all_of(ByteSource& source) {
  std::string text, block(1000, '\0');
  while (const std::size_t count = source.read(block)) text.append(block, 0, count);
  return text;
}

/// A folder of its own for each test.
class ScratchFolder {
 public:
  ScratchFolder()
      : path_{std::filesystem::path{testing::TempDir()} /
              ("obkit_" + std::to_string(::getpid()) + "_" +
               testing::UnitTest::GetInstance()->current_test_info()->name())} {
    std::filesystem::create_directories(path_);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() { std::filesystem::remove_all(path_); }

  /// Writes a file; its path.
  [[nodiscard]] std::string file(const std::string& name, std::string_view text) const {
    std::ofstream{path_ / name, std::ios::binary} << text;
    return path_ / name;
  }
  [[nodiscard]] std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A book line of depth 4 with mid price 100.5, as obkit writes it.
inline std::string book_line(int time, std::string_view further = "", int date = 20190823) {
  return "{\"date\":" + std::to_string(date) + ",\"time\":" + std::to_string(time) +
         R"(,"prices":[99,100,101,102.5],"volumes":[1,2.5,3,4])" + std::string{further} + "}\n";
}

}  // namespace obkit::store
