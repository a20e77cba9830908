#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace obkit::exchange {

/// An exchange whose protocol is spoken.
enum class Venue : std::uint8_t { bitmex, deribit };

/// "bitmex", "deribit"
[[nodiscard]] std::string_view to_string(Venue venue);
/// Empty for any other name.
[[nodiscard]] std::optional<Venue> parse_venue(std::string_view name);

}  // namespace obkit::exchange
