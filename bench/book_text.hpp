#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/store/book_line.hpp"

namespace obkit::bench {

/// A market of 50 + 50 levels, made up.
class Market {
 public:
  /// `fractional`: sizes have up to five decimals, else they are whole.
  explicit Market(bool fractional) : fractional_{fractional} {
    book_.time = {.date = 20260101, .time = 0};
    book_.volumes.resize(depth);
    for (double& volume : book_.volumes) volume = draw();
    place();
  }

  /// One to four sizes change; 6 % of books have another mid price than the one before.
  void change_a_little() {
    for (std::size_t i = 0, changes = 1 + random_() % 4; i < changes; ++i)
      book_.volumes[random_() % depth] = draw();
    if (random_() % 100 < 6) best_bid_ += random_() % 2 == 0 ? 1 : -1;
    place();
  }
  void redraw() {
    for (double& volume : book_.volumes) volume = draw();
    change_a_little();
  }

  void append_to(std::string& text) {
    book_.time.time =
        static_cast<int>(milliseconds_ / 3'600'000 * 10'000'000 +
                         milliseconds_ / 60'000 % 60 * 100'000 + milliseconds_ % 60'000);
    milliseconds_ = std::min<std::int64_t>(milliseconds_ + 431, 86'399'999);
    store::append_book_line(text, {.time = book_.time}, book_);
  }

 private:
  static constexpr std::size_t depth = 100;

  void place() {
    book_.prices.clear();
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(depth); ++i)
      book_.prices.push_back(
          Price::from_units((best_bid_ - static_cast<std::int64_t>(depth) / 2 + 1 + i) * tick, 1));
  }
  /// From one to six digits, as many small ones as large ones.
  double draw() {
    const std::uint64_t most = powers_[1 + random_() % 6];
    const auto size = static_cast<double>(1 + random_() % most);
    return fractional_ ? size / 1e5 : size;
  }

  static constexpr std::int64_t tick = Price::units_per_one / 2;
  static constexpr std::uint64_t powers_[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000};

  std::mt19937_64 random_{1};
  bool fractional_;
  OrderBook book_;
  std::int64_t best_bid_ = 64'361, milliseconds_ = 0;
};

/// Lines of a day-file. Kinds: "repetitive" (a market that moves), "shuffled" (its lines in random
/// order), "hard" (every size redrawn in every book), "fractional" (a market whose sizes have
/// decimals). Empty for any other.
inline std::string book_text(std::string_view kind, std::size_t books) {
  if (kind != "repetitive" && kind != "shuffled" && kind != "hard" && kind != "fractional")
    return {};
  Market market{kind == "fractional"};
  std::vector<std::string> lines(books);
  for (std::string& line : lines) {
    market.append_to(line);
    kind == "hard" ? market.redraw() : market.change_a_little();
  }
  std::mt19937_64 random{2};
  if (kind == "shuffled") std::shuffle(lines.begin(), lines.end(), random);
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

}  // namespace obkit::bench
