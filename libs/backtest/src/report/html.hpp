#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace obkit::backtest {

/// The text as it stands in HTML, between tags or in a quoted attribute. Control characters, which
/// HTML does not have, become U+FFFD.
[[nodiscard]] std::string escape_html(std::string_view text);

/// Fills `{{name}}` of a template. What is put in is not looked at again. A name that is not given
/// is a bug.
[[nodiscard]] std::string fill(
    std::string_view text,
    std::initializer_list<std::pair<std::string_view, std::string_view>> values);

}  // namespace obkit::backtest
