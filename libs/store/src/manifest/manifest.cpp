#include "obkit/store/manifest.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

#include <nlohmann/json.hpp>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/book_format.hpp"
#include "obkit/store/json_line.hpp"

#include "bytes/file_handle.hpp"
#include "day_file/day_file_name.hpp"

namespace obkit::store {

namespace {

Timestamp timestamp(DateTime time) { return to_timestamp(time).value_or(Timestamp{}); }

}  // namespace

void FrameCounts::add(const FrameCounts& more) {
  frames += more.frames;
  sequence.updates += more.sequence.updates;
  sequence.breaks += more.sequence.breaks;
  if (more.verified.checks == 0) return;
  verified.by = more.verified.by;
  verified.checks += more.verified.checks;
  verified.agreed += more.verified.agreed;
  verified.last = more.verified.last;
}

void FileRecord::lose_end(DateTime until, std::string reason) {
  if (!last) return;
  const Timestamp behind = timestamp(*last) + std::chrono::milliseconds{1};
  if (ends_in_loss()) gaps.pop_back();
  gaps.push_back({.from = last,
                  .to = to_date_time(std::max(timestamp(until), behind)),
                  .reason = std::move(reason)});
}

bool FileRecord::ends_in_loss() const { return last && !gaps.empty() && gaps.back().to > *last; }

void FileRecord::add(DateTime time, const std::optional<std::string>& gap_reason,
                     const std::optional<DateTime>& before) {
  if (ends_in_loss()) gaps.pop_back();
  if (gap_reason && gaps.size() < longest_gap_list) {
    gaps.push_back({.from = before, .to = time, .reason = *gap_reason});
  } else if (gap_reason) {
    ++more_gaps;
    const auto lasted = timestamp(time) - timestamp(before.value_or(time));
    more_gaps_time += std::max(std::chrono::floor<std::chrono::milliseconds>(lasted),
                               std::chrono::milliseconds{0});
  }
  if (!first) first = time;
  last = time;
}

void Manifest::add(DateTime time, const std::optional<std::string>& gap_reason,
                   const std::optional<DateTime>& before) {
  FileRecord::add(time, gap_reason, before);
  ++books;
}

void TradeRecord::add(DateTime time, const std::optional<std::string>& gap_reason,
                      const std::optional<DateTime>& before, bool is_off_book) {
  FileRecord::add(time, gap_reason, before);
  ++trades;
  if (is_off_book) ++off_book;
}

double covered_share(const Manifest& manifest) {
  if (!manifest.first || !manifest.last) return 0;
  const Timestamp first = timestamp(*manifest.first);
  const Timestamp begin = manifest.continues ? std::chrono::floor<std::chrono::days>(first) : first;
  auto covered = timestamp(*manifest.last) - begin - manifest.more_gaps_time;
  for (const ManifestGap& gap : manifest.gaps) {
    const Timestamp from = gap.from ? std::max(begin, timestamp(*gap.from)) : begin;
    const Timestamp to = std::min(timestamp(gap.to), timestamp(*manifest.last));
    covered -= std::max(to - from, std::chrono::nanoseconds{0});
  }
  const double share =
      std::chrono::duration<double>(covered) / std::chrono::duration<double>(std::chrono::days{1});
  return std::round(std::max(share, 0.0) * 1e6) / 1e6;
}

std::string manifest_path(const std::string& day_file) {
  std::string stem = without_extension(day_file);
  constexpr std::string_view of_trades = trades_extension.substr(0, trades_extension.rfind('.'));
  if (parse_trade_file_name(day_file)) cut_suffix(stem, of_trades);
  return stem + ".manifest.json";
}

void write_manifest(const std::string& path, const Manifest& manifest) {
  PartFile file{path};
  file.write(to_json(manifest));
  file.finish();
}

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format = "obkit-manifest";
constexpr int version = 1;
constexpr std::size_t longest = std::size_t{64} * 1024 * 1024;

Json time_json(const std::optional<DateTime>& time) {
  return time ? Json(format_iso(*time)) : Json(nullptr);
}

Json gaps_json(const std::vector<ManifestGap>& gaps) {
  Json list = Json::array();
  for (const ManifestGap& gap : gaps)
    list.push_back(
        {{"from", time_json(gap.from)}, {"to", time_json(gap.to)}, {"reason", gap.reason}});
  return list;
}

Json sequence_json(const SequenceCount& sequence) {
  if (sequence.updates == 0) return nullptr;
  return {{"updates", sequence.updates}, {"breaks", sequence.breaks}};
}

Json sha256_json(const FileRecord& record) {
  return record.sha256 ? Json(*record.sha256) : Json(nullptr);
}

/// Only where there are some.
void add_more_gaps(Json& json, const FileRecord& record) {
  if (record.more_gaps > 0)
    json["more_gaps"] = {{"count", record.more_gaps}, {"ms", record.more_gaps_time.count()}};
}

Json trades_json(const TradeRecord& record) {
  Json json{{"file", record.file},
            {"first", time_json(record.first)},
            {"last", time_json(record.last)},
            {"trades", record.trades},
            {"off_book", record.off_book},
            {"bytes", record.bytes},
            {"sha256", sha256_json(record)},
            {"gaps", gaps_json(record.gaps)},
            {"sequence", sequence_json(record.sequence)}};
  add_more_gaps(json, record);
  return json;
}

Json verification_json(const Verification& verified) {
  if (verified.checks == 0) return nullptr;
  return {{"by", verified.by},
          {"checks", verified.checks},
          {"agreed", verified.agreed},
          {"last", time_json(verified.last)}};
}

/// Decimals are texts, so that no reader rounds them.
void add_terms(Json& json, const InstrumentTerms& terms) {
  const auto add = [&](const char* key, const std::string& text) {
    if (!text.empty()) json[key] = text;
  };
  add("tick", terms.tick);
  add("unit", terms.unit);
  add("contract_size", terms.contract_size);
}

/// Takes the keys of one object; what is wrong is a DataError that names the key.
class Keys {
 public:
  Keys(const Json& object, const std::string& path) : object_{object}, path_{path} {
    if (!object.is_object()) refuse("expected a JSON object");
  }

  [[nodiscard]] const Json& value(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) refuse(std::string{"expected the key '"} + key + "', found none");
    return *found;
  }
  /// Whether there is something but `null`.
  [[nodiscard]] bool has(const char* key) const {
    const auto found = object_.find(key);
    return found != object_.end() && !found->is_null();
  }
  [[nodiscard]] double number(const char* key) const {
    const Json& found = value(key);
    if (!found.is_number()) refuse_value(key, "a number");
    return found.get<double>();
  }
  [[nodiscard]] std::string text(const char* key) const {
    const Json& found = value(key);
    if (!found.is_string()) refuse_value(key, "a text");
    return found.get<std::string>();
  }
  [[nodiscard]] std::uint64_t count(const char* key) const {
    const Json& found = value(key);
    if (!found.is_number_unsigned()) refuse_value(key, "a whole number");
    return found.get<std::uint64_t>();
  }
  [[nodiscard]] bool flag(const char* key) const {
    const Json& found = value(key);
    if (!found.is_boolean()) refuse_value(key, "true or false");
    return found.get<bool>();
  }
  [[nodiscard]] std::optional<DateTime> time(const char* key) const {
    if (value(key).is_null()) return std::nullopt;
    const auto time = parse_iso(text(key));
    if (!time) refuse_value(key, "a time as 2021-07-22T22:36:07.865Z");
    return to_date_time(*time);
  }
  [[nodiscard]] std::vector<ManifestGap> gaps(const char* key) const {
    const Json& list = value(key);
    if (!list.is_array()) refuse_value(key, "a list");
    std::vector<ManifestGap> gaps;
    for (const Json& item : list) {
      const Keys gap{item, path_};
      const auto to = gap.time("to");
      if (!to) gap.refuse_value("to", "a time");
      gaps.push_back({.from = gap.time("from"), .to = *to, .reason = gap.text("reason")});
    }
    return gaps;
  }
  [[noreturn]] void refuse_value(const char* key, const std::string& expected) const {
    refuse("expected " + expected + " as '" + key + "', found " + shown(value(key).dump()));
  }

 private:
  [[noreturn]] void refuse(const std::string& problem) const {
    throw DataError{{.name = path_}, problem};
  }

  const Json& object_;
  const std::string& path_;
};

SequenceCount read_sequence(const Keys& keys, const std::string& path) {
  if (!keys.has("sequence")) return {};
  const Keys sequence{keys.value("sequence"), path};
  return {.updates = sequence.count("updates"), .breaks = sequence.count("breaks")};
}

void read_file_record(const Keys& keys, const std::string& path, FileRecord& record) {
  record.file = keys.text("file");
  record.first = keys.time("first");
  record.last = keys.time("last");
  record.bytes = keys.count("bytes");
  if (!keys.value("sha256").is_null()) record.sha256 = keys.text("sha256");
  record.gaps = keys.gaps("gaps");
  if (!keys.has("more_gaps")) return;
  const Keys more{keys.value("more_gaps"), path};
  record.more_gaps = more.count("count");
  record.more_gaps_time = std::chrono::milliseconds{more.count("ms")};
}

TradeRecord read_trades(const Keys& keys, const std::string& path) {
  TradeRecord record;
  read_file_record(keys, path, record);
  record.trades = keys.count("trades");
  record.off_book = keys.count("off_book");
  record.sequence = read_sequence(keys, path);
  return record;
}

/// Those of manifests from before they had sequence and verified are 0.
FrameCounts read_counts(const Keys& keys, const std::string& path) {
  FrameCounts counts{.frames = keys.count("frames"), .sequence = read_sequence(keys, path)};
  if (keys.has("verified")) {
    const Keys verified{keys.value("verified"), path};
    counts.verified = {.by = verified.text("by"),
                       .checks = verified.count("checks"),
                       .agreed = verified.count("agreed"),
                       .last = verified.time("last")};
  }
  return counts;
}

/// Each of them may be missing.
InstrumentTerms read_terms(const Keys& keys) {
  const auto decimal = [&](const char* key) {
    if (!keys.has(key)) return std::string{};
    const std::string text = keys.text(key);
    if (!is_json_number(text)) keys.refuse_value(key, "a decimal number in a text");
    return text;
  };
  return {.tick = decimal("tick"),
          .unit = keys.has("unit") ? keys.text("unit") : "",
          .contract_size = decimal("contract_size")};
}

void check_version(const Keys& keys) {
  if (keys.text("format") != format) keys.refuse_value("format", '"' + std::string{format} + '"');
  if (keys.count("version") != version) keys.refuse_value("version", std::to_string(version));
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  const RecordingOrigin& origin = manifest.origin;
  Json json{{"format", format},
            {"version", version},
            {"tool", origin.tool},
            {"venue", origin.venue},
            {"symbol", manifest.symbol},
            {"pool", origin.pool},
            {"endpoint", origin.endpoint_host},
            {"depth", manifest.depth},
            {"file", manifest.file},
            {"first", time_json(manifest.first)},
            {"last", time_json(manifest.last)},
            {"books", manifest.books},
            {"frames", manifest.received.frames},
            {"bytes", manifest.bytes},
            {"sha256", sha256_json(manifest)},
            {"gaps", gaps_json(manifest.gaps)},
            {"continues", manifest.continues},
            {"covered", covered_share(manifest)},
            {"closed", manifest.closed},
            {"sequence", sequence_json(manifest.received.sequence)},
            {"verified", verification_json(manifest.received.verified)}};
  add_terms(json, origin.instrument);
  add_more_gaps(json, manifest);
  if (manifest.trades) json["trades"] = trades_json(*manifest.trades);
  // What an operating system calls an error need not be UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Manifest read_manifest(const std::string& path) {
  const Json json = Json::parse(read_all(path, longest), nullptr, false);
  if (json.is_discarded()) throw DataError{{.name = path}, "expected a JSON object"};
  const Keys keys{json, path};
  check_version(keys);
  Manifest manifest;
  manifest.origin = {.venue = keys.text("venue"),
                     .pool = keys.text("pool"),
                     .endpoint_host = keys.text("endpoint"),
                     .tool = keys.text("tool"),
                     .instrument = read_terms(keys)};
  manifest.symbol = keys.text("symbol");
  manifest.depth = keys.count("depth");
  read_file_record(keys, path, manifest);
  manifest.books = keys.count("books");
  manifest.received = read_counts(keys, path);
  if (keys.has("covered")) manifest.covered = keys.number("covered");
  manifest.continues = keys.flag("continues");
  manifest.closed = keys.flag("closed");
  if (keys.has("trades")) manifest.trades = read_trades(Keys{keys.value("trades"), path}, path);
  return manifest;
}

}  // namespace obkit::store
