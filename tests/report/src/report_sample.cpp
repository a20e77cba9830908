#include <iostream>
#include <map>
#include <string>

#include "synthetic/report.hpp"

namespace {

using obkit::backtest::ReportText;
using obkit::backtest::SyntheticMarket;

struct Sample {
  SyntheticMarket market;
  bool in_sample = false;
  std::string title = {};
};

const std::map<std::string, Sample> samples{
    {"million", {.market = {.books = 1000000, .books_per_trade = 10, .milliseconds = 86}}},
    {"day",
     {.market =
          {.books = 864'000, .books_per_trade = 400, .milliseconds = 90, .silent_after = 500'000},
      .in_sample = true}},
    {"quiet",
     {.market =
          {.books = 20'000, .books_per_trade = 400, .volatility = 1e-4, .milliseconds = 4000}}},
    {"empty", {.market = {.books = 0}}},
    {"one_book", {.market = {.books = 1, .books_per_trade = 0}}},
    {"one_trade", {.market = {.books = 50, .books_per_trade = 60, .seed = 11}}},
    {"no_trade", {.market = {.books = 500, .books_per_trade = 0}}},
    {"constant", {.market = {.books = 5000, .volatility = 0}}},
    {"tiny",
     {.market =
          {.books = 5000, .first_price = 0.00001234, .volatility = 1e-3, .price_decimals = 9}}},
    {"huge", {.market = {.books = 5000, .first_price = 1e9, .volatility = 1e-3}}},
    {"hostile",
     {.market = {.books = 500},
      .in_sample = true,
      .title = "</title></script><script>alert(1)</script>\"'&amp;<!--"}},
};

}  // namespace

/// Writes the page of a synthetic backtest: `report_sample NAME > FILE.html`. For the browser test.
int main(int argc, char** argv) {
  const auto found = samples.find(argc == 2 ? argv[1] : "");
  if (found == samples.end()) {
    std::cerr << "report_sample: expected one of";
    for (const auto& [name, sample] : samples) std::cerr << ' ' << name;
    std::cerr << '\n';
    return 64;
  }
  ReportText text = obkit::backtest::synthetic_text();
  const Sample& sample = found->second;
  if (sample.in_sample) {
    text.in_sample_warning =
        "All of these books lie in the time that model.json was trained on "
        "(2024-08-08T00:00:00.000Z to 2024-08-08T23:59:59.000Z).";
  }
  if (!sample.title.empty()) {
    text.title = text.currency = text.in_sample_warning = sample.title;
    text.summary.emplace_back(sample.title, sample.title);
    text.files.push_back({.name = sample.title, .sha256 = sample.title});
  }
  std::cout << synthetic_report(sample.market).html(text) << std::flush;
  return std::cout ? 0 : 74;
}
