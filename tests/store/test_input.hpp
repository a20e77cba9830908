#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <unistd.h>

#include "obkit/core/byte_stream.hpp"

#include "memory_source.hpp"

namespace obkit::store {

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
