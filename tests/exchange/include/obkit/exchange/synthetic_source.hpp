#pragma once

#include <memory>
#include <string>
#include <vector>

#include "obkit/exchange/source.hpp"

namespace obkit::exchange {

struct SyntheticOptions {
  std::vector<std::string> symbols = {"XBTUSD"};
  std::uint64_t seed = 1;
  Timestamp start;
  double rate = 10;                  ///< mean of engine events per second and symbol, > 0
  std::int64_t first_price = 60000;  ///< in quote currency
};

/// A market of random order flow (see OrderFlow) without end, in three pools a symbol: Primary is
/// the order flow, Secondary a large protected order a side some ticks behind it, Aggregated the
/// union of both, rows not merged. No pool is ever crossed.
///
/// Channel 3k, 3k + 1 and 3k + 2 are the Primary, Secondary and Aggregated pool of symbol k.
[[nodiscard]] std::unique_ptr<Source> make_synthetic_source(const SyntheticOptions& options);

}  // namespace obkit::exchange
