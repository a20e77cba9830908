#pragma once

#include <string_view>

/// Texts that CMake puts into the library: obkit_embed_texts() of apps/obsave/CMakeLists.txt.
namespace obkit::obsave::assets {

extern const std::string_view live_html, live_css, live_js;

}  // namespace obkit::obsave::assets
