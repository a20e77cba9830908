#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace obkit::neural {

/// Processes that learn one network together: each works out some blocks of a batch, and all end
/// with the same bits. Every rank must make the same calls in the same order, on one thread. What
/// fails, fails for all of them: none of this throws.
class Team {
 public:
  Team() = default;
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  virtual ~Team() = default;

  [[nodiscard]] virtual std::size_t rank() const = 0;  ///< from 0
  [[nodiscard]] virtual std::size_t size() const = 0;  ///< at least 1

  /// What each of them says, by rank.
  [[nodiscard]] virtual std::vector<std::string> gather(std::string_view own) const = 0;
  /// Between two of them; both calls may wait for the other. Pre: another rank, as many values.
  virtual void send(std::span<const float> values, std::size_t to) const = 0;
  virtual void receive(std::span<float> values, std::size_t from) const = 0;
  /// `values` of all become those of `from`. Pre: as many on each.
  virtual void broadcast(std::span<float> values, std::size_t from) const = 0;
};

/// What is the same for all teams of one process. `Interface`: Team, or a class derived from it.
template <class Interface>
class OfOne : public Interface {
 public:
  [[nodiscard]] std::size_t rank() const override { return 0; }
  [[nodiscard]] std::size_t size() const override { return 1; }
  [[nodiscard]] std::vector<std::string> gather(std::string_view own) const override {
    return {std::string{own}};
  }
  void send(std::span<const float> /*values*/, std::size_t /*to*/) const override {}
  void receive(std::span<float> /*values*/, std::size_t /*from*/) const override {}
  void broadcast(std::span<float> /*values*/, std::size_t /*from*/) const override {}
};

/// A team of one process.
[[nodiscard]] const Team& alone();

/// [begin, end)
struct Range {
  std::size_t begin, end;

  [[nodiscard]] std::size_t size() const { return end - begin; }
};

/// Which of `count` things a rank takes: neighbours, in the order of the ranks. The first has one
/// if there is one.
[[nodiscard]] Range share_of(std::size_t count, std::size_t rank, std::size_t ranks);

/// The numbers of each rank, by rank.
[[nodiscard]] std::vector<std::vector<double>> gather(const Team& team,
                                                      std::span<const double> own);

/// `sum` becomes the sum of all terms, added one after the other in the order of the ranks, on
/// every rank the same. `terms`: of this rank, each as long as `sum`, one behind the other.
/// Pre: the first rank has some.
void add_in_order(const Team& team, std::span<const float> terms, std::span<float> sum);

}  // namespace obkit::neural
