#include "lookahead.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "obkit/backtest/trade_text.hpp"

#include "run.hpp"

namespace obbacktest {
namespace {

/// Trades closed so far.
struct Closed {
  std::uint64_t count = 0;
  std::size_t hash = 0;

  bool operator==(const Closed&) const = default;
};

/// What was closed when the book before each cut had been read, of a run over the first
/// `most_books` books. What the end closes is not among it.
std::map<std::uint64_t, Closed> closed_at(const Plan& plan, const std::vector<std::uint64_t>& cuts,
                                          std::uint64_t most_books) {
  std::map<std::uint64_t, Closed> result;
  Closed closed;
  std::string line;
  Listener listener;
  listener.trade = [&](std::size_t row, const obkit::backtest::Trade& trade) {
    line = std::to_string(row);
    append_json_line(line, trade);
    line += std::to_string(closed.hash);
    closed = {.count = closed.count + 1, .hash = std::hash<std::string>{}(line)};
  };
  listener.read = [&](std::uint64_t books) {
    if (std::binary_search(cuts.begin(), cuts.end(), books)) result[books] = closed;
  };
  (void)run(plan, listener, most_books);
  return result;
}

/// Sorted; the same for the same number of books.
std::vector<std::uint64_t> random_cuts(std::uint64_t books) {
  constexpr int count = 8;
  std::vector<std::uint64_t> cuts;
  std::mt19937_64 random{books};
  for (int i = 0; i < count && books > 1; ++i) cuts.push_back(1 + random() % (books - 1));
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

}  // namespace

std::size_t check_lookahead(const Plan& plan, std::uint64_t books) {
  Plan again = plan;
  again.input.silent = true;
  const auto cuts = random_cuts(books);
  const auto whole = closed_at(again, cuts, books);
  for (const std::uint64_t cut : cuts) {
    const Closed past = closed_at(again, cuts, cut).at(cut);
    if (const Closed& of_whole = whole.at(cut); past != of_whole) {
      throw std::logic_error{"the future changes the past: of the first " + std::to_string(cut) +
                             " books alone " + std::to_string(past.count) +
                             " trades are closed, with those behind " +
                             std::to_string(of_whole.count) + ", or others"};
    }
  }
  return cuts.size();
}

}  // namespace obbacktest
