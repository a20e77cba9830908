#pragma once

#include <string_view>

/// Texts that CMake puts into the library: obkit_embed_texts() of libs/backtest/CMakeLists.txt.
namespace obkit::backtest::assets {

extern const std::string_view page_html, charts_html, figure_html, bars_html, trades_html,
    scripts_html;
extern const std::string_view page_css, page_js;
extern const std::string_view dygraphs_js, dygraphs_css, dygraphs_license;

}  // namespace obkit::backtest::assets
