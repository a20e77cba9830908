#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "obkit/feed/instrument.hpp"

#include "json_value.hpp"

/// What reads the lists of instruments: none is large, so it is simple rather than fast.
namespace obkit::feed {

/// The decimal that a JSON number or text stands for, without exponent and needless zeros:
/// 5.0e-4 is "0.0005", 0.50000000 is "0.5". Empty for what is none above 0, or too long to be one.
[[nodiscard]] std::string plain_decimal(std::string_view number);

/// The single values in a JSON object by their names. Those of an object inside, or of the first
/// object of a list that has them, are named `outer.inner`.
class Fields {
 public:
  /// Throws simdjson_error.
  explicit Fields(simdjson::ondemand::value object);

  /// Empty where there is none.
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] std::string decimal(std::string_view name) const {
    return plain_decimal(text(name));
  }
  [[nodiscard]] bool is(std::string_view name, std::string_view value) const {
    return text(name) == value;
  }

 private:
  void take(const std::string& name, simdjson::ondemand::value content, bool is_inner);

  std::vector<std::pair<std::string, std::string>> values_;
};

/// The page that `read(document, page)` fills; what it throws becomes the page's problem.
template <class Read>
[[nodiscard]] InstrumentPage read_page(std::string_view body, Read read) {
  InstrumentPage page;
  JsonMessage message;
  try {
    auto document = message.read(body);
    read(document, page);
  } catch (const simdjson::simdjson_error& error) {
    page = {.problem = std::string{"the answer is no list of instruments: "} + error.what()};
  } catch (const BadFrame& bad) {
    page = {.problem = bad.problem};
  }
  return page;
}

}  // namespace obkit::feed
