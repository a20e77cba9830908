#include "common/days_ahead.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "obkit/backtest/options.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"
#include "obkit/signals/strategy.hpp"
#include "obkit/store/compressed_sink.hpp"
#include "obkit/store/input_hashes.hpp"

#include "obbacktest/results.hpp"
#include "obbacktest/run.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::obbacktest {
namespace {

using Random = std::mt19937;

/// True once in `times`.
bool once_in(Random& random, std::uint32_t times) { return random() % times == 0; }

/// What may be odd in a file, by chance; 0 for never, else once in so many lines.
struct Oddities {
  std::uint32_t gap = 0, bad = 0, deep = 0, back = 0, no_score = 0;
};

/// The volume of the worst bid that JudgeAll has no score for.
constexpr int no_score = 77;

std::string line_of(Random& random, int day, int second, int mid, const Oddities& odd) {
  const auto is_odd = [&](std::uint32_t times) { return times > 0 && once_in(random, times); };
  if (is_odd(odd.bad)) return R"({"date":20240808,"time":0,"prices":[1]})";
  const bool is_deep = is_odd(odd.deep);
  const auto side = [&](int sign) {
    std::string text;
    const int levels = is_deep ? 4 : 3;
    for (int i = 0; i < levels; ++i)
      text += fmt::format("{}{}", i == 0 ? "" : ",", mid + (sign < 0 ? i - levels : i + 1));
    return text;
  };
  std::string volumes = std::to_string(is_odd(odd.no_score) ? no_score : 5);
  for (int i = 1; i < (is_deep ? 8 : 6); ++i) volumes += fmt::format(",{}", 1 + random() % 9);
  if (is_odd(odd.back)) second /= 2;
  const int time = second / 3600 * 10'000'000 + second / 60 % 60 * 100'000 + second % 60 * 1000;
  return fmt::format(R"({{"date":{},"time":{},"prices":[{},{}],"volumes":[{}]{}}})", 20240800 + day,
                     time, side(-1), side(1), volumes, is_odd(odd.gap) ? R"(,"gap":true)" : "");
}

std::string day_of(Random& random, int day, int books, const Oddities& odd) {
  std::string text;
  for (int i = 0, mid = 1000; i < books; ++i) {
    mid += static_cast<int>(random() % 3) - 1;
    text += line_of(random, day, i, mid, odd) + "\n";
  }
  return text;
}

/// Files of days one behind the other, one of which may be torn, empty or compressed.
std::vector<std::string> random_days(const ScratchFolder& folder, Random& random,
                                     const Oddities& odd) {
  std::vector<std::string> files;
  const int days = 2 + static_cast<int>(random() % 5);
  for (int day = 1; day <= days; ++day) {
    const int books = once_in(random, 6) ? 0 : static_cast<int>(random() % 5000);
    std::string text = day_of(random, day, books, odd);
    if (once_in(random, 3)) text.resize(text.size() - text.size() % 97);
    std::string name = fmt::format("XBT_202408{:02}.txt", day);
    if (!once_in(random, 2)) {
      files.push_back(folder.file(name, text));
      continue;
    }
    files.push_back(folder / (name + ".zst"));
    const auto sink = store::compressed(open_sink(files.back(), Existing::refuse));
    sink->write(text);
    sink->close();
  }
  return files;
}

/// Some at a time, by all levels, as a model does.
class JudgeAll final : public signals::Rule {
 public:
  using Rule::score;
  void score(const signals::Books& books, std::span<double> scores) const override {
    for (std::size_t i = 0; i < books.size(); ++i) {
      const OrderBook& book = books.books[i];
      if (book.volumes.front() == no_score)
        throw DataError{{.name = "judge"}, "no score for " + format_iso(book.time)};
      scores[i] = signals::imbalance(book.volumes, book.depth() / 2);
    }
  }
  [[nodiscard]] std::size_t best_batch() const override { return 32; }
};

/// All that a run tells, warnings and error included, in its order.
std::string told_by(const Plan& plan) {
  std::ostringstream text;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "told", std::make_shared<spdlog::sinks::ostream_sink_st>(text)));
  spdlog::set_pattern("%v");
  store::InputHashes hashes;
  Listener listener{.hashes = &hashes};
  listener.trade = [&](std::size_t row, const backtest::Trade& trade) {
    std::string line;
    append_json_line(line, trade);
    text << row << ' ' << line;
  };
  listener.book = [&](std::size_t row, const backtest::BookState& state, double score) {
    text << row << ' ' << format_iso(state.time) << ' ' << state.position << ' ' << score << ' '
         << to_string(state.bid) << ' ' << to_string(state.ask) << ' ' << to_string(state.net())
         << '\n';
  };
  try {
    text << rows_text(plan, run(plan, listener), "json");
    for (const auto& file : plan.files) text << hashes.of(file) << '\n';
  } catch (const Error& error) {
    text << error.what() << '\n';
  }
  spdlog::set_default_logger(before);
  return text.str();
}

Plan random_plan(Random& random, std::vector<std::string> files) {
  Plan plan;
  plan.files = std::move(files);
  plan.input.inputs = plan.files;
  plan.input.skip_bad = once_in(random, 2);
  plan.thresholds = {0.1, 0.3};
  plan.strategies.resize(1 + random() % 2);
  for (auto& strategy : plan.strategies) {
    if (once_in(random, 2))
      strategy.own = std::make_shared<JudgeAll>();
    else
      strategy.rule = "imbalance";
    if (strategy.rule && once_in(random, 2)) strategy.levels = 1 + random() % 3;
  }
  constexpr std::array fills{backtest::FillRule::taker, backtest::FillRule::taker,
                             backtest::FillRule::touch, backtest::FillRule::queue};
  plan.options.fill = fills.at(random() % fills.size());
  plan.options.size = once_in(random, 8) ? 14 : 1 + static_cast<double>(random() % 8);
  if (once_in(random, 3)) plan.options.contract = backtest::Contract::inverse;
  if (once_in(random, 3)) plan.options.on_gap = backtest::OnGap::hold;
  if (once_in(random, 3)) plan.options.latency = std::chrono::milliseconds{1500};
  return plan;
}

TEST(DaysAhead, threads_change_nothing_that_is_told) {
  std::size_t with_trades = 0, with_errors = 0;
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    Random random{seed};
    Oddities odd;
    if (once_in(random, 2)) odd.gap = 200;
    if (once_in(random, 3)) odd.bad = 1500;
    if (once_in(random, 6)) odd.deep = 3000;
    if (once_in(random, 4)) odd.back = 800;
    if (once_in(random, 6)) odd.no_score = 4000;
    const ScratchFolder folder;
    Plan plan = random_plan(random, random_days(folder, random, odd));
    plan.jobs = 1;
    const std::string alone = told_by(plan);
    with_trades += alone.find("\"direction\"") != std::string::npos ? 1 : 0;
    with_errors += alone.find("\"books\"") == std::string::npos ? 1 : 0;
    for (const std::size_t jobs : {2U, 3U}) {
      plan.jobs = jobs;
      ASSERT_EQ(told_by(plan), alone) << jobs << " jobs";
    }
  }
  EXPECT_GT(with_trades, 14);
  EXPECT_GT(with_errors, 2);
}

}  // namespace
}  // namespace obkit::obbacktest
