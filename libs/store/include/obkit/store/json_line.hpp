#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/price.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// A key that a kind of record knows.
struct JsonKey {
  std::string_view name;
  bool required = false;
};

/// What a message shows of an input's text: printable characters, not too many.
[[nodiscard]] std::string shown(std::string_view text);

/// `text` as JSON writes it between double quotes. In a text that is not UTF-8 each byte beyond
/// ASCII becomes U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);

/// How a text that should be JSON ends.
struct JsonEnd {
  bool is_open = false;        ///< an object, a list or a string is open: it was cut short
  bool closed_object = false;  ///< an outermost `{…}` was closed in it
};
[[nodiscard]] JsonEnd find_json_end(std::string_view text);

/// Takes a line that holds one JSON object apart, key by key in the order they stand there.
///
/// All of the line is checked, values of unknown keys too. Every method that finds fault throws a
/// DataError with name, line, and column or key.
class JsonLine {
 public:
  /// `keys` must outlive it.
  explicit JsonLine(std::span<const JsonKey> keys);
  JsonLine(JsonLine&&) noexcept;
  JsonLine& operator=(JsonLine&&) noexcept;
  ~JsonLine();

  /// `line` is what `lines` returned last; both stay as they are while the line is taken apart.
  void begin(const LineReader& lines, std::string_view line);

  /// Index into `keys` of the next known key; empty at the end, when no required key is missing and
  /// nothing follows the object. A key that comes again is refused.
  [[nodiscard]] std::optional<std::size_t> next_key();

  // The value of the key that next_key() found; each key's value is to be taken once.

  /// `expected` is for the message: "a date YYYYMMDD".
  [[nodiscard]] std::int64_t integer(std::string_view expected);
  /// YYYYMMDD, a day that exists.
  [[nodiscard]] int date();
  /// HHMMSSmmm, a time of day that exists.
  [[nodiscard]] int time();
  [[nodiscard]] bool boolean();
  /// Valid until the next begin().
  [[nodiscard]] std::string_view text();
  /// Exact.
  [[nodiscard]] Price price();
  /// Finite, >= 0.
  [[nodiscard]] double volume();
  /// Replaces `out`. Exact.
  void prices(std::vector<Price>& out);
  /// Replaces `out`. Finite, >= 0.
  void volumes(std::vector<double>& out);
  /// Replaces `out`. Finite.
  void numbers(std::vector<double>& out);

  /// "expected …, found …" about the line as a whole.
  [[noreturn]] void refuse(std::string_view problem) const;
  /// The same about the value of the key that next_key() found.
  [[noreturn]] void refuse_value(std::string_view problem) const;
  /// The same about any key's value, with `item` (from 1) about one item of its list.
  [[noreturn]] void refuse(std::string_view key, std::size_t item, std::string_view problem) const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::store
