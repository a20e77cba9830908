#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/feed/protocol.hpp"
#include "obkit/store/capture_writer.hpp"

#include "obsave/output.hpp"

namespace obkit::obsave {

/// Every frame as it was received, in a capture a symbol. A frame that names no symbol (a greeting,
/// an acknowledgement, garbage) is in each of them that its connection carries: so a capture is
/// that of one connection. Where a venue numbers the frames of all symbols together,
/// Frame::elsewhere stands for those of others.
///
/// Like PatientOutput, it goes on when one cannot be written, and says so. A capture that misses
/// frames is of use from the next image on: then wants_images() says of which one is needed.
class Captures {
 public:
  /// Makes the folder and locks the files. Throws IoError.
  Captures(const store::CaptureOptions& options, std::span<const std::string> symbols);

  /// The symbols of one connection; empty: there is only one.
  using Scope = std::span<const std::string>;

  void write(const feed::Frame& frame, std::string_view text, Timestamp received,
             Scope connection = {});
  void disconnect(Scope connection = {});
  void sync();
  /// Throws IoError.
  void close();

  /// What could not be written may be tried again.
  void retry() { troubles_.retry(); }
  /// Symbols of a connection that lost frames since it was asked last, and can be written again.
  [[nodiscard]] std::vector<std::string> wants_images(Scope connection = {});
  /// Why some cannot be written; empty when all is well.
  [[nodiscard]] std::string trouble() const { return troubles_.text(); }
  [[nodiscard]] bool is_in_trouble(const std::string& symbol) const {
    return troubles_.of(symbol) != nullptr;
  }

 private:
  using Writers = std::map<std::string, store::CaptureWriter, std::less<>>;

  template <class Action>
  void attempt(Writers::value_type& one, Action action);
  template <class Action>
  void for_each(Scope connection, Action action);
  template <class Action>
  void attempt_each(Scope connection, Action action);
  /// In the captures of symbols that the frame does not name.
  void keep_elsewhere(const feed::Frame& frame, Timestamp received, Scope connection);

  Writers writers_;
  Troubles troubles_{{.consequence = "the capture goes on when it can be written again",
                      .end = "the capture is written again: "}};
  std::set<std::string> incomplete_;  ///< that lost frames, and had no image since
};

}  // namespace obkit::obsave
