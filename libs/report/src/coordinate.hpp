#pragma once

#include <cmath>
#include <string>

#include "obkit/report/text.hpp"

namespace obkit::report {

/// Of a drawing that has a width of 1000, rounded to a hundredth. Pre: 0 to 1000.
inline std::string coordinate(double value) {
  return number_text(std::round(value * 100) / 100, 6);
}

}  // namespace obkit::report
