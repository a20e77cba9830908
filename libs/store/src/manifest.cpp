#include "obkit/store/manifest.hpp"

#include <chrono>
#include <cmath>
#include <string_view>

#include "part_file.hpp"

namespace obkit::store {
namespace {

Timestamp timestamp(DateTime time) { return to_timestamp(time).value_or(Timestamp{}); }

/// Cuts `suffix` off where it is there.
void cut(std::string& text, std::string_view suffix) {
  if (text.ends_with(suffix)) text.resize(text.size() - suffix.size());
}

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
  std::string path = day_file;
  cut(path, ".zst");
  cut(path, ".txt");
  return path + ".manifest.json";
}

void write_manifest(const std::string& path, const Manifest& manifest) {
  PartFile file{path};
  file.write(to_json(manifest));
  file.finish();
}

}  // namespace obkit::store
