#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <vector>

#include <rapidcheck.h>

#include "obkit/backtest/funding.hpp"

#include "market.hpp"

namespace obkit::backtest {

/// How the books of a random market come about. All volumes and sizes are multiples of 1/8, so
/// that what a naive model works out in doubles is exact, unless `decimal` asks for thousandths.
struct MarketShape {
  bool mean_reverting = false;
  bool crossed = false;  ///< now and then
  bool wide = false;     ///< the spread may be several ticks
  bool gaps = false;
  bool days = false;      ///< hours pass between some books
  bool restless = false;  ///< the price leaves the visible levels at once
  bool thin = false;      ///< the visible levels may hold less than the size
  bool decimal = false;
};

/// A market, the signals on it and one who trades: made of a few numbers, so that it shrinks well.
struct Scenario {
  MarketShape shape;
  std::uint32_t seed = 0;
  std::size_t books = 0;
  int wait = 1;  ///< WAIT is this often as likely as BUY and SELL together
  Options options;
  std::uint32_t fundings = 0;
};

std::ostream& operator<<(std::ostream& out, const Scenario& scenario);
std::ostream& operator<<(std::ostream& out, Money money);

/// Any fill rule, contract, latency, gap, midnight, exits, requote and shares of a queue; markets
/// that are not crossed and not thin.
rc::Gen<Scenario> any_scenario();

/// The first books of a market do not depend on how many there are. Times do not go back.
std::vector<Step> market_of(const Scenario& scenario);

/// From before the first book to behind the last one, some at the very time of a book.
std::vector<FundingRate> funding_of(const Scenario& scenario, const std::vector<Step>& market);

/// An execution and the book that was acted on.
struct Event {
  std::size_t book = 0;
  Execution execution;
};

/// All that a backtest of one account told.
struct Record {
  std::vector<Event> executions;
  std::vector<std::size_t> trade_books;  ///< [trades]: the book that closed each
  std::vector<Trade> trades;
  std::vector<BookState> states;  ///< [books]
  Summary summary;
  bool refused = false;  ///< a DataError ended it
};

Record record(const std::vector<Step>& market, const Options& options,
              const std::vector<FundingRate>& funding = {});

std::vector<std::string> texts(const std::vector<Event>& events);

/// The last book of something: it closes and gives no signal.
bool ends(const std::vector<Step>& market, std::size_t book, const Options& options);

/// Milliseconds since 1970.
std::int64_t milliseconds_of(DateTime time);

}  // namespace obkit::backtest
