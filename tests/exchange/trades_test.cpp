// What the exchange sends of trades: what its order flow did, in the words of each venue.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/order_flow.hpp"
#include "obkit/exchange/protocol.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/feed/venue.hpp"

namespace obkit::exchange {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp opening = std::chrono::sys_days{std::chrono::year{2026} / 11 / 29};

TEST(TradesOfOrderFlow, take_from_a_level_what_the_book_then_loses) {
  OrderFlow flow{{.seed = 7, .start = opening}};
  std::map<std::pair<Side, std::int64_t>, std::int64_t> sizes;
  for (const Row& row : flow.rows()) sizes[{row.side, row.price->units()}] = *row.size;
  std::size_t trades = 0;
  for (int i = 0; i < 5000; ++i) {
    const OrderFlow::Changes changes = flow.next();
    auto expected = sizes;
    for (const MarketTrade& trade : changes.trades) {
      ASSERT_GT(trade.size, 0);
      ASSERT_EQ(trade.time, changes.time);
      expected[{trade.taken, trade.price.units()}] -= trade.size;
    }
    for (const Row& row : changes.removed) sizes.erase({row.side, row.price->units()});
    for (const auto& rows : {changes.updated, changes.inserted})
      for (const Row& row : rows) sizes[{row.side, row.price->units()}] = *row.size;
    for (const MarketTrade& trade : changes.trades) {
      const std::pair key{trade.taken, trade.price.units()};
      const auto left = sizes.find(key);
      ASSERT_EQ(left == sizes.end() ? 0 : left->second, expected.at(key)) << "event " << i;
    }
    trades += changes.trades.size();
  }
  EXPECT_GT(trades, 300U);
}

/// What is compared: feeds cut times to milliseconds.
struct Told {
  Timestamp time;
  Price price;
  double size = 0;
  Side taken = Side::bid;
  std::uint64_t fills = 1;

  bool operator==(const Told&) const = default;
};
using ToldBySymbol = std::map<std::string, std::vector<Told>>;

Timestamp cut(Timestamp time) { return std::chrono::floor<std::chrono::milliseconds>(time); }

/// Somebody who speaks by obkit's own protocol.
class Client final : public Receiver {
 public:
  Client(Exchange& exchange, Venue venue)
      : exchange_{exchange},
        symbols_{symbols_of(exchange)},
        protocol_{feed::find_venue(to_string(venue))
                      ->make_protocol({.symbols = symbols_, .levels = 10, .with_trades = true})},
        conversation_{exchange.protocol().converse(exchange.source().channels(), {})} {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() override { exchange_.leave(*this); }

  void open() {
    for (const feed::Request& request : protocol_->open()) {
      if (!std::holds_alternative<std::string>(request)) continue;
      const Outcome outcome = conversation_->receive(std::get<std::string>(request), opening);
      for (const std::string& reply : outcome.replies) hear(numbered(reply));
      for (const Subscription& one : outcome.subscribed) {
        exchange_.subscribe(*this, one);
        exchange_.send_partial(*this, one.topic);
      }
    }
  }
  bool deliver(std::shared_ptr<const std::string> text) override {
    hear(*text);
    return true;
  }
  /// A loss may be told from now on.
  void expects_losses() { may_lose_ = true; }
  [[nodiscard]] const ToldBySymbol& told() const { return told_; }
  [[nodiscard]] std::size_t books() const { return books_; }

 private:
  static std::vector<std::string> symbols_of(const Exchange& exchange) {
    std::vector<std::string> symbols;
    for (const Instrument& one : exchange.source().instruments()) symbols.push_back(one.symbol);
    return symbols;
  }

  void hear(const std::string& text) {
    const feed::Frame& frame = protocol_->decode(text);
    EXPECT_NE(frame.kind, feed::Frame::Kind::malformed) << frame.text << ": " << text;
    EXPECT_NE(frame.kind, feed::Frame::Kind::refused) << frame.text << ": " << text;
    EXPECT_TRUE(frame.lost.empty() || may_lose_) << frame.lost << ": " << text;
    for (const BookUpdate& update : frame.updates) {
      EXPECT_EQ(update.lost, "") << text;
      ++books_;
    }
    for (const TradeUpdate& update : frame.trades)
      for (const Trade& trade : update.trades) {
        const bool bought = trade.aggressor == Aggressor::buyer;
        told_[update.symbol].push_back({cut(trade.time), trade.price, trade.volume,
                                        bought ? Side::ask : Side::bid, trade.fills});
      }
  }

  Exchange& exchange_;
  std::vector<std::string> symbols_;
  std::unique_ptr<feed::Protocol> protocol_;
  std::unique_ptr<Conversation> conversation_;
  ToldBySymbol told_;
  std::size_t books_ = 0;
  bool may_lose_ = false;
};

/// OKX has one row for a taker and a price.
void fold(std::vector<Told>& trades) {
  std::vector<Told> folded;
  for (const Told& trade : trades) {
    const bool goes_on = !folded.empty() && folded.back().time == trade.time &&
                         folded.back().price == trade.price && folded.back().taken == trade.taken;
    if (!goes_on) {
      folded.push_back(trade);
    } else {
      folded.back().size += trade.size;
      ++folded.back().fills;
    }
  }
  trades = std::move(folded);
}

class TradesOfEachVenue : public testing::TestWithParam<Venue> {};

TEST_P(TradesOfEachVenue, are_read_by_its_protocol_once_each_and_no_old_ones) {
  const Venue venue = GetParam();
  Exchange exchange{
      make_synthetic_source(
          {.symbols = protocol(venue).sample_symbols(), .seed = 3, .start = opening, .rate = 40}),
      venue};
  ToldBySymbol truth;
  exchange.observe_trades([&](const MarketTrade& trade, const Channel& channel) {
    truth[channel.symbol].push_back(
        {cut(trade.time), trade.price, static_cast<double>(trade.size), trade.taken});
  });
  for (int i = 0; i < 300; ++i) exchange.publish();
  EXPECT_EQ(truth.size(), 2U) << "trades before anybody listens";
  truth.clear();
  Client client{exchange, venue};
  client.open();
  EXPECT_TRUE(client.told().empty()) << "what was before is old";
  for (int i = 0; i < 1000; ++i) exchange.publish();
  ASSERT_EQ(truth.size(), 2U);
  for (auto& [symbol, trades] : truth) {
    if (venue == Venue::okx) fold(trades);
    EXPECT_GT(trades.size(), 20U);
    ASSERT_TRUE(client.told().contains(symbol)) << symbol;
    EXPECT_TRUE(client.told().at(symbol) == trades)
        << symbol << ": " << client.told().at(symbol).size() << " of " << trades.size();
  }
  EXPECT_GT(client.books(), 100U);
}

/// A loss shows in the numbers of trades, or of the connection, where a venue has them.
TEST_P(TradesOfEachVenue, can_be_lost_and_come_twice) {
  const Venue venue = GetParam();
  const auto trades_after = [&](const char* fault) {
    Exchange exchange{make_synthetic_source({.symbols = {protocol(venue).sample_symbols().front()},
                                             .seed = 3,
                                             .start = opening,
                                             .rate = 40}),
                      venue};
    Client client{exchange, venue};
    client.open();
    client.expects_losses();
    if (*fault != '\0') {
      EXPECT_EQ(exchange.inject(parse_injection(fault).value()), 1U);
    }
    for (int i = 0; i < 200; ++i) exchange.publish();
    return client.told().empty() ? std::vector<Told>{} : client.told().begin()->second;
  };
  const auto all = trades_after(""), lost = trades_after("lost_trades=2"),
             doubled = trades_after("doubled_trades=3");
  const auto missing = static_cast<std::ptrdiff_t>(all.size() - lost.size());
  ASSERT_LT(lost.size(), all.size());
  EXPECT_TRUE(std::equal(lost.begin(), lost.end(), all.begin() + missing)) << "the first ones";
  ASSERT_GT(doubled.size(), all.size());
  std::size_t more = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    while (!(doubled.at(i + more) == all[i])) ++more;
  EXPECT_EQ(doubled.size(), all.size() + more);
}

INSTANTIATE_TEST_SUITE_P(All, TradesOfEachVenue, testing::ValuesIn(venues()), [](const auto& one) {
  std::string name{to_string(one.param)};
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace obkit::exchange
