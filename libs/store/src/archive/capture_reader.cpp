#include "obkit/store/capture_reader.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::store {

namespace {

constexpr std::string_view blank = " ", tab = "\t", colon = ": ";

/// What stands behind the time of a line; empty when it is in no layout.
std::string_view separator_of(std::string_view line) {
  for (const char c : line) {
    if (c == '-' || c == ' ') return blank;
    if (c == ':') return colon;
    if (c != '.' && (c < '0' || c > '9')) return tab;
  }
  return {};
}

/// The time of hftbacktest's collectors: whole nanoseconds since 1970, microseconds of the first of
/// them. How many digits there are tells which, from 2001 to 2286.
std::optional<Timestamp> parse_collector_time(std::string_view text) {
  constexpr std::size_t digits_of_nanoseconds = 19, digits_of_microseconds = 16;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  if (text.size() == digits_of_nanoseconds) return Timestamp{std::chrono::nanoseconds{number}};
  if (text.size() != digits_of_microseconds) return std::nullopt;
  constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max() / 1000;
  if (number > latest) return std::nullopt;
  return Timestamp{std::chrono::microseconds{number}};
}

/// The arrow of cryptofeed's lines about its connections, `URL ARROW …`: `<-` what it sent, `->`
/// what an HTTP request brought, `<->` that it connects. Empty for any other line.
std::string_view arrow_of(std::string_view line) {
  const std::size_t end = line.find(' ');
  if (end == std::string_view::npos || line.substr(0, end).find("://") == std::string_view::npos)
    return {};
  const std::string_view rest = line.substr(end + 1);
  for (const std::string_view arrow : {"<-", "->", "<->"})
    if (rest.starts_with(arrow) && rest.substr(arrow.size()).starts_with(' ')) return arrow;
  return {};
}

}  // namespace

/// Splits `time separator frame`; empty when it is in no layout.
std::optional<CaptureLine> CaptureReader::parse(std::string_view line) {
  if (const auto usual = parse_usual(line)) return usual;
  if (line.starts_with('{')) return CaptureLine{.frame = line, .received = {}};
  const std::string_view separator = separator_of(line);
  if (separator.empty()) return std::nullopt;
  const std::size_t end = line.find(separator);
  if (end == std::string_view::npos || end + separator.size() == line.size()) return std::nullopt;
  const std::string_view time = line.substr(0, end);
  auto received = separator == blank ? iso_.read(time) : parse_epoch_seconds(time);
  if (separator == blank && received) iso_length_ = end;
  if (separator == blank && !received) received = parse_collector_time(time);
  if (!received) return std::nullopt;
  return CaptureLine{.frame = line.substr(end + separator.size()), .received = received};
}

/// A time as long as the one before, which stands in one layout only and has no blank in it.
std::optional<CaptureLine> CaptureReader::parse_usual(std::string_view line) {
  const std::size_t end = iso_length_;
  if (end == 0 || line.size() <= end + 1 || line[end] != ' ') return std::nullopt;
  const auto received = iso_.read(line.substr(0, end));
  if (!received) return std::nullopt;
  return CaptureLine{.frame = line.substr(end + 1), .received = received};
}

CaptureReader::CaptureReader(std::unique_ptr<ByteSource> source, std::string name)
    : CaptureReader{LineReader{std::move(source), std::move(name)}} {}

CaptureReader::CaptureReader(LineReader lines) : lines_{std::move(lines)} {}

std::optional<CaptureLine> CaptureReader::next() {
  while (const auto line = lines_.next()) {
    if (line->empty()) return CaptureLine{};
    if (const auto parsed = parse(*line); parsed && is_ended(parsed->frame)) {
      had_frame_ = true;
      return parsed;
    }
    const std::string_view arrow = arrow_of(*line);
    if (arrow == "<->" && std::exchange(had_frame_, false)) return CaptureLine{};
    if (!arrow.empty() || line->starts_with("configuration: ")) continue;
    if (lines_.line_was_ended()) refuse(*line);
    torn_ = lines_.torn_end();
  }
  if (lines_.ends_early()) torn_ = lines_.torn_end();
  return std::nullopt;
}

bool CaptureReader::is_ended(std::string_view frame) const {
  return lines_.line_was_ended() || !find_json_end(frame).is_open;
}

void CaptureReader::refuse(std::string_view line) const {
  throw DataError{lines_.place(),
                  "expected " + std::string{layouts_of_captures} + ", found " + shown(line)};
}

}  // namespace obkit::store
