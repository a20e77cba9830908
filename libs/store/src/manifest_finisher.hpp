#pragma once

#include <exception>
#include <future>
#include <string>

#include "obkit/store/manifest.hpp"

namespace obkit::store {

/// Finishes manifests behind the back of a recording: hashing a day takes seconds. One at a time;
/// the destructor waits.
class ManifestFinisher {
 public:
  /// Waits for the one before.
  void start(std::string day_file, Manifest manifest);
  /// Throws the IoError of one that failed, once. Does not wait.
  void check();
  /// Waits, then as check().
  void join();

 private:
  void collect();

  std::future<void> running_;
  std::exception_ptr failure_;
};

}  // namespace obkit::store
