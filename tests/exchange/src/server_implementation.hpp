#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <future>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "client.hpp"
#include "gate.hpp"
#include "market_clock.hpp"
#include "stream.hpp"

namespace obkit::exchange {

/// The server's inside; but for what is public and no override, only its own thread calls it.
class Server::Implementation final : public Host {
 public:
  Implementation(std::unique_ptr<Source> source, ServerOptions options,
                 std::function<void(const Truth&)> observer);
  ~Implementation() override;

  void start();
  void wait() { ended_future_.get(); }
  void stop();

  [[nodiscard]] std::uint16_t port() const { return gate_.port(); }
  [[nodiscard]] const std::string& authority() const { return authority_; }

  /// The value of `question` in the server's thread.
  template <class Question>
  auto ask(Question question) {
    if (!thread_.joinable()) return question();
    std::packaged_task<decltype(question())()> task{std::move(question)};
    auto answer = task.get_future();
    asio::post(io_, std::move(task));
    return answer.get();
  }

  /// Pre: in the server's thread.
  std::size_t inject(const Injection& injection);

  [[nodiscard]] Exchange& exchange() override { return exchange_; }
  [[nodiscard]] const ServerOptions& options() const override { return options_; }
  [[nodiscard]] ServerStatistics& counts() override { return counts_; }
  [[nodiscard]] Timestamp market_now() const override;
  [[nodiscard]] std::optional<Refusal> refusal() override;
  void subscribed() override;
  void drained() override;
  void gone(Client& client) override;
  void keep_open(int socket) override;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void welcome(Gate::Socket socket);
  [[nodiscard]] asio::ssl::context& next_tls();

  void start_market();
  void schedule_pump();
  void pump();
  void sleep_until(Clock::time_point time);
  void happen_as_planned();
  [[nodiscard]] bool is_over(Timestamp time) const;
  [[nodiscard]] bool must_wait() const;
  void cut(std::size_t backlog);

  std::size_t inject_into_connections(const Injection& injection);
  std::size_t inject_into_subscriptions(const Injection& injection);
  std::size_t inject_into_next_connections(const Injection& injection);
  void restart(std::chrono::milliseconds time);

  void finish(std::chrono::seconds limit);
  void end_if_alone();
  void end(const std::exception_ptr& error);

  ServerOptions options_;
  Issuer issuer_;
  std::string authority_;
  asio::ssl::context tls_;
  std::optional<asio::ssl::context> flawed_tls_;  ///< of the next connections
  std::uint64_t flawed_left_ = 0;
  Exchange exchange_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  Gate gate_;
  asio::steady_timer timer_{io_}, reopening_{io_};
  MarketClock clock_{exchange_.source().start(), options_.speed};
  ServerStatistics counts_;
  std::set<std::shared_ptr<Client>> clients_;
  std::deque<Gate::Socket> silent_;
  std::optional<Refusal> refusal_;
  std::uint64_t refusals_left_ = 0;
  std::size_t planned_ = 0;  ///< faults of the plan that happened
  bool pump_scheduled_ = false, sleeping_ = false, finishing_ = false;
  bool ended_already_ = false;
  std::promise<void> ended_;
  std::shared_future<void> ended_future_{ended_.get_future()};
  std::atomic<bool> halted_ = false;
  std::thread thread_;
};

}  // namespace obkit::exchange
