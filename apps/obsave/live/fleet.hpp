#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "obkit/feed/protocol.hpp"
#include "obkit/net/session.hpp"

#include "obsave/live/live.hpp"
#include "obsave/live/upkeep.hpp"
#include "obsave/options.hpp"

namespace obkit::obsave {

/// Records from as many connections as the symbols need, in equal parts and in their order. Each
/// has a protocol, a book for each of its symbols, and losses of its own.
class Fleet {
 public:
  using MakeProtocol =
      std::function<std::unique_ptr<feed::Protocol>(const std::vector<std::string>& symbols)>;

  /// The options and what the parts refer to must outlive it.
  Fleet(const Options& options, const MakeProtocol& make_protocol, Upkeep::Parts parts,
        Patience patience = {});

  /// Those of a session, one for each connection.
  [[nodiscard]] std::vector<net::SessionObserver*> observers();
  /// After the session: Live::end() of each.
  void end();
  [[nodiscard]] std::size_t size() const { return lives_.size(); }
  [[nodiscard]] Upkeep& upkeep() { return upkeep_; }
  [[nodiscard]] const Upkeep& upkeep() const { return upkeep_; }

 private:
  Upkeep upkeep_;
  std::deque<Live> lives_;
};

}  // namespace obkit::obsave
