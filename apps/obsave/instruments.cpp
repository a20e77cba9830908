#include "obsave/instruments.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <random>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fnmatch.h>
#include <spdlog/spdlog.h>

#include "obkit/core/encoding.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/price.hpp"
#include "obkit/core/version.hpp"
#include "obkit/net/backoff.hpp"
#include "obkit/net/endpoint.hpp"
#include "obkit/net/fetch.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::obsave {
namespace {

using feed::Instrument;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

net::SessionOptions http_options(const Options& options) {
  net::SessionOptions session;
  session.http_url = options.http_url();
  if (session.http_url.empty())
    throw UsageError{"no list of instruments of " + std::string{options.venue->name} +
                     "'s testnet is known"};
  session.proxy = proxy_of_environment(net::parse_endpoint(session.http_url, net::Scheme::http));
  session.ca_file = options.ca_file;
  session.user_agent = "obsave/" + std::string{version_number()};
  return session;
}

/// Edits that make one text of the other.
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t j = 0; j <= other.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const std::size_t replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

/// "; near: BTC-PERPETUAL, BTC-27MAR27": symbols that look most like the pattern.
std::string near_names(const std::vector<Instrument>& instruments, const std::string& pattern) {
  constexpr std::size_t most = 3, longest = 64;
  std::string wanted = upper(pattern.substr(0, longest));
  std::erase_if(wanted, [](char c) { return c == '*' || c == '?' || c == '[' || c == ']'; });
  using Rank = std::tuple<bool, std::size_t, std::string>;
  std::set<Rank> nearest;
  for (const Instrument& one : instruments) {
    const std::string symbol = upper(one.symbol);
    nearest.emplace(symbol.find(wanted) == std::string::npos, distance(wanted, symbol), one.symbol);
    if (nearest.size() > most) nearest.erase(std::prev(nearest.end()));
  }
  std::string text;
  for (const Rank& rank : nearest)
    text.append(text.empty() ? "; near: " : ", ").append(printable(std::get<2>(rank)));
  return text;
}

/// A book of it could not be held exactly.
bool is_too_fine(const Instrument& one) { return !one.tick.empty() && !parse_price(one.tick); }

std::vector<Instrument> await_instruments(const Options& options) {
  std::mt19937 random{std::random_device{}()};
  net::Backoff backoff{{}};
  const net::SessionOptions limits;
  const auto begin = SteadyClock::now();
  for (;;) {
    try {
      return fetch_instruments(options);
    } catch (const ListFailure& failure) {
      milliseconds pause = backoff.pause(random);
      if (failure.retry_after())
        pause = std::max(
            pause, net::Backoff::asked(*failure.retry_after(), limits.longest_retry_after, random));
      const std::chrono::duration<double> then = SteadyClock::now() - begin + pause;
      if (!failure.passes() || then.count() > options.duration_seconds.value_or(INFINITY)) throw;
      spdlog::warn("{}; next attempt in {:.1f} s", failure.what(),
                   std::chrono::duration<double>{pause}.count());
      std::this_thread::sleep_for(pause);
    }
  }
}

/// Symbols of a pattern; those that no book could hold exactly are left out by name.
std::vector<std::string> symbols_of(const std::vector<Instrument>& instruments,
                                    const std::string& pattern, const feed::Venue& venue) {
  std::vector<std::string> symbols;
  for (const Instrument& one : matching(instruments, pattern, "--symbol")) {
    if (is_too_fine(one))
      spdlog::warn("{} is left out: its tick {} has more than nine decimals", one.symbol, one.tick);
    else if (venue.is_symbol(one.symbol))
      symbols.push_back(one.symbol);
  }
  if (symbols.empty())
    throw UsageError{"--symbol: nothing that '" + printable(pattern) + "' matches can be recorded"};
  return symbols;
}

/// One type a column: 1.0 beside 0.5.
std::string number_or_null(const std::string& decimal) {
  return decimal.empty() ? "null" : as_real(decimal);
}

void print_json(std::string_view venue, const std::vector<Instrument>& found, ByteSink& out) {
  out.write(fmt::format(R"({{"venue":"{}","instruments":[)", venue));
  for (const Instrument& one : found)
    out.write(fmt::format(
        "{}\n"
        R"({{"symbol":"{}","tick":{},"unit":{},"contract_size":{}}})",
        &one == found.data() ? "" : ",", store::escaped(one.symbol), number_or_null(one.tick),
        one.unit.empty() ? "null" : '"' + store::escaped(one.unit) + '"',
        number_or_null(one.contract_size)));
  out.write("]}\n");
}

void print_table(const std::vector<Instrument>& found, ByteSink& out) {
  const auto shown = [](const std::string& text) {
    return text.empty() ? std::string{"-"} : printable(text);
  };
  std::size_t symbol = 6, tick = 4, unit = 4;  // as long as the titles
  for (const Instrument& one : found) {
    symbol = std::max(symbol, shown(one.symbol).size());
    tick = std::max(tick, shown(one.tick).size());
    unit = std::max(unit, shown(one.unit).size());
  }
  const auto line = [&](const auto&... columns) {
    out.write(fmt::format("{:{}}  {:>{}}  {:{}}  {}\n", columns...));
  };
  line("symbol", symbol, "tick", tick, "unit", unit, "contract size");
  for (const Instrument& one : found)
    line(shown(one.symbol), symbol, shown(one.tick), tick, shown(one.unit), unit,
         shown(one.contract_size));
}

}  // namespace

std::vector<Instrument> fetch_instruments(const Options& options) {
  InstrumentList list{*options.venue->listing, options.http_url()};
  const auto next = [&]() -> std::vector<feed::HttpGet> {
    if (auto page = list.next()) return {std::move(*page)};
    return {};
  };
  net::fetch(http_options(options), next(), [&](const feed::HttpAnswer& answer) {
    list.take(answer);
    return next();
  });
  return std::move(list).instruments();
}

std::vector<Instrument> matching(const std::vector<Instrument>& instruments,
                                 const std::string& pattern, std::string_view what) {
  std::vector<Instrument> found;
  std::copy_if(instruments.begin(), instruments.end(), std::back_inserter(found),
               [&](const Instrument& one) {
                 return ::fnmatch(pattern.c_str(), one.symbol.c_str(), FNM_NOESCAPE) == 0;
               });
  if (found.empty())
    throw UsageError{std::string{what} + ": none of " + counted(instruments.size(), "instrument") +
                     " matches '" + printable(pattern) + "'" + near_names(instruments, pattern)};
  return found;
}

std::vector<Instrument> known_of(const std::vector<std::string>& symbols,
                                 const std::vector<Instrument>& instruments) {
  constexpr std::size_t told_at_a_time = 5;
  std::vector<Instrument> known;
  std::size_t unknown = 0;
  for (const std::string& symbol : symbols) {
    const auto found = std::lower_bound(
        instruments.begin(), instruments.end(), symbol,
        [](const Instrument& one, const std::string& name) { return one.symbol < name; });
    if (found != instruments.end() && found->symbol == symbol) {
      if (is_too_fine(*found))
        spdlog::warn("{} cannot be recorded exactly: its tick {} has more than nine decimals",
                     symbol, found->tick);
      known.push_back(*found);
    } else if (++unknown <= told_at_a_time) {
      spdlog::warn(
          "the exchange's list has no {}: its tick, unit and contract size are not known{}", symbol,
          near_names(instruments, symbol));
    }
  }
  if (unknown > told_at_a_time)
    spdlog::warn("nor has it {}", counted(unknown - told_at_a_time, "further symbol"));
  return known;
}

void list_instruments(const Options& options, ByteSink& out) {
  auto found = fetch_instruments(options);
  if (!options.pattern.empty()) found = matching(found, options.pattern, "--list");
  if (options.json)
    print_json(options.venue->name, found, out);
  else
    print_table(found, out);
  out.close();
}

void resolve_patterns(Options& options) {
  const auto instruments = await_instruments(options);
  std::vector<std::string> symbols;
  const auto add = [&](const std::string& symbol) {
    if (std::find(symbols.begin(), symbols.end(), symbol) == symbols.end())
      symbols.push_back(symbol);
  };
  for (const std::string& wanted : options.symbols) {
    if (!is_pattern(wanted))
      add(wanted);
    else
      for (const std::string& symbol : symbols_of(instruments, wanted, *options.venue)) add(symbol);
  }
  options.symbols = std::move(symbols);
  check_limits(options);
  check_file_names(options);
  options.instruments = known_of(options.symbols, instruments);
  spdlog::info("the patterns are {}", counted(options.symbols.size(), "symbol"));
}

}  // namespace obkit::obsave
