#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/json_line.hpp"

#include "archive/csv_table.hpp"
#include "archive/layouts.hpp"

namespace obkit::store {

namespace {

using simdjson::ondemand::value;

constexpr std::string_view line_of_okx =
    R"({"instId":…,"action":"snapshot"|"update","asks":[[PRICE,SIZE,ORDERS],…],"bids":…,"ts":…})";

/// OKX's books of a day, 400 levels a side: a JSON object a line, a snapshot or what changed. It
/// has no receive time and no sequence of numbers: whether a line is missing cannot be told.
///
/// The layout is known from others' reports alone, so whatever differs is refused.
class OkxFile final : public ArchiveFile {
 public:
  explicit OkxFile(LineReader lines) : lines_{std::move(lines)} {}

  std::optional<FileEvent> next() override {
    const auto line = lines_.next();
    if (!line || (!lines_.line_was_ended() && !find_json_end(*line).closed_object)) {
      if (line || lines_.ends_early()) torn_ = lines_.torn_end();
      return std::nullopt;
    }
    try {
      read(*line);
    } catch (const simdjson::simdjson_error&) {
      refuse(shown(*line));
    }
    return FileEvent{.updates = {&update_, 1}, .exchange = "okx", .received = update_.time};
  }
  [[nodiscard]] Layout layout() const override { return Layout::changes; }
  [[nodiscard]] const std::optional<std::string>& torn() const override { return torn_; }
  [[nodiscard]] InputPlace place() const override { return lines_.place(); }

 private:
  enum Key : std::size_t { symbol, action, asks, bids, time };
  static constexpr std::array<std::string_view, 5> keys{"instId", "action", "asks", "bids", "ts"};

  void read(std::string_view line);
  void read_key(Key key, value content);
  void read_levels(Side side, value rows);
  [[nodiscard]] static std::string_view text_or_number(value content);
  [[noreturn]] void refuse(const std::string& found) const {
    throw DataError{lines_.place(), "expected " + std::string{line_of_okx} + ", found " + found};
  }

  LineReader lines_;
  simdjson::ondemand::parser parser_;
  BookUpdate update_;  ///< memory is reused from line to line
  std::optional<std::string> torn_;
};

void OkxFile::read(std::string_view line) {
  static_assert(LineReader::padding >= simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::document document =
      parser_.iterate(line.data(), line.size(), line.size() + LineReader::padding);
  std::array<bool, keys.size()> seen{};
  update_.levels.clear();
  for (auto field : document.get_object()) {
    const std::string_view name = field.unescaped_key();
    const auto known = std::find(keys.begin(), keys.end(), name);
    if (known == keys.end()) refuse("the key " + shown(name));
    const auto key = static_cast<std::size_t>(known - keys.begin());
    if (std::exchange(seen[key], true)) refuse("the key " + shown(name) + " twice");
    read_key(static_cast<Key>(key), field.value());
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) refuse("more behind it");
  const auto missing = std::find(seen.begin(), seen.end(), false);
  if (missing != seen.end())
    refuse("none named " + std::string{keys[static_cast<std::size_t>(missing - seen.begin())]});
}

void OkxFile::read_key(Key key, value content) {
  switch (key) {
    case symbol:
      update_.symbol = content.get_string().value();
      if (update_.symbol.empty()) refuse("an instId without a name");
      return;
    case action: {
      const std::string_view text = content.get_string();
      if (text != "snapshot" && text != "update") refuse("the action " + shown(text));
      update_.kind = text == "snapshot" ? BookUpdate::Kind::image : BookUpdate::Kind::changes;
      update_.continues = false;
      return;
    }
    case asks:
      return read_levels(Side::ask, content);
    case bids:
      return read_levels(Side::bid, content);
    case time: {
      constexpr std::int64_t earliest = 946'684'800'000, latest = 9'000'000'000'000;  // 2000, 2255
      const std::string_view text = text_or_number(content);
      const auto milliseconds = parse_whole(text);
      if (!milliseconds || *milliseconds < earliest || *milliseconds > latest)
        refuse("the ts " + shown(text) + ": no milliseconds since 1970 from 2000 on");
      update_.time = Timestamp{std::chrono::milliseconds{*milliseconds}};
    }
  }
}

void OkxFile::read_levels(Side side, value rows) {
  for (value row : rows.get_array()) {
    constexpr std::size_t length = 3;
    std::array<std::string_view, length> cells;
    std::size_t count = 0;
    for (value cell : row.get_array()) {
      if (count < length) cells[count] = text_or_number(cell);
      ++count;
    }
    const auto price = parse_price(cells[0]);
    const auto size = parse_number(cells[1]);
    if (count != length) refuse("a level of " + counted(count, "item"));
    if (!price || !is_in_range(*price)) refuse("the price " + shown(cells[0]));
    if (!size || *size < 0) refuse("the size " + shown(cells[1]));
    update_.levels.push_back(set_level(side, *price, *size));
  }
}

std::string_view OkxFile::text_or_number(value content) {
  if (content.type() == simdjson::ondemand::json_type::string) return content.get_string();
  std::string_view text = content.raw_json_token();
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_okx_line(std::string_view line) {
  const auto has = [&](std::string_view key) { return line.find(key) != std::string_view::npos; };
  // Its messages of the socket have "arg" and "data" around the same words.
  return line.starts_with('{') && has(R"("instId")") && has(R"("action")") && has(R"("asks")") &&
         has(R"("bids")") && !has(R"("arg")");
}

std::unique_ptr<ArchiveFile> open_okx_file(LineReader lines) {
  return std::make_unique<OkxFile>(std::move(lines));
}

}  // namespace obkit::store
