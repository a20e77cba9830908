#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "obkit/neural/model.hpp"

namespace obkit::signals {

/// A model's file that is gone when the test ends.
class ModelFile {
 public:
  explicit ModelFile(const neural::Model& model) { model.save(path(), Existing::overwrite); }
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;
  ~ModelFile() { std::filesystem::remove(path()); }

  [[nodiscard]] std::string path() const { return path_; }

 private:
  std::string path_ = testing::TempDir() + "obkit_model_" + std::to_string(::getpid()) + ".json";
};

}  // namespace obkit::signals
