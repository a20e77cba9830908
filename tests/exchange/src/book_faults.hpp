#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/fault.hpp"
#include "obkit/exchange/protocol.hpp"

namespace obkit::exchange {

/// What one frame is about, and how it is written.
struct Scene {
  const Protocol& protocol;
  const Channel& channel;
  const TrueBook& book;  ///< after the frame
  Timestamp now;
  Receiver& receiver;
};

/// The faults of one subscription to one channel: what it gets instead of the true frames. Faults
/// that are armed together happen one after the other.
class BookFaults {
 public:
  void arm(const Injection& injection) { armed_.push_back(injection); }
  [[nodiscard]] bool is_idle() const { return armed_.empty(); }
  /// The whole book is sent: what was lost before is in it, and shows no loss any more.
  void forget_lost();

  /// What to send for a true frame. Pre: not idle.
  [[nodiscard]] std::vector<std::string> mangle(const BookFrame& frame, const Scene& scene);

 private:
  using Texts = std::vector<std::string>;

  [[nodiscard]] Texts one_frame(const Injection& injection, const BookFrame& frame,
                                const Scene& scene);
  [[nodiscard]] Texts corrupt(Fault fault, const BookFrame& frame, const Scene& scene);
  [[nodiscard]] Texts lose(const BookFrame& frame, const Scene& scene);
  [[nodiscard]] bool depends_on_lost(const BookFrame& frame) const;
  [[nodiscard]] Texts lose_from_sight(const BookFrame& frame, const Scene& scene, std::string text);
  [[nodiscard]] Texts hold(std::string text);
  [[nodiscard]] Texts finish(std::string text);

  std::deque<Injection> armed_;  ///< the first happens now
  bool losing_ = false;
  std::set<std::uint64_t> lost_ids_;
  std::optional<std::uint64_t> last_corrupt_;  ///< number of the frame; maybe the next true one's
  std::optional<TrueBook> seen_;               ///< what clients have, where frames have no numbers
  Texts held_;                                 ///< frames that come later
};

/// A websocket frame of a server that announces a text and has half of it.
[[nodiscard]] std::string half_frame(std::string_view text);

/// What a proxy writes into a connection that it gives up: no websocket frame.
[[nodiscard]] std::string no_websocket();

/// A text message that is no JSON, of characters that are not ASCII too.
[[nodiscard]] std::string no_json();

/// Every byte once, not UTF-8.
[[nodiscard]] std::string all_bytes();

}  // namespace obkit::exchange
