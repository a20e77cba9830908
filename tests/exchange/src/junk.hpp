#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace obkit::exchange {

/// A websocket frame of a server that announces a text and has half of it.
[[nodiscard]] std::string half_frame(std::string_view text);

/// What a proxy writes into a connection that it gives up: no websocket frame.
[[nodiscard]] std::string no_websocket();

/// A text message that is no JSON, of characters that are not ASCII too.
[[nodiscard]] std::string no_json();

/// Every byte once, not UTF-8.
[[nodiscard]] std::string all_bytes();

}  // namespace obkit::exchange
