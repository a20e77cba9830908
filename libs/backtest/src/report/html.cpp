#include "report/html.hpp"

#include <algorithm>
#include <cassert>

namespace obkit::backtest {

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool control =
        (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
    if (control)
      out += "\ufffd";
    else if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
  return out;
}

std::string fill(std::string_view text,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  constexpr std::string_view open = "{{", close = "}}";
  std::string out;
  for (;;) {
    const auto begin = text.find(open);
    out += text.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const auto end = text.find(close, begin);
    const std::string_view name = text.substr(begin + open.size(), end - begin - open.size());
    const auto* const found =
        std::ranges::find(values, name, &std::pair<std::string_view, std::string_view>::first);
    assert(found != values.end());
    out += found->second;
    text.remove_prefix(end + close.size());
  }
}

}  // namespace obkit::backtest
