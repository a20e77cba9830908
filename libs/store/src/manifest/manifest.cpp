#include "obkit/store/manifest.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

#include <nlohmann/json.hpp>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/store/book_format.hpp"
#include "obkit/store/json_line.hpp"

#include "bytes/append_file.hpp"
#include "day_file/day_file_name.hpp"

namespace obkit::store {

namespace {

Timestamp timestamp(DateTime time) { return to_timestamp(time).value_or(Timestamp{}); }

}  // namespace

void Manifest::add(DateTime time, const std::optional<std::string>& gap_reason,
                   const std::optional<DateTime>& before) {
  if (gap_reason) gaps.push_back({.from = before, .to = time, .reason = *gap_reason});
  if (!first) first = time;
  last = time;
  ++books;
}

double covered_share(const Manifest& manifest) {
  if (!manifest.first || !manifest.last) return 0;
  const Timestamp first = timestamp(*manifest.first);
  const Timestamp begin = manifest.continues ? std::chrono::floor<std::chrono::days>(first) : first;
  auto covered = timestamp(*manifest.last) - begin;
  for (const ManifestGap& gap : manifest.gaps) {
    const Timestamp from = gap.from ? std::max(begin, timestamp(*gap.from)) : begin;
    covered -= std::max(timestamp(gap.to) - from, std::chrono::nanoseconds{0});
  }
  const double share =
      std::chrono::duration<double>(covered) / std::chrono::duration<double>(std::chrono::days{1});
  return std::round(std::max(share, 0.0) * 1e6) / 1e6;
}

std::string manifest_path(const std::string& day_file) {
  return without_extension(day_file) + ".manifest.json";
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

void check_version(const Keys& keys) {
  if (keys.text("format") != format) keys.refuse_value("format", '"' + std::string{format} + '"');
  if (keys.count("version") != version) keys.refuse_value("version", std::to_string(version));
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  const RecordingOrigin& origin = manifest.origin;
  const Json json{{"format", format},
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
                  {"frames", manifest.frames},
                  {"bytes", manifest.bytes},
                  {"sha256", manifest.sha256 ? Json(*manifest.sha256) : Json(nullptr)},
                  {"gaps", gaps_json(manifest.gaps)},
                  {"continues", manifest.continues},
                  {"covered", covered_share(manifest)},
                  {"closed", manifest.closed}};
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
                     .tool = keys.text("tool")};
  manifest.symbol = keys.text("symbol");
  manifest.depth = keys.count("depth");
  manifest.file = keys.text("file");
  manifest.first = keys.time("first");
  manifest.last = keys.time("last");
  manifest.books = keys.count("books");
  manifest.frames = keys.count("frames");
  manifest.bytes = keys.count("bytes");
  if (!keys.value("sha256").is_null()) manifest.sha256 = keys.text("sha256");
  manifest.gaps = keys.gaps("gaps");
  manifest.continues = keys.flag("continues");
  manifest.closed = keys.flag("closed");
  return manifest;
}

}  // namespace obkit::store
