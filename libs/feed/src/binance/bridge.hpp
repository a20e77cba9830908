#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "obkit/core/level_update.hpp"
#include "obkit/core/time.hpp"

namespace obkit::feed::binance {

/// How a snapshot that has the number of a diff's last update is joined to it.
enum class Rule {
  spot,     ///< the diff is in the snapshot
  futures,  ///< the diff is applied
};

/// The numbers of a diff: it brings a book from the number `from` to the number `last`.
struct Span {
  std::uint64_t from = 0;
  std::uint64_t last = 0;
};

/// Joins the snapshots of one symbol, which come by HTTP, to the diffs of its stream.
///
/// Diffs are kept, so that a snapshot which comes behind them can be brought up to date: all of
/// them while there is no book, and the last `most_kept` while there is one. What is kept of all
/// symbols is bounded by their budget.
///
/// Source: the exchange's "How to manage a local order book correctly".
class Bridge {
 public:
  /// What the kept diffs of all symbols cost: a diff its rows and one.
  struct Budget {
    static constexpr std::size_t most = std::size_t{1} << 20U;
    std::size_t cost = 0;
  };
  static constexpr std::size_t most_kept = 64;

  /// `budget` must outlive the bridge.
  Bridge(Rule rule, Budget& budget) : rule_{rule}, budget_{budget} {}

  /// A connection begins: no book stands, no diff is kept.
  void begin();

  /// A diff has come, the levels of `update`. It becomes `old` where no book stands or the book has
  /// it already, and lost where it does not follow the one before.
  void take(Span span, BookUpdate& update);

  /// A snapshot with this number has come, the image `update`. Adds the kept diffs that are behind
  /// it. It becomes lost where the diffs do not reach back to it, and where one of them crosses the
  /// book, though those behind it may hide that; `old`, if a book stands. A
  /// snapshot that is ahead of a book that stands waits for the diffs between them, as `old`: the
  /// diff that reaches it becomes the image.
  void join(std::uint64_t number, BookUpdate& update);

  [[nodiscard]] bool has_book() const { return stands_; }
  /// Whether a snapshot is older than the last book, and no diffs tell that all begins again.
  [[nodiscard]] bool is_stale(std::uint64_t number) const {
    return !stands_ && kept_.empty() && number < at_;
  }
  /// Whether the book moves without diffs: none came since the snapshot before the last one, which
  /// is ahead of them.
  [[nodiscard]] bool is_dead() const { return is_dead_; }

 private:
  struct Diff {
    Span span;
    std::optional<Timestamp> time;
    std::size_t rows = 0;
  };

  /// A snapshot that waits for diffs.
  struct Ahead {
    std::uint64_t number = 0;
    std::vector<LevelChange> levels;
    BookUpdate::Edges edges;
  };

  [[nodiscard]] bool has(std::uint64_t number, std::uint64_t last) const {
    return rule_ == Rule::spot ? last <= number : last < number;
  }
  [[nodiscard]] bool follows(Span span) const;
  void put_by(std::uint64_t number, BookUpdate& update);
  void renew(BookUpdate& update);
  void keep(Span span, const BookUpdate& update);
  void forget_oldest(std::size_t count);
  void forget();
  static std::size_t cost_of(std::size_t rows) { return rows + 1; }

  Rule rule_;
  Budget& budget_;
  bool stands_ = false;    ///< a book, at the number
  std::uint64_t at_ = 0;   ///< and
  bool is_fresh_ = false;  ///< no diff behind its snapshot was applied to it
  bool is_quiet_ = false;  ///< no diff came since the last snapshot
  bool is_dead_ = false;
  std::optional<Ahead> ahead_;
  std::vector<Diff> kept_;         ///< each follows the one before
  std::vector<LevelChange> rows_;  ///< of all that are kept, behind
  std::size_t gone_ = 0;           ///< so many that are not needed any more
};

}  // namespace obkit::feed::binance
