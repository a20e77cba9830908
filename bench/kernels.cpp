// The hot paths one by one (Google Benchmark). Books have 50 + 50 levels.
//
//     build/release/bin/kernels [--benchmark_filter=REGEX]
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "obkit/book/full_book.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/feed/venue.hpp"
#include "obkit/neural/dense.hpp"
#include "obkit/neural/network.hpp"
#include "obkit/neural/optimizer.hpp"
#include "obkit/store/book_line.hpp"

#include "book_text.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/multiply.hpp"
#include "kernels/number_list.hpp"
#include "synthetic.hpp"

namespace obkit {
namespace {

using benchmark::State;

void count_bytes(State& state, std::size_t each_time) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(each_time));
}
void count_items(State& state, std::size_t each_time) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(each_time));
}

/// The list of a key of a line, from behind its `[` to the end of the line, with room on both
/// sides.
struct ListText {
  ListText(std::string_view kind, std::string_view key) {
    const std::string line = bench::book_text(kind, 1);
    const std::size_t begin = line.find(key) + key.size();
    padded.append(line, begin).append(64, ' ');
    size = line.size() - begin;
  }
  [[nodiscard]] std::string_view text() const { return {padded.data() + 16, size}; }

  std::string padded = std::string(16, ' ');
  std::size_t size = 0;
};

constexpr std::string_view prices_key = "\"prices\":[", volumes_key = "\"volumes\":[";

void find_numbers(State& state) {
  const ListText list{"hard", volumes_key};
  store::kernels::NumberList numbers;
  for (auto _ : state)
    benchmark::DoNotOptimize(numbers.find(list.text(), store::kernels::NumberList::Blanks::none));
  count_bytes(state, list.size);
}
BENCHMARK(find_numbers);

template <class Convert>
void convert_numbers(State& state, std::string_view kind, std::string_view key, Convert convert) {
  const ListText list{kind, key};
  store::kernels::NumberList numbers;
  if (numbers.find(list.text(), store::kernels::NumberList::Blanks::none) == 0)
    return state.SkipWithError("no list of numbers");
  for (auto _ : state) {
    (numbers.*convert)();
    benchmark::DoNotOptimize(numbers.doubles().data());
  }
  count_items(state, numbers.size());
}
BENCHMARK_CAPTURE(convert_numbers, prices, "hard", prices_key,
                  &store::kernels::NumberList::convert_prices);
BENCHMARK_CAPTURE(convert_numbers, whole_volumes, "hard", volumes_key,
                  &store::kernels::NumberList::convert_doubles);
BENCHMARK_CAPTURE(convert_numbers, fractional_volumes, "fractional", volumes_key,
                  &store::kernels::NumberList::convert_doubles);

/// Books of which the next differs from the one before in `volumes` sizes.
void write_line(State& state) {
  const auto changes = static_cast<std::size_t>(state.range(0));
  OrderBook book;
  book.time = {.date = 20260101, .time = 0};
  for (std::int64_t i = 0; i < 100; ++i) {
    book.prices.push_back(Price::from_units((64'000 + i) * Price::units_per_one / 2, 1));
    book.volumes.push_back(static_cast<double>(100 + i * 7919 % 100'000));
  }
  store::BookLineWriter writer;
  std::string line;
  for (auto _ : state) {
    for (std::size_t i = 0; i < changes; ++i) book.volumes[i * 37 % 100] += 1;
    line.clear();
    writer.append(line, {.time = book.time}, book);
    benchmark::DoNotOptimize(line.data());
  }
  count_bytes(state, line.size());
}
BENCHMARK(write_line)->Arg(0)->Arg(2)->Arg(100);

std::string frame_of(std::string_view action, int first_rank, int rows, int size) {
  std::string text = R"({"table":"orderBookL2","action":")" + std::string{action} + R"(","data":[)";
  for (int i = 0; i < rows; ++i) {
    const bool bid = i % 2 == 0;
    const int rank = first_rank + i / 2, price = bid ? 30'000 - rank : 30'001 + rank;
    if (i > 0) text += ',';
    text += R"({"symbol":"XBTUSD","id":)" + std::to_string(8'800'000'000 - price * 100LL) +
            R"(,"side":")" + (bid ? "Buy" : "Sell") + R"(","size":)" + std::to_string(size + i) +
            R"(,"price":)" + std::to_string(price) +
            R"(,"timestamp":"2022-03-04T00:00:10.123Z","pool":"Primary"})";
  }
  return text + "]}";
}

void frame_to_book(State& state) {
  const auto protocol = feed::find_venue("bitmex")->make_protocol({});
  book::FullBook full;
  OrderBook best;
  const auto take = [&](const std::string& text) {
    for (const BookUpdate& update : protocol->decode(text).updates)
      benchmark::DoNotOptimize(full.apply(update));
    benchmark::DoNotOptimize(full.look(100, best));
  };
  take(frame_of("partial", 0, 4'000, 1));
  std::vector<std::string> frames;
  frames.reserve(64);
  for (int i = 0; i < 64; ++i) frames.push_back(frame_of("update", i * 17 % 40, 2, 1'000 + i));
  std::size_t at = 0;
  for (auto _ : state) take(frames[at++ % frames.size()]);
  count_items(state, 1);
}
BENCHMARK(frame_to_book);

constexpr neural::Index inputs = 100;
constexpr std::array<neural::Index, 3> units{100, 50, 2};

void forward_of_one(State& state) {
  const auto network = neural::synthetic_network(inputs, units, neural::Activation::sigmoid);
  const neural::Vector x = neural::synthetic_samples(inputs, 2, 1).inputs.col(0);
  for (auto _ : state) benchmark::DoNotOptimize(network.forward(x));
  count_items(state, 1);
}
BENCHMARK(forward_of_one);

void training_step(State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  const auto samples = neural::synthetic_samples(inputs, 2, batch);
  auto network = neural::synthetic_network(inputs, units, neural::Activation::sigmoid);
  const auto parameters = network.parameters();
  neural::RmsProp optimizer{neural::RmsProp::Options{}};
  neural::BatchPass pass;
  for (auto _ : state) {
    benchmark::DoNotOptimize(network.backward(samples.inputs, samples.classes, {}, pass));
    optimizer.step(parameters, pass.blocks());
  }
  count_items(state, batch);
}
BENCHMARK(training_step)->Arg(32)->Arg(256)->Arg(4096);

void product(State& state) {
  const auto columns = static_cast<std::size_t>(state.range(0));
  const std::vector<float> a(10'000, 0.5f), b(100 * columns, 0.25f);
  std::vector<float> c(100 * columns);
  for (auto _ : state) {
    neural::kernels::multiply({.rows = 100,
                               .columns = columns,
                               .depth = 100,
                               .a = a.data(),
                               .a_column = 100,
                               .b = b.data(),
                               .b_row = 1,
                               .b_column = 100,
                               .c = c.data(),
                               .c_column = 100,
                               .start = nullptr,
                               .start_column = 0});
    benchmark::DoNotOptimize(c.data());
  }
  state.counters["FLOP/s"] = benchmark::Counter(2.0 * 100 * 100 * static_cast<double>(columns),
                                                benchmark::Counter::kIsIterationInvariantRate,
                                                benchmark::Counter::kIs1000);
}
BENCHMARK(product)->Arg(1)->Arg(32)->Arg(256);

/// One exponential and one division a value.
void sigmoid(State& state) {
  std::vector<float> values(3'200);
  std::mt19937 random{1};
  std::uniform_real_distribution<float> draw{-8, 8};
  for (float& value : values) value = draw(random);
  std::vector<float> z(values.size());
  for (auto _ : state) {
    z = values;
    neural::kernels::activate(neural::Activation::sigmoid, z.data(), z.size());
    benchmark::DoNotOptimize(z.data());
  }
  count_items(state, z.size());
}
BENCHMARK(sigmoid);

}  // namespace
}  // namespace obkit

BENCHMARK_MAIN();
