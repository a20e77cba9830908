#include "obkit/dataset/next_move_labeller.hpp"

namespace obkit::dataset {

std::optional<Sample> NextMoveLabeller::push(const OrderBook& book) {
  const Price double_mid = book.double_mid();
  std::optional<Sample> sample;
  if (double_mid_ && !book.gap && double_mid != *double_mid_) {
    sample.emplace();
    sample->volumes = volumes_;
    sample->direction = double_mid > *double_mid_ ? 1 : 0;
    sample->time = time_;
  }
  double_mid_ = double_mid;
  volumes_ = book.volumes;
  time_ = book.time;
  return sample;
}

}  // namespace obkit::dataset
