#pragma once

#include <string_view>

/// Texts that CMake puts into the library: obkit_embed_texts() of libs/report/CMakeLists.txt.
namespace obkit::report::assets {

extern const std::string_view page_html, page_css, figure_html, bars_html, lines_html, format_js;

}  // namespace obkit::report::assets
