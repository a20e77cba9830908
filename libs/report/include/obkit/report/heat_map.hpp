#pragma once

#include <string>
#include <vector>

namespace obkit::report {

struct HeatCell {
  double value = 0;
  std::string text = {};  ///< for reading
  bool is_best = false;
};

/// A table whose cells are coloured by their values, red below zero.
struct HeatMap {
  std::string id = {}, title = {}, unit = {}, caption = {};  ///< `id` is a word
  std::string corner = {};                                   ///< "threshold \ strategy"
  std::vector<std::string> columns = {}, rows = {};
  std::vector<std::vector<HeatCell>> cells = {};  ///< row by row, as wide as `columns`
};

/// Pre: values are finite.
[[nodiscard]] std::string heat_map_html(const HeatMap& map);

}  // namespace obkit::report
