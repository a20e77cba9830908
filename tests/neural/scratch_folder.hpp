#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace obkit::neural {

/// A folder that goes with the test.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& name)
      : path_{testing::TempDir() + "obkit_" + name + "_" + std::to_string(getpid()) + "/"} {
    std::filesystem::create_directories(path_);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() { std::filesystem::remove_all(path_); }

  /// Ends with a slash.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace obkit::neural
