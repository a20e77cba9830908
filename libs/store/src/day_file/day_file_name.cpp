#include "day_file/day_file_name.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

namespace obkit::store {

namespace fs = std::filesystem;

std::string file_safe(std::string symbol) {
  std::replace(symbol.begin(), symbol.end(), '/', '_');
  return symbol;
}

int date_of_day_file(const std::string& path) {
  const std::string symbol = symbol_of_day_file(path);
  if (symbol.empty()) return 0;
  return std::stoi(fs::path{path}.filename().string().substr(symbol.size() + 1, 8));
}

Form form_of(const std::string& path) { return path.ends_with(".zst") ? Form::zstd : Form::plain; }

DayFileChoice choose_day_file(const std::string& folder, const DayFileName& name, Form wanted) {
  const std::string plain =
      (fs::path{folder} / (name.symbol + "_" + std::to_string(name.date) + ".txt")).string();
  const DayFileChoice as_plain{plain, Form::plain}, as_zstd{plain + ".zst", Form::zstd};
  const auto& [first, second] =
      wanted == Form::plain ? std::tie(as_plain, as_zstd) : std::tie(as_zstd, as_plain);
  std::error_code ignored;
  return !fs::exists(first.path, ignored) && fs::exists(second.path, ignored) ? second : first;
}

std::vector<FoundDayFile> day_files_in(const std::string& folder) {
  std::vector<FoundDayFile> found;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}, end; !error && entry != end;
       entry.increment(error)) {
    const std::string path = entry->path().string();
    if (std::string symbol = symbol_of_day_file(path); !symbol.empty())
      found.push_back({.date = date_of_day_file(path), .symbol = std::move(symbol), .path = path});
  }
  if (error) throw IoError{IoError::During::open, folder, error.value()};
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<std::string> earlier_day_file(const std::string& folder, const std::string& symbol,
                                            int date) {
  std::optional<std::string> latest;
  for (FoundDayFile& file : day_files_in(folder))
    if (file.symbol == symbol && file.date < date) latest = std::move(file.path);
  return latest;
}

}  // namespace obkit::store
