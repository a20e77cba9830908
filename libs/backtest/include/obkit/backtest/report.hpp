#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "obkit/backtest/trade.hpp"
#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"
#include "obkit/report/page.hpp"

namespace obkit::backtest {

/// What a report shows of one book.
struct ReportPoint {
  DateTime time = {};
  Price bid = {}, ask = {};
  double score = 0;     ///< in [-1, 1]; what lies beyond counts as the end
  double position = 0;  ///< after the fills of this book; long is positive; in the unit of size
  double gross = 0;     ///< equity since the start, an open position valued at mid
  double net = 0;       ///< the same after all costs
};

/// What a reader must know of a result before anything else.
struct Caution {
  std::string id;  ///< a word
  std::string heading, text;
};

/// What a report says in words. Any text may hold any character: the page shows it as it is.
struct ReportText {
  std::string title = {};
  std::string strategy = {};       ///< what traded, in a few words
  std::string currency = "quote";  ///< of equity: "quote" or "coin"
  std::string tool = {};           ///< name and version of the tool that wrote the page
  report::Pairs summary = {}, options = {};
  std::vector<report::File> files = {};
  report::Pairs assumptions = {};        ///< beside the tiles
  std::string in_sample_warning = {};    ///< empty: no banner
  std::vector<Caution> cautions = {};    ///< banners, too
  std::optional<double> threshold = {};  ///< marked in the distribution of scores
};

/// Makes one HTML page, which needs no network, of a backtest: tiles, gross to net, price with
/// trades, equity, drawdown, position, net by day, hour, side and reason, distributions of scores
/// and holding times, and the words of ReportText.
///
/// Memory is flat (10 MB), but for a number for each trade, and the page below 3 MB, besides its
/// words and days, whatever is added: curves keep first, last, highest and lowest of what falls
/// together, trades those that gained or lost most. Drawdown, extremes, sums and distributions are
/// of all books and trades. Same calls, same bytes.
class Report {
 public:
  Report();
  Report(Report&& other) noexcept;
  Report& operator=(Report&& other) noexcept;
  ~Report();

  /// The next book. Pre: numbers are finite, the time exists. A time before that of the last book
  /// counts as that of the last book. O(1).
  void add(const ReportPoint& point);
  /// A trade that was closed. O(log trades kept).
  void add(const Trade& trade);

  /// The page of what was added so far.
  [[nodiscard]] std::string html(const ReportText& text) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace obkit::backtest
