#include "obkit/exchange/deribit_frame.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <string_view>

namespace obkit::exchange {
namespace {

/// A number's digits and the power of ten of the first one: 83900 is "839" and 4.
struct Digits {
  std::string text;
  int exponent = 0;

  explicit Digits(double value) {
    std::array<char, 32> buffer{};
    auto* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                    std::chars_format::scientific)
                          .ptr;
    const std::string_view all{buffer.data(), static_cast<std::size_t>(end - buffer.data())};
    const std::size_t mark = all.find('e');
    const char* power = all.data() + mark + (all[mark + 1] == '+' ? 2 : 1);
    std::from_chars(power, end, exponent);
    for (const char one : all.substr(0, mark))
      if (one != '.') text += one;
  }

  [[nodiscard]] std::string scientific() const {
    const std::string behind = text.size() == 1 ? "0" : text.substr(1);
    return text.substr(0, 1) + '.' + behind + 'e' + std::to_string(exponent);
  }
  [[nodiscard]] std::string plain() const {
    if (exponent < 0)
      return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + text;
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (text.size() <= whole) return text + std::string(whole - text.size(), '0') + ".0";
    return text.substr(0, whole) + '.' + text.substr(whole);
  }
};

std::string_view word(BookAction action) {
  if (action == BookAction::insert) return "new";
  return action == BookAction::remove ? "delete" : "change";
}

void append_side(std::string& out, const BookFrame& frame, Side side) {
  out += '[';
  for (const Row& row : frame.rows) {
    if (row.side != side) continue;
    assert(row.price);
    if (out.back() != '[') out += ',';
    out.append("[\"").append(word(row.action)).append("\",");
    append_short_float(out, row.price->value());
    out += ',';
    append_short_float(out, static_cast<double>(row.size.value_or(0)));
    out += ']';
  }
  out += ']';
}

std::int64_t milliseconds(Timestamp time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace

void append_short_float(std::string& out, double value) {
  const Digits digits{value};
  const std::string plain = digits.plain(), scientific = digits.scientific();
  out += scientific.size() < plain.size() ? scientific : plain;
}

std::string deribit_channel(const std::string& symbol) { return "book." + symbol + ".100ms"; }

std::string write_deribit_frame(const BookFrame& frame, const Channel& channel) {
  assert(frame.action == BookAction::partial || frame.action == BookAction::change);
  const bool snapshot = frame.action == BookAction::partial;
  std::string out = R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":")";
  out.append(deribit_channel(channel.symbol)).append(R"(","data":{"timestamp":)");
  out.append(std::to_string(milliseconds(frame.time))).append(R"(,"type":")");
  out.append(snapshot ? "snapshot" : "change").append(R"(","change_id":)");
  out.append(std::to_string(frame.change_id)).append(R"(,"instrument_name":")");
  out.append(channel.symbol).append(R"(","bids":)");
  append_side(out, frame, Side::bid);
  out += R"(,"asks":)";
  append_side(out, frame, Side::ask);
  if (!snapshot) out += R"(,"prev_change_id":)" + std::to_string(frame.previous_change_id);
  return out + "}}}";
}

}  // namespace obkit::exchange
