#pragma once

#include <string>

namespace obkit::feed {

/// A header of an HTTP request.
struct Header {
  std::string name;
  std::string value;

  bool operator==(const Header&) const = default;
};

}  // namespace obkit::feed
