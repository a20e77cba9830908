#include "obkit/dataset/label_rule.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::dataset {
namespace {

using Kind = LabelRule::Kind;

/// As much as any price may be, so that products of two fit 128 bits.
constexpr std::int64_t largest_units = 1'000'000'000 * Price::units_per_one;

bool cut_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool cut_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

[[noreturn]] void refuse(std::string_view option, std::string_view found,
                         std::string_view expected) {
  throw UsageError{std::string{option} + ": expected " + std::string{expected} + ", found " +
                   store::shown(found)};
}

/// A whole number, 1 to `most`.
std::optional<std::int64_t> parse_count(std::string_view text, std::int64_t most) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && count >= 1 && count <= most ? std::optional{count} : std::nullopt;
}

LabelRule parse_horizon(std::string_view label, std::string_view text) {
  constexpr std::int64_t ms_per_second = 1000;
  LabelRule rule{.kind = Kind::milliseconds};
  std::int64_t unit = 1;
  if (!cut_suffix(text, "ms")) {
    if (cut_suffix(text, "s"))
      unit = ms_per_second;
    else
      rule.kind = Kind::books;
  }
  const auto count = parse_count(text, LabelRule::longest_horizon / unit);
  if (!count) {
    refuse("--label", label,
           "a horizon of 1 to 1000000000 books or milliseconds, such as horizon=50, horizon=500ms "
           "or horizon=2s");
  }
  rule.horizon = *count * unit;
  return rule;
}

LabelRule parse_mean(std::string_view label, std::string_view text) {
  const auto count = parse_count(text, LabelRule::longest_mean);
  if (!count) refuse("--label", label, "a mean of 1 to 100000 books, such as mean=50");
  return {.kind = Kind::mean, .horizon = *count};
}

/// Without zeros at the end of the decimals.
std::string short_text(Price price) {
  int decimals = price.decimals();
  std::int64_t unit = Price::units_per_one;
  for (int i = 0; i < decimals; ++i) unit /= 10;
  for (; decimals > 0 && price.units() % (unit * 10) == 0; unit *= 10) --decimals;
  return to_string(Price::from_units(price.units(), decimals));
}

std::optional<Price> parse_size(std::string_view text) {
  const auto size = parse_price(text);
  return size && size->units() >= 0 && size->units() <= largest_units ? size : std::nullopt;
}

FlatBand parse_flat(std::string_view flat, std::string_view tick) {
  std::string_view text = flat;
  FlatBand band;
  if (cut_suffix(text, "ticks") || cut_suffix(text, "tick"))
    band.unit = FlatBand::Unit::ticks;
  else if (!cut_suffix(text, "bps") && !cut_suffix(text, "bp"))
    refuse("--flat", flat, "a number with its unit, such as 2ticks or 0.5bp");
  const auto width = parse_size(text);
  if (!width) refuse("--flat", flat, "a number from 0 to 10^9, such as 2ticks or 0.5bp");
  band.width = *width;
  if (band.unit == FlatBand::Unit::basis_points) {
    if (!tick.empty()) throw UsageError{"--tick is for a band in ticks, such as --flat 2ticks"};
    return band;
  }
  if (tick.empty())
    throw UsageError{"--flat " + std::string{flat} +
                     " needs --tick SIZE, the step of the price, such as --tick 0.5"};
  const auto size = parse_size(tick);
  if (!size || size->units() == 0) refuse("--tick", tick, "a price step above 0, such as 0.5");
  band.tick = *size;
  return band;
}

LabelRule parse_kind(std::string_view label) {
  if (label == "none") return {.kind = Kind::none};
  if (label == "next") return {};
  if (label == "every") return {.kind = Kind::every};
  std::string_view horizon = label;
  if (cut_prefix(horizon, "horizon=")) return parse_horizon(label, horizon);
  std::string_view mean = label;
  if (cut_prefix(mean, "mean=")) return parse_mean(label, mean);
  refuse("--label", label, "none, next, every, horizon=N, horizon=Nms, horizon=Ns or mean=N");
}

/// Texts between the commas.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

using Wide = PriceSum;

constexpr Wide magnitude(Wide value) { return value < 0 ? -value : value; }

/// The least whole number that is not below the quotient. Pre: both are above or at 0.
constexpr Wide divide_up(Wide value, Wide by) { return value / by + (value % by != 0 ? 1 : 0); }

/// Whether a move of a double mid price, `move` / `count`, lies within the band. Nothing is rounded
/// that a whole number at the other side could tell: half of |move| <= width * tick, or |move| /
/// |from| <= width / 10,000.
bool is_flat(const FlatBand& band, Price from, Wide move, std::int64_t count) {
  constexpr Wide one = Price::units_per_one, bp_per_one = 10'000;
  const bool is_ticks = band.unit == FlatBand::Unit::ticks;
  const Wide room = is_ticks ? Wide{2} * band.width.units() * band.tick.units()
                             : band.width.units() * magnitude(from.units());
  return divide_up(magnitude(move) * one * (is_ticks ? 1 : bp_per_one), count) <= room;
}

}  // namespace

LabelRule parse_label_rule(std::string_view label, std::string_view flat, std::string_view tick) {
  LabelRule rule = parse_kind(label);
  if (flat.empty()) {
    if (!tick.empty()) throw UsageError{"--tick is for a band in ticks, such as --flat 2ticks"};
    return rule;
  }
  if (rule.kind == Kind::none)
    throw UsageError{"--flat is for labels, and --label none makes none"};
  rule.flat = parse_flat(flat, tick);
  if (!rule.has_horizon() && rule.flat->width == Price{})
    throw UsageError{"--flat " + std::string{flat} + " does nothing with --label " +
                     std::string{label} + ": its samples are moves, and none is that small"};
  return rule;
}

std::string to_string(const LabelRule& rule) {
  std::string text;
  switch (rule.kind) {
    case Kind::none:
      text = "none";
      break;
    case Kind::next:
      text = "next";
      break;
    case Kind::every:
      text = "every";
      break;
    case Kind::books:
      text = "horizon=" + std::to_string(rule.horizon);
      break;
    case Kind::milliseconds:
      text = "horizon=" + std::to_string(rule.horizon) + "ms";
      break;
    case Kind::mean:
      text = "mean=" + std::to_string(rule.horizon);
      break;
  }
  if (!rule.flat) return text;
  text += ",flat=" + short_text(rule.flat->width);
  if (rule.flat->unit == FlatBand::Unit::basis_points) return text + "bp";
  return text + "tick,tick=" + short_text(rule.flat->tick);
}

std::optional<LabelRule> rule_of_label(std::string_view label) {
  auto parts = parts_of(label);
  std::string_view flat, tick;
  if (parts.size() > 1 && !cut_prefix(flat = parts[1], "flat=")) return std::nullopt;
  if (parts.size() > 2 && !cut_prefix(tick = parts[2], "tick=")) return std::nullopt;
  try {
    const LabelRule rule = parse_label_rule(parts[0], flat, tick);
    return to_string(rule) == label ? std::optional{rule} : std::nullopt;
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

std::optional<std::uint8_t> direction(const LabelRule& rule, Price from, Price to) {
  return direction(rule, from, to.units(), 1);
}

std::optional<std::uint8_t> direction(const LabelRule& rule, Price from, PriceSum sum,
                                      std::int64_t count) {
  const Wide move = sum - Wide{from.units()} * count;
  if (move == 0 && (!rule.flat || !rule.has_horizon())) return std::nullopt;
  if (rule.flat && is_flat(*rule.flat, from, move, count)) return std::uint8_t{2};
  return std::uint8_t{move > 0};
}

}  // namespace obkit::dataset
