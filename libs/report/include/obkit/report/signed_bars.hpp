#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace obkit::report {

/// A value above or below zero.
struct SignedBar {
  std::string name = {};   ///< "2024-08-08"
  std::string label = {};  ///< the same below the bar, shorter
  double value = 0;
  std::string text = {};  ///< under the pointer, behind the name
};

/// Bars around a line at zero. What lies below it is red.
struct SignedBars {
  std::string id = {}, title = {}, unit = {}, caption = {};  ///< `id` is a word
  std::vector<SignedBar> bars = {};                          ///< from left to right
  std::string table_html = {};  ///< behind the caption: the same as numbers
};

/// Pre: there is a bar; values are finite.
[[nodiscard]] std::string signed_bars_html(const SignedBars& chart);

/// A part of a sum, or a sum of those above it.
struct WaterfallStep {
  std::string name = {};
  double amount = 0;
  std::string text = {};  ///< the amount, for reading
  bool is_sum = false;
};

/// How a sum comes about: each amount from where the one above it ended, a row each.
struct Waterfall {
  std::string id = {}, title = {}, unit = {}, caption = {};  ///< `id` is a word
  std::vector<WaterfallStep> steps = {};
};

/// Pre: amounts are finite.
[[nodiscard]] std::string waterfall_html(const Waterfall& chart);

}  // namespace obkit::report
