#pragma once

#include <algorithm>
#include <barrier>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "obkit/neural/team.hpp"

namespace obkit::neural {

/// Where the threads of one process are the ranks of a team.
class ThreadTeams {
 public:
  explicit ThreadTeams(std::size_t size) : size_{size}, said_(size), all_(as_count(size)) {}

  /// Runs `work` once for each rank, at the same time.
  void run(const std::function<void(const Team&)>& work) {
    std::vector<std::jthread> threads;
    for (std::size_t rank = 0; rank < size_; ++rank)
      threads.emplace_back([&, rank] { work(Member{*this, rank}); });
  }

 private:
  using Mail = std::deque<std::vector<float>>;

  class Member final : public Team {
   public:
    Member(ThreadTeams& teams, std::size_t rank) : teams_{teams}, rank_{rank} {}
    [[nodiscard]] std::size_t rank() const override { return rank_; }
    [[nodiscard]] std::size_t size() const override { return teams_.size_; }
    [[nodiscard]] std::vector<std::string> gather(std::string_view own) const override {
      teams_.said_[rank_] = own;
      teams_.all_.arrive_and_wait();
      auto all = teams_.said_;
      teams_.all_.arrive_and_wait();
      return all;
    }
    void send(std::span<const float> values, std::size_t to) const override {
      const std::lock_guard lock{teams_.mutex_};
      teams_.mail_[{rank_, to}].emplace_back(values.begin(), values.end());
      teams_.changed_.notify_all();
    }
    void receive(std::span<float> values, std::size_t from) const override {
      std::unique_lock lock{teams_.mutex_};
      Mail& mail = teams_.mail_[{from, rank_}];
      teams_.changed_.wait(lock, [&] { return !mail.empty(); });
      std::copy(mail.front().begin(), mail.front().end(), values.begin());
      mail.pop_front();
    }
    void broadcast(std::span<float> values, std::size_t from) const override {
      if (rank_ != from) return receive(values, from);
      for (std::size_t to = 0; to < size(); ++to)
        if (to != from) send(values, to);
    }

   private:
    ThreadTeams& teams_;
    std::size_t rank_;
  };

  static std::ptrdiff_t as_count(std::size_t size) { return static_cast<std::ptrdiff_t>(size); }

  std::size_t size_;
  std::vector<std::string> said_;  ///< by rank
  std::barrier<> all_;
  std::mutex mutex_;  ///< of what follows
  std::condition_variable changed_;
  std::map<std::pair<std::size_t, std::size_t>, Mail> mail_;  ///< by sender and receiver
};

}  // namespace obkit::neural
