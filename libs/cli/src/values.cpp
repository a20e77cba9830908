#include "obkit/cli/values.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <limits>
#include <utility>

#include "obkit/core/number.hpp"

namespace obkit::cli {
namespace {

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// Letters to insert, delete, replace or swap with their neighbour until `a` is `b` ("optimal
/// string alignment").
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  return cost[a.size()][b.size()];
}

/// 0 is as near as can be; a name that begins so is nearer than one that is spelt otherwise.
std::size_t farness(const std::string& text, const std::string& name) {
  constexpr std::size_t far = std::numeric_limits<std::size_t>::max(), least_begin = 3;
  if (text == name) return 0;
  if (text.size() >= least_begin && name.starts_with(text)) return 1;
  const std::size_t allowed =
      std::min<std::size_t>(3, (std::min(text.size(), name.size()) + 1) / 3);
  const std::size_t found = distance(text, name);
  return found <= allowed ? found + 1 : far;
}

/// "a, b or c"
std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text.append(i == 0 ? "" : i + 1 == words.size() ? " or " : ", ").append(words[i]);
  return text;
}

std::string braced(const std::vector<std::string>& names) {
  return "{" + CLI::detail::join(names, ",") + "}";
}

std::string complaint(const std::string& text, const std::vector<std::string>& names,
                      const std::string& others) {
  auto expected = names;
  if (!others.empty()) expected.push_back(others);
  const auto meant = nearest(text, names);
  return "expected " + listed(expected) + ", found '" + text + "'" +
         (meant ? "; did you mean " + *meant + "?" : "");
}

}  // namespace

std::optional<std::string> nearest(std::string_view text, const std::vector<std::string>& names) {
  const std::string typed = lower(text);
  std::size_t best = std::numeric_limits<std::size_t>::max();
  std::optional<std::string> found;
  for (const std::string& name : names)
    if (const std::size_t one = farness(typed, lower(name)); one < best) {
      best = one;
      found = name;
    }
  return found;
}

void begin_group(CLI::App& app, const std::string& heading) {
  app.option_defaults()->group(heading);
}

CLI::Validator one_of(const std::vector<std::string>& names, OtherValues others) {
  auto check = [names, others = std::move(others)](const std::string& text) -> std::string {
    if (std::find(names.begin(), names.end(), text) != names.end()) return "";
    if (others.accepts && others.accepts(text)) return "";
    return complaint(text, names, others.what);
  };
  return {std::move(check), braced(names)};
}

CLI::Validator offering(const std::vector<std::string>& names) {
  return {[](const std::string&) { return std::string{}; }, braced(names)};
}

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
  const std::string range = "from " + std::to_string(least) + " to " + std::to_string(most);
  auto check = [=](const std::string& text) -> std::string {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    const bool good = read.ec == std::errc{} && read.ptr == end && value >= least && value <= most;
    return good ? "" : "expected a whole number " + range + ", found '" + text + "'";
  };
  return {std::move(check), range};
}

CLI::Validator number(double least, double most) {
  const std::string range = "from " + to_text(least) + " to " + to_text(most);
  auto check = [=](const std::string& text) -> std::string {
    const auto value = parse_number(text);
    const bool good = value && *value >= least && *value <= most;
    return good ? "" : "expected a number " + range + ", found '" + text + "'";
  };
  return {std::move(check), range};
}

}  // namespace obkit::cli
