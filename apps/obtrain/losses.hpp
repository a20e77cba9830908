#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "obkit/neural/training.hpp"

namespace obkit::obtrain {

/// Losses of the epochs of each member, for drawing: of long trainings evenly spread ones, and the
/// last. One thread at a time.
class Losses {
 public:
  static constexpr std::size_t most_points = 1000;  ///< of a member

  struct Point {
    int epoch = 0;                          ///< from 1, over all parts
    double training = 0;                    ///< nats
    std::optional<double> validation = {};  ///< nats
  };

  void add(std::size_t member, const obkit::neural::Epoch& epoch);

  /// By epoch, of each member that was heard of.
  [[nodiscard]] std::vector<std::vector<Point>> members() const;

 private:
  struct Member {
    std::vector<Point> kept;
    Point last;
    int stride = 1;  ///< epochs a point
    int before = 0;  ///< epochs of the parts before this one
    std::size_t part = 0;
  };
  std::vector<Member> members_;
};

}  // namespace obkit::obtrain
