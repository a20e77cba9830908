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
    case Reason::wait:
      return "wait";
    case Reason::max_hold:
      return "max_hold";
    case Reason::stop:
      return "stop";
    case Reason::take:
      return "take";
    case Reason::end:
      break;
  }
  return "end";
}

namespace {

/// A column of what machines read. Prices and amounts are reals there, whole ones too.
struct Column {
  std::string_view key;
  std::string (*json)(const Trade&);
  bool has_unit = false;  ///< its name in CSV ends in the currency
};

std::string json_word(std::string_view word) { return '"' + std::string{word} + '"'; }

constexpr std::array machine_columns{
    Column{"direction", [](const Trade& t) { return json_word(to_string(t.direction)); }},
    Column{"open_time", [](const Trade& t) { return json_word(format_iso(t.open_time)); }},
    Column{"open_price", [](const Trade& t) { return as_real(to_string(t.open_price)); }},
    Column{"close_time", [](const Trade& t) { return json_word(format_iso(t.close_time)); }},
    Column{"close_price", [](const Trade& t) { return as_real(to_string(t.close_price)); }},
    Column{"size", [](const Trade& t) { return as_real(to_text(t.size)); }},
    Column{"gross", [](const Trade& t) { return as_real(to_string(t.gross)); }, true},
    Column{"fees", [](const Trade& t) { return as_real(to_string(t.fees)); }, true},
    Column{"funding", [](const Trade& t) { return as_real(to_string(t.funding)); }, true},
    Column{"slippage", [](const Trade& t) { return as_real(to_string(t.slippage)); }, true},
    Column{"net", [](const Trade& t) { return as_real(to_string(t.net())); }, true},
    Column{"reason", [](const Trade& t) { return json_word(to_string(t.reason)); }}};

using Columns = std::array<std::string, 12>;

/// Right-aligned, two blanks between.
void append_columns(std::string& out, Contract contract, const Columns& columns) {
  const std::size_t money = contract == Contract::linear ? 14 : 20;  // coins have many decimals
  const std::array<std::size_t, 12> widths{4,     24,    12,    24,    12,    6,
                                           money, money, money, money, money, 8};
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
  char before = '{';
  for (const Column& column : machine_columns) {
    out.append(1, before).append("\"").append(column.key).append("\":").append(column.json(trade));
    before = ',';
  }
  out.append("}\n");
}

std::string csv_header(Contract contract) {
  std::string out;
  for (const Column& column : machine_columns) {
    out.append(out.empty() ? "" : ",").append(column.key);
    if (column.has_unit) out.append("_").append(currency(contract));
  }
  return out += '\n';
}

void append_csv_line(std::string& out, const Trade& trade) {
  std::string line;
  for (const Column& column : machine_columns) {
    std::string cell = column.json(trade);
    std::erase(cell, '"');  // words and times: nothing in them needs quotes
    line.append(line.empty() ? "" : ",").append(cell);
  }
  out.append(line) += '\n';
}

std::string table_header(Contract contract) {
  const std::string unit{currency(contract)};
  std::string out;
  append_columns(out, contract,
                 {"side", "open", "open_price", "close", "close_price", "size", "gross_" + unit,
                  "fees_" + unit, "funding_" + unit, "slippage_" + unit, "net_" + unit, "reason"});
  return out;
}

void append_table_line(std::string& out, const Trade& trade, Contract contract) {
  append_columns(
      out, contract,
      {std::string{to_string(trade.direction)}, format_iso(trade.open_time),
       to_string(trade.open_price), format_iso(trade.close_time), to_string(trade.close_price),
       to_text(trade.size), to_string(trade.gross), to_string(trade.fees), to_string(trade.funding),
       to_string(trade.slippage), to_string(trade.net()), std::string{to_string(trade.reason)}});
}

}  // namespace obkit::backtest
