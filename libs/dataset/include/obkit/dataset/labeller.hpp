#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "obkit/core/order_book.hpp"
#include "obkit/dataset/label_rule.hpp"
#include "obkit/dataset/sample.hpp"

namespace obkit::dataset {

/// Turns a stream of books into samples by a rule, in the order of the books, in flat memory.
///
/// Without labels (LabelRule::Kind::none) each book is a sample at once.
///
/// A book with gap set begins a new run: what still waits for its label then is no sample, nor is
/// what waits at the end. Mid prices are compared exactly.
///
/// A horizon of H milliseconds compares with the book that stands H after the book's time: the last
/// one before the first later book of the run whose time is more than H later. A book gets its
/// label only when there is such a later book. A time that goes back counts as the latest one
/// before it in the run.
class Labeller {
 public:
  enum class Prices { leave_out, keep };
  struct Options {
    std::string folder = "/var/tmp";  ///< for books that wait, when memory_bytes are full of them
    std::size_t memory_bytes = std::size_t{8} * 1024 * 1024;
    Prices prices = Prices::leave_out;  ///< of all levels; the best ones are always kept
  };

  Labeller(const LabelRule& rule, Options options);
  explicit Labeller(const LabelRule& rule);
  Labeller(Labeller&&) noexcept;
  Labeller& operator=(Labeller&&) noexcept;
  ~Labeller();

  /// Takes the next book; `input` says where it came from, and never goes down. With
  /// `volumes_text`, its volumes as append_number() writes them and commas between, samples of the
  /// book have that text, and its own volumes are not looked at. Samples of it have its `flow`.
  /// Pre: take() returned nothing since the last push; the depth is that of the books before; the
  /// book's time exists. Throws IoError.
  void push(const OrderBook& book, std::size_t input = 0, std::string_view volumes_text = {},
            std::span<const double> flow = {});

  /// The next sample that the books so far decide, reusing its memory; its input. Empty when there
  /// is none until the next push. Throws IoError.
  [[nodiscard]] std::optional<std::size_t> take(Sample& sample);

  /// Input of the oldest book that still waits, of the newest where none does: those before have
  /// all their samples. Pre: a book was pushed, and take() returned nothing since.
  [[nodiscard]] std::size_t oldest_input() const;

  /// Latest time of the run so far; empty before the first book.
  [[nodiscard]] std::optional<DateTime> latest_time() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::dataset
