#include "obkit/store/capture_reader.hpp"

#include <cstddef>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::store {

namespace {

constexpr std::string_view iso_separator = " ", epoch_separator = "\t", colon_separator = ": ";

/// What stands behind the time of a line; empty when it is in no layout.
std::string_view separator_of(std::string_view line) {
  for (const char c : line) {
    if (c == '-') return iso_separator;
    if (c == ':') return colon_separator;
    if (c != '.' && (c < '0' || c > '9')) return epoch_separator;
  }
  return {};
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
  const std::string_view separator = separator_of(line);
  if (separator.empty()) return std::nullopt;
  const std::size_t end = line.find(separator);
  if (end == std::string_view::npos || end + separator.size() == line.size()) return std::nullopt;
  const std::string_view time = line.substr(0, end);
  const auto received = separator == iso_separator ? iso_.read(time) : parse_epoch_seconds(time);
  if (!received) return std::nullopt;
  if (separator == iso_separator) iso_length_ = end;
  return CaptureLine{.frame = line.substr(end + separator.size()), .received = *received};
}

/// A time as long as the one before, which stands in one layout only and has no blank in it.
std::optional<CaptureLine> CaptureReader::parse_usual(std::string_view line) {
  const std::size_t end = iso_length_;
  if (end == 0 || line.size() <= end + 1 || line[end] != ' ') return std::nullopt;
  const auto received = iso_.read(line.substr(0, end));
  if (!received) return std::nullopt;
  return CaptureLine{.frame = line.substr(end + 1), .received = *received};
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
    if (lines_.line_was_ended()) refuse();
    torn_ = torn_line(lines_.place());
  }
  return std::nullopt;
}

bool CaptureReader::is_ended(std::string_view frame) const {
  return lines_.line_was_ended() || !find_json_end(frame).is_open;
}

void CaptureReader::refuse() const {
  throw DataError{lines_.place(),
                  "expected '2021-07-22T22:36:07.865Z FRAME', '1626993367.865<TAB>FRAME' or "
                  "'1626993367.865: FRAME'"};
}

}  // namespace obkit::store
