#pragma once

#include <string>
#include <string_view>

#include "obkit/backtest/options.hpp"
#include "obkit/backtest/trade.hpp"

namespace obkit::backtest {

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
