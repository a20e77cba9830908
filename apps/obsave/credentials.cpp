#include "obsave/credentials.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"

namespace obkit::obsave {
namespace {

using feed::Credentials;

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string_view> lines_that_count(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    if (!line.empty() && line.front() != '#') lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// The value of `NAME=value`, of which quotes are taken off; empty for another line.
std::string_view value_of(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || line.substr(name.size(), 1) != "=") return {};
  std::string_view value = trim(line.substr(name.size() + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return value;
}

/// A header cannot carry more.
bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

std::optional<Credentials> from_environment() {
  const char* key = std::getenv(key_variable);  // NOLINT(concurrency-mt-unsafe): no thread yet
  const char* secret = std::getenv(secret_variable);  // NOLINT(concurrency-mt-unsafe)
  if (key == nullptr && secret == nullptr) return std::nullopt;
  if (key == nullptr || secret == nullptr || !is_token(key) || !is_token(secret))
    throw UsageError{std::string{"set both "} + key_variable + " and " + secret_variable +
                     ", or neither"};
  return Credentials{key, secret};
}

}  // namespace

std::optional<Credentials> parse_credentials(std::string_view text) {
  const auto lines = lines_that_count(text);
  if (lines.size() != 2) return std::nullopt;
  std::string_view key, secret;
  for (const std::string_view line : lines) {
    if (const auto value = value_of(line, key_variable); !value.empty()) key = value;
    if (const auto value = value_of(line, secret_variable); !value.empty()) secret = value;
  }
  if (key.empty() && secret.empty()) key = lines[0], secret = lines[1];
  if (!is_token(key) || !is_token(secret)) return std::nullopt;
  return Credentials{std::string{key}, std::string{secret}};
}

std::optional<Credentials> find_credentials(const std::string& file) {
  if (file.empty()) return from_environment();
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) throw IoError{IoError::During::open, file, errno};
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    throw UsageError{file + ": others may read these credentials; chmod 600 it"};
  constexpr std::size_t largest = std::size_t{64} * 1024;
  auto credentials = parse_credentials(read_all(file, largest));
  if (!credentials)
    throw UsageError{file + ": expected two lines, the key and the secret, or " + key_variable +
                     "=… and " + secret_variable + "=…"};
  return credentials;
}

}  // namespace obkit::obsave
