#include "obkit/net/session.hpp"

#include <algorithm>
#include <exception>
#include <list>
#include <utility>

#include <boost/asio/post.hpp>

#include "chain.hpp"

namespace obkit::net {

using std::chrono::milliseconds;

class Session::Implementation {
 public:
  Implementation(SessionOptions options, std::mt19937 random)
      : options_{std::move(options)}, common_{.options = options_, .random = random} {
    common_.end_others = [this](const Chain& but) { end_all_but(&but); };
    common_.on_end = [this] { look_for_end(); };
    common_.fail = [this](std::exception_ptr thrown) { fail(std::move(thrown)); };
    static_cast<void>(http_options(options_));  // whether it can be one
  }

  void run(std::span<SessionObserver* const> observers, std::optional<milliseconds> at_most) {
    for (SessionObserver* const observer : observers) chains_.emplace_back(common_, *observer);
    if (at_most) {
      deadline_.expires_after(*at_most);
      deadline_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) end_all_but(nullptr);
      });
    }
    schedule_tick();
    for (Chain& chain : chains_) chain.start();
    // What is ready runs together: frames that arrived together, above all.
    while (common_.io.run_one() > 0) {
      common_.io.poll();
      pause();
    }
    if (thrown_) std::rethrow_exception(thrown_);
  }

  void stop() {
    asio::post(common_.io, [this] { end_all_but(nullptr); });
  }

 private:
  void pause() {
    if (!options_.on_pause || thrown_) return;
    try {
      options_.on_pause();
    } catch (...) {
      fail(std::current_exception());
    }
  }

  void end_all_but(const Chain* spared) {
    stop_ticks();
    for (Chain& chain : chains_)
      if (&chain != spared) chain.end();
  }

  /// What was thrown first comes out of run() as soon as all has ended.
  void fail(std::exception_ptr thrown) {
    if (!thrown_) thrown_ = std::move(thrown);
    stop_ticks();
    for (Chain& chain : chains_) chain.drop();
  }

  void look_for_end() {
    if (!std::all_of(chains_.begin(), chains_.end(),
                     [](const Chain& chain) { return chain.has_ended(); }))
      return;
    stop_ticks();
    deadline_.cancel();
  }

  /// One that is due already cannot be cancelled.
  void stop_ticks() {
    stopping_ = true;
    tick_.cancel();
  }

  void schedule_tick() {
    tick_.expires_after(options_.tick);
    tick_.async_wait([this](boost::system::error_code cancelled) {
      if (cancelled || stopping_) return;
      for (Chain& chain : chains_) chain.tick();
      if (!stopping_) schedule_tick();
    });
  }

  const SessionOptions options_;
  Common common_;
  std::list<Chain> chains_;  ///< of an observer each
  Timer deadline_{common_.io}, tick_{common_.io};
  std::exception_ptr thrown_;
  bool stopping_ = false;
};

Session::Session(SessionOptions options, std::mt19937 random)
    : implementation_{std::make_unique<Implementation>(std::move(options), random)} {}
Session::~Session() = default;

void Session::run(SessionObserver& observer, std::optional<milliseconds> at_most) {
  SessionObserver* const only = &observer;
  run({&only, 1}, at_most);
}

void Session::run(std::span<SessionObserver* const> observers,
                  std::optional<milliseconds> at_most) {
  implementation_->run(observers, at_most);
}

void Session::stop() { implementation_->stop(); }

}  // namespace obkit::net
