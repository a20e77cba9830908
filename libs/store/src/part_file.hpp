#pragma once

#include <string>
#include <string_view>

#include "append_file.hpp"

namespace obkit::store {

/// A file that is made anew under another name, `.NAME.part` in the same folder, and takes the
/// place of `path` when it is whole. No reader of a folder takes it for anything.
class PartFile {
 public:
  /// Throws IoError, as do the others.
  explicit PartFile(std::string path);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  /// Removes what was not finished.
  ~PartFile();

  void write(std::string_view bytes) { file_.write(bytes); }
  /// A crash leaves the old file or the new one, never a part.
  void finish();

 private:
  std::string path_;
  AppendFile file_;
  bool finished_ = false;
};

}  // namespace obkit::store
