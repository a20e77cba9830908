#include <cstddef>
#include <string>
#include <string_view>

#include "obkit/feed/protocol.hpp"

namespace obkit::feed {
namespace {

constexpr std::string_view mark = "@rest ";

/// Path and query of a URL, or of a text that is both already.
std::string_view target_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  return path == std::string_view::npos ? "/" : url.substr(path);
}

}  // namespace

std::string captured_answer(std::string_view url, std::string_view body) {
  return std::string{mark}.append(url).append(" ").append(body);
}

const Frame& decode_captured(Protocol& protocol, std::string_view text) {
  if (!text.starts_with(mark)) return protocol.decode(text);
  text.remove_prefix(mark.size());
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  constexpr int ok = 200;
  return protocol.decode_answer({.target = target_of(text.substr(0, end)),
                                 .status = ok,
                                 .body = text.substr(std::min(end + 1, text.size()))});
}

}  // namespace obkit::feed
