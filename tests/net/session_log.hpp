#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "obkit/net/session.hpp"

namespace obkit::net {

/// Thrown by a SessionLog that has seen enough disconnects.
struct GaveUp : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Notes what a session tells, stops after `frames_wanted` frames of a connection or after an
/// answer, gives up after `disconnects_wanted` disconnects.
class SessionLog final : public SessionObserver {
 public:
  std::vector<feed::Request> greeting;
  std::size_t frames_wanted = static_cast<std::size_t>(-1);
  std::size_t disconnects_wanted = 1;
  std::function<Next()> on_each_frame, on_each_answer, on_each_tick;
  bool stops_when_disconnected = false;
  SessionLog* successor = nullptr;

  std::size_t connections = 0;
  std::vector<std::string> frames;  ///< of the last connection
  struct Answer {
    std::string target;
    int status;
    std::string body, problem;
    std::optional<std::chrono::seconds> retry_after;
  };
  std::vector<Answer> answers;
  std::vector<Timestamp> times;
  std::vector<Disconnect> disconnects;
  std::vector<std::chrono::milliseconds> pauses;
  std::vector<Tick> ticks;

  std::vector<feed::Request> on_open() override {
    ++connections;
    frames.clear();
    return greeting;
  }
  Next on_frame(std::string_view text, Timestamp received) override {
    frames.emplace_back(text);
    times.push_back(received);
    if (frames.size() >= frames_wanted) return {.step = Next::Step::stop};
    return on_each_frame ? on_each_frame() : Next{};
  }
  Next on_answer(const feed::HttpAnswer& answer, Timestamp received) override {
    answers.push_back({.target = std::string{answer.target},
                       .status = answer.status,
                       .body = std::string{answer.body},
                       .problem = std::string{answer.problem},
                       .retry_after = answer.retry_after});
    times.push_back(received);
    return on_each_answer ? on_each_answer() : Next{.step = Next::Step::stop};
  }
  Next::Step on_disconnect(const Disconnect& disconnect, std::chrono::milliseconds pause) override {
    disconnects.push_back(disconnect);
    pauses.push_back(pause);
    if (disconnects.size() >= disconnects_wanted) throw GaveUp{disconnect.text};
    return stops_when_disconnected ? Next::Step::stop : Next::Step::read_on;
  }
  Next on_tick(const Tick& tick) override {
    ticks.push_back(tick);
    return on_each_tick ? on_each_tick() : Next{};
  }
  SessionObserver* heir() override { return successor; }
};

/// A text in a file, as long as it lives.
class TextFile {
 public:
  explicit TextFile(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "obkit_net_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::ofstream{path()} << text;
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  ~TextFile() { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return (folder_ / "file").string(); }

 private:
  std::filesystem::path folder_;
};

/// Options with a clock that ticks with every frame and next to no pauses.
inline SessionOptions quick_options(const std::string& url) {
  SessionOptions options;
  options.url = url;
  options.clock = [ticks = 0]() mutable { return Timestamp{std::chrono::nanoseconds{++ticks}}; };
  options.backoff = {.first = std::chrono::milliseconds{1},
                     .longest = std::chrono::milliseconds{4},
                     .steady = std::chrono::hours{1}};
  return options;
}

}  // namespace obkit::net
