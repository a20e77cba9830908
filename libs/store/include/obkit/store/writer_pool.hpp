#pragma once

#include <cstddef>
#include <memory>

namespace obkit::store {

/// What the writers of one thread share, so that thousands of them need few descriptors and
/// threads: files that are open, the lock file of a folder, and a thread that finishes manifests.
class WriterPool {
 public:
  /// At most `files` of their files are open at once, >= 1: the one that was not used for longest
  /// is closed, and opened again when it is needed.
  explicit WriterPool(std::size_t files);
  WriterPool(WriterPool&&) = delete;
  WriterPool& operator=(WriterPool&&) = delete;
  /// Waits until all manifests are finished.
  ~WriterPool();

  class Implementation;
  [[nodiscard]] Implementation& implementation() { return *implementation_; }

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::store
