#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "obkit/backtest/report.hpp"

namespace obkit::backtest {

/// One book of a curve.
struct CurveSample {
  std::uint64_t number = 0;  ///< from 0
  std::int64_t time = 0;     ///< milliseconds since 1970, UTC
  Price bid, ask;
  double gross = 0, net = 0;
  double drawdown = 0;  ///< net less its highest so far (zero at the start): never above zero
  double position = 0;  ///< from this book to the next
  double long_sum = 0;  ///< position × milliseconds held long before this book
  double short_sum = 0;

  /// Rounded down to a billionth.
  [[nodiscard]] Price mid() const;
};

/// Neighbouring books of which only those are kept that make the shape, by their places among a
/// curve's samples. A book has as many roles as it can; most buckets have few books.
struct CurveBucket {
  using Place = std::uint32_t;
  enum Role : std::size_t {
    first,
    last,
    low_mid,
    high_mid,
    low_gross,
    high_gross,
    low_net,
    high_net,
    deepest,
    before_silence,
    after_silence,
    roles,
  };
  static constexpr std::size_t most_samples = roles;

  explicit CurveBucket(Place place) { places.fill(place); }

  /// Of the books that are kept, each once, ascending.
  [[nodiscard]] std::vector<Place> kept() const;

  std::array<Place, roles> places{};
  /// The longest stretch of time without a book between its books, milliseconds; 0: there is none
  /// that would break a line.
  std::int64_t silence = 0;
};

/// What all books together say, exactly.
struct CurveTotals {
  std::uint64_t books = 0;
  CurveSample first, last;
  CurveSample lowest_mid, highest_mid, lowest_net, highest_net, deepest;
  std::int64_t peak_before_deepest = 0;  ///< time of the highest net before the deepest drawdown
  std::int64_t long_time = 0, short_time = 0;  ///< milliseconds
  double largest_position = 0;                 ///< without sign
  double largest_equity = 0;                   ///< gross or net, without sign
  int price_decimals = 0;                      ///< as the prices were written
};

/// Books of a backtest, thinned out as they come.
///
/// Memory: as many buckets as told at most, and the books that they keep. When they are full,
/// neighbours become one, so each holds the same number of books, but for the last.
class Curve {
 public:
  /// Pre: `most_buckets` is even and not 0.
  explicit Curve(std::size_t most_buckets = 8192) : most_buckets_{most_buckets} {}

  /// A line is broken where no book came for this long, and for twenty times as long as usual.
  static constexpr std::int64_t shortest_silence = 600'000;

  /// As Report::add(). The time must exist.
  void add(const ReportPoint& point);

  [[nodiscard]] const CurveTotals& totals() const { return totals_; }

  struct Row {
    const CurveSample& sample;
    bool after_silence = false;
  };
  /// By time; at most CurveBucket::most_samples a bucket. Valid until the curve changes.
  [[nodiscard]] std::vector<Row> rows() const;

  /// Makes one of each two buckets. O(buckets).
  void thin();

 private:
  CurveSample next_sample(const ReportPoint& point);
  void note(const CurveSample& sample);
  void append(const CurveSample& sample);
  void append(CurveBucket& bucket, const CurveBucket& next) const;
  void note_silence(CurveBucket& bucket, CurveBucket::Place next) const;
  [[nodiscard]] CurveBucket::Place move_kept(CurveBucket& bucket, CurveBucket::Place to);
  void drop_others_of_last();
  [[nodiscard]] bool breaks(std::int64_t silence) const;

  std::size_t most_buckets_;
  CurveTotals totals_;
  std::vector<CurveSample> samples_;  ///< by number; of the last bucket also some that it dropped
  std::vector<CurveBucket> buckets_;
  std::uint64_t stride_ = 1;   ///< books a bucket
  std::uint64_t in_last_ = 0;  ///< books in the last bucket
  double peak_ = 0;
  std::int64_t peak_time_ = 0;
};

}  // namespace obkit::backtest
