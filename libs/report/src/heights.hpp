#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "obkit/report/line_chart.hpp"
#include "obkit/report/text.hpp"

#include "coordinate.hpp"

namespace obkit::report {

/// What stands beside a chart.
struct Heights {
  std::string html;
  std::string room;  ///< pixels that the longest of them takes
};

inline Heights heights_of(const Axis& axis) {
  constexpr std::ptrdiff_t digit = 8, margin = 10;  // pixels
  Heights heights;
  std::ptrdiff_t longest = 4;
  for (const double tick : axis.ticks) {
    const std::string text = axis.text(tick);
    longest = std::max(longest, std::ranges::count_if(text, [](char c) {
                         return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
                       }));
    heights.html +=
        fill(R"(<span style="top:{{top}}%">{{text}}</span>)",
             {{"top", coordinate(100 - 100 * (tick - axis.low) / (axis.high - axis.low))},
              {"text", escape_html(text)}});
  }
  heights.room = std::to_string(digit * longest + margin);
  return heights;
}

}  // namespace obkit::report
