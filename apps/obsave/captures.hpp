#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/feed/protocol.hpp"
#include "obkit/store/capture_writer.hpp"

namespace obkit::obsave {

/// Every frame as it was received, in a capture a symbol. A frame that names no symbol (a greeting,
/// an acknowledgement, garbage) is in each of them.
///
/// Like PatientOutput, it goes on when nothing can be written, and says so. A capture that misses
/// frames is of use from the next image on: then wants_images() says that one is needed.
class Captures {
 public:
  /// Makes the folder and locks the files. Throws IoError.
  Captures(const store::CaptureOptions& options, std::span<const std::string> symbols);

  void write(const feed::Frame& frame, std::string_view text, Timestamp received);
  void disconnect();
  void sync();
  /// Throws IoError.
  void close();

  /// Texts that must not get into a capture from now on.
  void hide(const std::vector<std::string>& secrets);
  /// What could not be written may be tried again.
  void retry() { may_try_ = true; }
  /// Whether frames were lost since it was asked last, and writing works again.
  [[nodiscard]] bool wants_images();
  /// Why nothing can be written; empty when all is well.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  template <class Action>
  void attempt(Action action);

  std::map<std::string, store::CaptureWriter, std::less<>> writers_;
  std::string trouble_;
  bool may_try_ = true;
  bool has_lost_ = false;
};

}  // namespace obkit::obsave
