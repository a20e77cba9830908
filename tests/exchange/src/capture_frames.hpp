#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

/// A book frame of a capture.
struct CapturedFrame {
  std::string symbol, pool;
  BookFrame frame;  ///< of channel 0, with its text
};

/// Empty for a frame that is not about books. Throws nlohmann::json::exception and
/// std::invalid_argument for one that is damaged.
[[nodiscard]] std::optional<CapturedFrame> parse_bitmex_frame(std::string_view text,
                                                              Timestamp received);
[[nodiscard]] std::optional<CapturedFrame> parse_deribit_frame(std::string_view text,
                                                               Timestamp received);

/// Prices of captures have at most four decimals, so a double holds them exactly enough.
[[nodiscard]] Price captured_price(const nlohmann::json& number);

}  // namespace obkit::exchange
