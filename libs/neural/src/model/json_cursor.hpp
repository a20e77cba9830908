#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace obkit::neural {

/// Parses a whole document. Throws DataError with line and column for what is no JSON, and for
/// nesting deeper than `max_depth`.
[[nodiscard]] nlohmann::ordered_json parse_document(std::string_view text, const std::string& name,
                                                    int max_depth);

/// On one line. Bytes that are no UTF-8, as a file's name may have, become U+FFFD.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& json);

/// The fewest digits that mean this float, also "nan" and "inf".
[[nodiscard]] std::string float_text(float value);

/// A value of a document that knows where it stands, so that each error names file and key. All
/// that is not as expected throws DataError. Lives no longer than the document and the name.
class JsonCursor {
 public:
  JsonCursor(const nlohmann::ordered_json& value, const std::string& file, std::string path = {})
      : value_{&value}, file_{&file}, path_{std::move(path)} {}

  [[nodiscard]] JsonCursor operator[](const std::string& key) const;
  /// Pre: index < size().
  [[nodiscard]] JsonCursor operator[](std::size_t index) const;

  [[nodiscard]] bool contains(const std::string& key) const { return value_->contains(key); }
  [[nodiscard]] const nlohmann::ordered_json& value() const { return *value_; }
  [[nodiscard]] bool is_null() const { return value_->is_null(); }
  [[nodiscard]] bool flag() const;
  [[nodiscard]] std::int64_t integer(std::int64_t least, std::int64_t most) const;
  [[nodiscard]] double number() const;
  [[nodiscard]] float number(float least, float most) const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::vector<std::string> texts() const;
  /// Of a list.
  [[nodiscard]] std::size_t size() const;
  /// Refuses a list of another length.
  void expect_size(std::size_t expected) const;
  /// Of an object, as they stand in the file.
  [[nodiscard]] std::vector<std::string> keys() const;

  [[noreturn]] void fail(std::string_view problem) const;

 private:
  const nlohmann::ordered_json* value_;
  const std::string* file_;
  std::string path_;
};

}  // namespace obkit::neural
