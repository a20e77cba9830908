#include "archive_folder.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>

#include "obkit/core/error.hpp"
#include "obkit/store/archive_reader.hpp"
#include "obkit/store/input.hpp"

namespace obkit::store {
namespace {

template <std::size_t Count>
bool ends_with_any(const std::string& name, const std::array<std::string_view, Count>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

/// What lies beside archives under names like theirs.
bool is_other_file(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 4> others{".ds", ".ds.zst", ".manifest.json", ".part"};
  const std::string name = path.filename().string();
  return name.starts_with('.') || ends_with_any(name, others) || !symbol_of_day_file(name).empty();
}

bool is_named_like_archive(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 5> endings{".capture", ".csv", ".tsv", ".gz", ".zst"};
  return ends_with_any(path.filename().string(), endings);
}

}  // namespace

std::optional<Timestamp> begin_of_archive(const std::filesystem::path& path) {
  std::error_code error;
  // A pipe would make us wait.
  if (is_other_file(path) || !std::filesystem::is_regular_file(path, error)) return std::nullopt;
  try {
    ArchiveReader reader{{path.string()}};
    while (const auto event = reader.next())
      if (event->kind != ArchiveEvent::Kind::disconnect) return event->received;
  } catch (const DataError&) {
    if (is_named_like_archive(path)) throw;
  }
  return std::nullopt;
}

}  // namespace obkit::store
