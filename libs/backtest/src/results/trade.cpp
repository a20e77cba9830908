#include "obkit/backtest/trade.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "obkit/core/number.hpp"

namespace obkit::backtest {

Amount to_amount(double size) { return to_billionths(size); }

double to_size(Amount amount) { return static_cast<double>(amount) / 1e9; }

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::reverse:
      return "reverse";
    case Reason::gap:
      return "gap";
    case Reason::midnight:
      return "midnight";
    case Reason::end:
      break;
  }
  return "end";
}

namespace {

void append_field(std::string& out, std::string_view key, std::string_view text) {
  out.append(",\"").append(key).append("\":").append(text);
}

using Columns = std::array<std::string, 11>;

/// Right-aligned, two blanks between.
void append_columns(std::string& out, Contract contract, const Columns& columns) {
  const std::size_t money = contract == Contract::linear ? 13 : 20;  // coins have many decimals
  const std::array<std::size_t, 11> widths{4, 24, 12, 24, 12, 6, money, money, money, money, 8};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += "  ";
    out.append(widths[i] - std::min(widths[i], columns[i].size()), ' ').append(columns[i]);
  }
  out += '\n';
}

}  // namespace

std::string_view currency(Contract contract) {
  return contract == Contract::linear ? "quote" : "coin";
}

void append_json_line(std::string& out, const Trade& trade) {
  out.append(R"({"direction":")").append(to_string(trade.direction)).append("\"");
  append_field(out, "open_time", std::to_string(trade.open_time.time));
  append_field(out, "open_price", to_string(trade.open_price));
  append_field(out, "close_time", std::to_string(trade.close_time.time));
  append_field(out, "close_price", to_string(trade.close_price));
  append_field(out, "open_date", std::to_string(trade.open_time.date));
  append_field(out, "close_date", std::to_string(trade.close_time.date));
  append_field(out, "size", to_text(trade.size));
  append_field(out, "gross", to_string(trade.gross));
  append_field(out, "fees", to_string(trade.fees));
  append_field(out, "funding", to_string(trade.funding));
  append_field(out, "net", to_string(trade.net()));
  out.append(R"(,"reason":")").append(to_string(trade.reason)).append("\"}\n");
}

std::string csv_header(Contract contract) {
  const std::string unit{currency(contract)};
  return "direction,open_date,open_time,open_price,close_date,close_time,close_price,size,gross_" +
         unit + ",fees_" + unit + ",funding_" + unit + ",net_" + unit + ",reason\n";
}

void append_csv_line(std::string& out, const Trade& trade) {
  out.append(to_string(trade.direction));
  for (const std::string& text :
       {std::to_string(trade.open_time.date), std::to_string(trade.open_time.time),
        to_string(trade.open_price), std::to_string(trade.close_time.date),
        std::to_string(trade.close_time.time), to_string(trade.close_price), to_text(trade.size),
        to_string(trade.gross), to_string(trade.fees), to_string(trade.funding),
        to_string(trade.net())})
    out.append(",").append(text);
  out.append(",").append(to_string(trade.reason)).append("\n");
}

std::string table_header(Contract contract) {
  const std::string unit{currency(contract)};
  std::string out;
  append_columns(out, contract,
                 {"side", "open", "open_price", "close", "close_price", "size", "gross_" + unit,
                  "fees_" + unit, "funding_" + unit, "net_" + unit, "reason"});
  return out;
}

void append_table_line(std::string& out, const Trade& trade, Contract contract) {
  append_columns(
      out, contract,
      {std::string{to_string(trade.direction)}, format_iso(trade.open_time),
       to_string(trade.open_price), format_iso(trade.close_time), to_string(trade.close_price),
       to_text(trade.size), to_string(trade.gross), to_string(trade.fees), to_string(trade.funding),
       to_string(trade.net()), std::string{to_string(trade.reason)}});
}

}  // namespace obkit::backtest
