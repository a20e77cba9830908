#include "obkit/store/capture_reader.hpp"

#include <cstddef>
#include <utility>

#include "obkit/core/error.hpp"

namespace obkit::store {
namespace {

/// Splits `time separator frame`; empty when it is neither layout.
std::optional<CaptureLine> parse(std::string_view line) {
  const std::size_t behind_digits = line.find_first_not_of("0123456789");
  if (behind_digits == std::string_view::npos) return std::nullopt;
  const bool iso = line[behind_digits] == '-';
  const std::size_t end = line.find(iso ? ' ' : '\t');
  if (end == std::string_view::npos || end + 1 == line.size()) return std::nullopt;
  const std::string_view time = line.substr(0, end);
  const auto received = iso ? parse_iso(time) : parse_epoch_seconds(time);
  if (!received) return std::nullopt;
  return CaptureLine{.frame = line.substr(end + 1), .received = *received};
}

/// Whether no bracket or text is open at the end: the frame was not cut short.
bool is_whole(std::string_view frame) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const char c = frame[i];
    if (in_text && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_text = !in_text;
    } else if (!in_text) {
      depth += (c == '{' || c == '[') ? 1 : (c == '}' || c == ']') ? -1 : 0;
    }
  }
  return depth == 0 && !in_text;
}

}  // namespace

CaptureReader::CaptureReader(std::unique_ptr<ByteSource> source, std::string name)
    : lines_{std::move(source), std::move(name)} {}

std::optional<CaptureLine> CaptureReader::next() {
  const auto line = lines_.next();
  if (!line) return std::nullopt;
  if (line->empty()) return CaptureLine{};
  const auto parsed = parse(*line);
  if (!lines_.line_was_ended() && !(parsed && is_whole(parsed->frame))) {
    torn_ = to_string(lines_.place()) + ": the last line is torn, it is ignored";
    return std::nullopt;
  }
  if (!parsed)
    throw DataError{lines_.place(),
                    "expected '2021-07-22T22:36:07.865Z FRAME' or '1626993367.865<TAB>FRAME'"};
  return parsed;
}

}  // namespace obkit::store
