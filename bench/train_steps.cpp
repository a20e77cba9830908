// What train_speed runs: steps of obkit's training on samples in memory.
//
//   train_steps OPTIMIZER BATCH SECONDS   prints samples a second
//   train_steps OPTIMIZER BATCH loss      prints the loss of each of the first 200 steps
//   train_steps forward 1 SECONDS         prints microseconds a forward pass of one sample
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "obkit/neural/network.hpp"
#include "obkit/neural/optimizer.hpp"

#include "synthetic.hpp"
#include "timing.hpp"

namespace {

using obkit::neural::Index;
namespace neural = obkit::neural;

constexpr Index inputs = 100;
constexpr std::array<Index, 3> units{100, 50, 2};
constexpr std::size_t sample_count = 65536;

/// Null if there is none of that name.
std::unique_ptr<neural::Optimizer> make_optimizer(std::string_view name) {
  if (name == "rmsprop") return std::make_unique<neural::RmsProp>(neural::RmsProp::Options{});
  if (name == "adamw") return std::make_unique<neural::AdamW>(neural::AdamW::Options{});
  if (name == "sgd")
    return std::make_unique<neural::Sgd>(
        neural::Sgd::Options{.learning_rate = 1e-2f, .momentum = 0.9f});
  return nullptr;
}

/// Trains on one batch after the other, again and again.
class Steps {
 public:
  Steps(std::unique_ptr<neural::Optimizer> optimizer, std::size_t batch)
      : optimizer_{std::move(optimizer)}, batch_{batch} {}

  double next() {
    if (begin_ + batch_ > sample_count) begin_ = 0;
    const auto x =
        samples_.inputs.middleCols(static_cast<Index>(begin_), static_cast<Index>(batch_));
    const double loss =
        network_.backward(x, std::span{samples_.classes}.subspan(begin_, batch_), {}, pass_);
    optimizer_->step(parameters_, pass_.blocks());
    begin_ += batch_;
    return loss;
  }

 private:
  neural::SyntheticSamples samples_ = neural::synthetic_samples(inputs, 2, sample_count);
  neural::Network network_ = neural::synthetic_network(inputs, units, neural::Activation::sigmoid);
  neural::ParameterBlocks parameters_ = network_.parameters();
  neural::BatchPass pass_;
  std::unique_ptr<neural::Optimizer> optimizer_;
  std::size_t batch_;
  std::size_t begin_ = 0;
};

double time_forward(double seconds) {
  const auto samples = neural::synthetic_samples(inputs, 2, 64);
  const auto network = neural::synthetic_network(inputs, units, neural::Activation::sigmoid);
  Index i = 0;
  float sum = 0;
  const double time = time_of(
      seconds, [&] { sum += network.forward(neural::Vector{samples.inputs.col(i++ % 64)})[0]; });
  if (sum < 0) std::puts("");  // so that the work is not optimised away
  return time;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: train_steps OPTIMIZER|forward BATCH SECONDS|loss\n", stderr);
    return 64;
  }
  const std::string_view optimizer = argv[1], last = argv[3];
  const std::size_t batch = std::strtoul(argv[2], nullptr, 10);
  if (optimizer == "forward") {
    std::printf("%.4f\n", time_forward(std::atof(argv[3])) * 1e6);
    return 0;
  }
  auto made = make_optimizer(optimizer);
  if (made == nullptr || batch == 0 || batch > sample_count) {
    std::fputs("train_steps: expected rmsprop, adamw or sgd, and a batch of 1 to 65536\n", stderr);
    return 64;
  }
  Steps steps{std::move(made), batch};
  if (last == "loss")
    for (int i = 0; i < 200; ++i) std::printf("%.9g\n", steps.next());
  else
    std::printf("%.0f\n", static_cast<double>(batch) /
                              time_of(std::atof(argv[3]), [&] { (void)steps.next(); }));
}
