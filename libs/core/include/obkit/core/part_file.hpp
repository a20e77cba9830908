#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "obkit/core/descriptor.hpp"

namespace obkit {

/// What to do where a file of the wanted name exists already.
enum class Existing { refuse, overwrite };

/// A file that is written under another name and takes the place of `path` when it is whole. So no
/// half file ever has the final name. Messages name `path`.
class PartFile {
 public:
  /// The name that it has until then, in the same folder.
  enum class Name : std::uint8_t {
    visible,  ///< `NAME.part`
    hidden    ///< `.NAME.part`: no reader of the folder takes it for anything
  };

  /// Makes or empties the file. Throws IoError, as do the others.
  explicit PartFile(std::string path, Name name = Name::visible);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  /// Removes a file that was not finished.
  ~PartFile();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int descriptor() const { return file_.get(); }

  void write(std::string_view bytes) { write_all(file_.get(), bytes, path_); }
  /// The bytes are on the disk when it returns. With it before finish(), a crash of the machine
  /// leaves the old file or the new one, never a part.
  void sync() const;
  /// Closes the file and gives it its name. `refuse`: a file of that name that another process made
  /// meanwhile survives, and this throws.
  void finish(Existing existing = Existing::overwrite);

 private:
  std::string path_, part_path_;
  std::atomic<const char*>* listed_;  ///< for remove_unfinished_files(); null where it was full
  Descriptor file_;
  bool renamed_ = false;
};

/// Removes the part files that are open at this moment. Async-signal-safe.
void remove_unfinished_files() noexcept;

}  // namespace obkit
