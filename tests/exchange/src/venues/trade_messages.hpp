#pragma once

#include <span>
#include <string>
#include <vector>

#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

/// What a venue says of trades of one channel, which come in the order of their matches.
[[nodiscard]] std::vector<std::string> trade_messages(Venue venue,
                                                      std::span<const MarketTrade> trades,
                                                      const Channel& channel);

/// What a subscription to trades begins with, where it does not begin with silence: the last ones
/// before it.
[[nodiscard]] std::vector<std::string> old_trade_messages(Venue venue,
                                                          std::span<const MarketTrade> trades,
                                                          const Channel& channel);

}  // namespace obkit::exchange
