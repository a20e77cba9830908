#include "obkit/exchange/record.hpp"

#include <array>
#include <cstdio>

#include "obkit/core/error.hpp"

namespace obkit::exchange {
namespace {

void append_best(std::string& out, const TrueBook& book, Side side) {
  const auto best = book.levels(side, 1);
  if (best.empty()) {
    out += ",,";
    return;
  }
  std::array<char, 32> price{};
  std::snprintf(price.data(), price.size(), "%.1f", best.front().price.value());
  out.append(price.data()).append(",").append(std::to_string(best.front().size)).append(",");
}

/// `1626993370.376836<TAB>frame`
std::string capture_line(Timestamp time, std::string_view frame) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time).time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(micros);
  std::array<char, 48> head{};
  std::snprintf(head.data(), head.size(), "%lld.%06lld\t", static_cast<long long>(seconds.count()),
                static_cast<long long>((micros - seconds).count()));
  return std::string{head.data()}.append(frame).append("\n");
}

/// A client that writes down what it gets.
class Recorder final : public Receiver {
 public:
  Recorder(const Exchange& exchange, ByteSink& sink) : exchange_{exchange}, sink_{sink} {}

  bool deliver(std::shared_ptr<const std::string> frame) override {
    write(*frame);
    ++frames_;
    return true;
  }
  void write(std::string_view frame) { sink_.write(capture_line(exchange_.now(), frame)); }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }

 private:
  const Exchange& exchange_;
  ByteSink& sink_;
  std::uint64_t frames_ = 0;
};

}  // namespace

std::string truth_line(const Truth& truth) {
  std::string out = std::to_string(truth.number) + ',';
  out.append(to_string(truth.action)).append(",").append(std::to_string(truth.rows)).append(",");
  append_best(out, truth.book, Side::bid);
  append_best(out, truth.book, Side::ask);
  std::array<char, 16> crc{};
  std::snprintf(crc.data(), crc.size(), "%08x", truth.book.ladder_crc());
  out.append(std::to_string(truth.book.row_count())).append(",").append(crc.data()).append(",");
  out.append(truth.channel.symbol).append(",").append(truth.channel.pool).append(",");
  return out.append(format_iso(truth.time)).append("\n");
}

std::string trade_truth_line(const MarketTrade& trade, const Channel& channel) {
  constexpr int nanoseconds = 9;
  return std::to_string(trade.number) + ',' + channel.symbol + ',' +
         format_iso(trade.time, nanoseconds) + (trade.taken == Side::ask ? ",buy," : ",sell,") +
         to_string(trade.price) + ',' + std::to_string(trade.size) + '\n';
}

std::uint64_t write_capture(Exchange& exchange, const std::vector<std::string>& requests,
                            std::chrono::nanoseconds duration, ByteSink& sink) {
  Recorder recorder{exchange, sink};
  const auto conversation = exchange.protocol().converse(exchange.source().channels(), {});
  const Outcome opened = conversation->open({exchange.now(), "", {}});
  for (const std::string& reply : opened.replies) recorder.write(recorder.numbered(reply));
  std::vector<Subscription> subscribed;
  for (const std::string& request : requests) {
    const Outcome outcome = conversation->receive(request, exchange.now());
    if (outcome.subscribed.empty()) throw UsageError{"nothing to subscribe to: " + request};
    for (const std::string& reply : outcome.replies) recorder.write(recorder.numbered(reply));
    subscribed.insert(subscribed.end(), outcome.subscribed.begin(), outcome.subscribed.end());
  }
  for (const Subscription& one : subscribed) {
    exchange.subscribe(recorder, one);
    exchange.send_partial(recorder, one.topic);
    const std::string target = exchange.protocol().book_target(one.symbol);
    if (one.is_of_trades || target.empty()) continue;
    // As obsave's captures have it.
    recorder.write("@rest " + target + ' ' + exchange.protocol().answer_get(exchange, target).body);
  }
  const Timestamp end = exchange.source().start() + duration;
  while (exchange.upcoming() != nullptr && exchange.upcoming()->time < end) {
    const bool disconnect = exchange.upcoming()->disconnect;
    exchange.publish();
    if (disconnect) sink.write("\n");
  }
  exchange.leave(recorder);
  return recorder.frames();
}

}  // namespace obkit::exchange
