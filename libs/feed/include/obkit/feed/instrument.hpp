#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace obkit::feed {

/// What a venue tells of one of its instruments. Numbers are exact decimals without an exponent;
/// texts are empty where the venue does not tell.
struct Instrument {
  std::string symbol;     ///< as the venue writes it
  std::string tick = {};  ///< least step of its prices; the smallest of several
  std::string unit = {};  ///< what `contract_size` counts: "BTC", "USD"
  /// How much a size of 1 in its book is. 1 where sizes are told in the unit itself, whatever the
  /// venue calls a contract.
  std::string contract_size = {};

  bool operator==(const Instrument&) const = default;
};

/// What an answer to one GET says of the instruments.
struct InstrumentPage {
  std::vector<Instrument> instruments = {};  ///< that trade now
  std::string next = {};                     ///< target of a further page; empty: there is none
  std::string problem = {};                  ///< why it is no list, in a line; empty: it is one
};

/// How a venue lists its instruments by HTTP: pure, as its protocol is.
struct Listing {
  std::span<const std::string_view> targets;  ///< of the GETs; all of them are wanted
  /// What the body of an answer with status 200 says. No input makes it fail.
  InstrumentPage (*read)(std::string_view target, std::string_view body);
  std::chrono::milliseconds pause{0};  ///< as HttpGet::pause, of each of them
};

}  // namespace obkit::feed
