#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "obkit/backtest/money.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/core/price.hpp"
#include "obkit/core/signal.hpp"
#include "obkit/core/time.hpp"

namespace obkit::backtest {

/// A size, exact: billionths of a contract or coin, whatever the volumes of the books count.
using Amount = std::int64_t;

/// The nearest amount. Pre: |size| <= 4·10^9.
[[nodiscard]] Amount to_amount(double size);
[[nodiscard]] double to_size(Amount amount);

/// What an order got.
struct Fill {
  Price price;     ///< the average where several levels were used, rounded to nine decimals
  Money notional;  ///< linear: size × price in quote currency, exact; inverse: size / price in coin
};

/// A fill, booked.
struct Execution {
  DateTime time;
  std::chrono::milliseconds clock{0};  ///< of the market, which never goes back
  Signal direction = Signal::buy;      ///< bought or sold
  Amount amount = 0;                   ///< above 0
  Fill fill;
  Money fee = {};
  Money slippage = {};
};

/// Why a position was closed.
enum class Reason {
  reverse,   ///< the opposite signal
  gap,       ///< continuity was lost; closed at the last book before
  midnight,  ///< the last book of a UTC day
  end,       ///< the last book
  wait,      ///< WAIT, where it closes
  max_hold,  ///< it was held as long as it may be
  stop,      ///< the mid price had moved far enough against it
  take,      ///< the mid price had moved far enough with it
};

/// The names above, as text.
[[nodiscard]] std::string_view to_string(Reason reason);

/// From flat to flat: a position that was opened, by one fill or more, and closed again. Amounts of
/// money in quote currency (linear) or coin (inverse).
struct Trade {
  Signal direction = Signal::buy;     ///< buy or sell
  DateTime open_time = {};            ///< of the first fill
  Price open_price = {};              ///< the average of the fills that opened it
  DateTime close_time = {};           ///< of the last fill
  std::chrono::milliseconds held{0};  ///< by the market's clock, which never goes back
  Price close_price = {};             ///< the average of the fills that closed it
  double size = 0;                    ///< all that was opened, and closed
  Money gross = {};                   ///< before all costs
  Money fees = {};                    ///< of all fills; negative when rebates are larger
  Money funding = {};                 ///< paid for holding it; negative when received
  Money slippage = {};                ///< of the fills that crossed the spread
  Reason reason = Reason::end;

  [[nodiscard]] Money net() const { return gross - fees - funding - slippage; }
};

/// The currency of gross, fees and net, for names such as `net_quote`: "quote" or "coin".
[[nodiscard]] std::string_view currency(Contract contract);

/// One JSON object and a line feed, keys as docs/formats.md has them.
void append_json_line(std::string& out, const Trade& trade);

/// The columns of append_csv_line(), the currency in their names, and a line feed.
[[nodiscard]] std::string csv_header(Contract contract);
void append_csv_line(std::string& out, const Trade& trade);

/// Aligned columns for people; a value that is wider than its column pushes the rest to the right.
[[nodiscard]] std::string table_header(Contract contract);
void append_table_line(std::string& out, const Trade& trade, Contract contract);

}  // namespace obkit::backtest
