#include "obbacktest/choice.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/backtest/chance.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/book_stream.hpp"

#include "common/meter.hpp"

namespace obkit::obbacktest {
namespace {

constexpr int last_time_of_day = 235'959'999;

std::optional<int> parse_day(std::string_view text) {
  int date = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, date);
  if (error != std::errc{} || end != last || !to_timestamp({.date = date, .time = 0}))
    return std::nullopt;
  return date;
}

[[noreturn]] void refuse(const std::string& text) {
  throw UsageError{"--choose-on " + text +
                   ": expected a share above 0 and below 1, or two days as 20240801:20240815"};
}

ChoiceSpans spans_of_days(const std::string& text, std::size_t colon) {
  const auto first = parse_day(std::string_view{text}.substr(0, colon));
  const auto last = parse_day(std::string_view{text}.substr(colon + 1));
  if (!first || !last || *last < *first) refuse(text);
  const DateTime end{.date = *last, .time = last_time_of_day};
  return {.chosen_on = {.from = DateTime{.date = *first, .time = 0}, .until = end},
          .rest = {.behind = end}};
}

/// The earliest and the latest book.
std::pair<Timestamp, Timestamp> extent_of(const Plan& plan) {
  common::Meter meter{plan.files, plan.progress};
  store::BookStream books = open_books(plan, meter);
  std::optional<DateTime> first, last;
  while (books.next()) {
    const DateTime time = books.book().time;
    first = std::min(first.value_or(time), time);
    last = std::max(last.value_or(time), time);
  }
  common::refuse_no_book(plan.files, books.report());
  return {to_timestamp(*first).value_or(Timestamp{}), to_timestamp(*last).value_or(Timestamp{})};
}

}  // namespace

ChoiceSpans choice_spans_of(const std::string& text, const Plan& plan) {
  if (const std::size_t colon = text.find(':'); colon != std::string::npos)
    return spans_of_days(text, colon);
  const auto share = parse_number(text);
  if (!share || !(*share > 0 && *share < 1)) refuse(text);
  const auto [first, last] = extent_of(plan);
  const auto length = static_cast<double>((last - first).count());
  const DateTime end =
      to_date_time(first + std::chrono::nanoseconds{std::llround(*share * length)});
  return {.chosen_on = {.until = end}, .rest = {.behind = end}};
}

Outcome run_choice(const Plan& plan, const ChoiceSpans& spans, const Listener& listener) {
  Plan part = plan;
  part.span = spans.chosen_on;
  Outcome outcome = run(part, {});
  part.span = spans.rest;
  part.input.silent = true;  // the same books were read before
  outcome.rest = run(part, listener).rows;
  std::vector<const std::vector<double>*> nets;
  for (const Row& row : outcome.rows) nets.push_back(&row.summary.nets);
  outcome.deflated_sharpe = backtest::deflated_sharpe(nets, best_row(outcome));
  return outcome;
}

}  // namespace obkit::obbacktest
