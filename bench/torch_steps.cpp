// What train_speed runs as a peer: the steps of train_steps by libtorch, on one thread.
//
//   torch_steps OPTIMIZER BATCH SECONDS   prints samples a second
//   torch_steps OPTIMIZER BATCH loss      prints the loss of each of the first 200 steps
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "synthetic.hpp"
#include "timing.hpp"

namespace {

namespace neural = obkit::neural;

constexpr neural::Index inputs = 100;
constexpr std::array<neural::Index, 3> units{100, 50, 2};
constexpr std::int64_t sample_count = 65536;

std::unique_ptr<torch::optim::Optimizer> make_optimizer(std::string_view name,
                                                        std::vector<torch::Tensor> parameters) {
  using namespace torch::optim;
  if (name == "rmsprop")
    return std::make_unique<RMSprop>(std::move(parameters),
                                     RMSpropOptions{1e-3}.alpha(0.9).eps(1e-7));
  if (name == "adamw")
    return std::make_unique<AdamW>(std::move(parameters), AdamWOptions{1e-3}.weight_decay(1e-3));
  if (name == "sgd")
    return std::make_unique<SGD>(std::move(parameters), SGDOptions{1e-2}.momentum(0.9));
  return nullptr;
}

torch::nn::Sequential make_network() {
  const auto start = neural::synthetic_network(inputs, units, neural::Activation::sigmoid);
  torch::nn::Sequential network;
  const torch::NoGradGuard no_gradients;
  for (const neural::Dense& layer : start.layers()) {
    torch::nn::Linear linear{layer.inputs(), layer.units()};
    for (neural::Index unit = 0; unit < layer.units(); ++unit) {
      linear->bias[unit] = layer.biases()[unit];
      for (neural::Index input = 0; input < layer.inputs(); ++input)
        linear->weight[unit][input] = layer.weights()(unit, input);
    }
    if (!network->is_empty()) network->push_back(torch::nn::Sigmoid{});
    network->push_back(linear);
  }
  return network;
}

struct Batch {
  torch::Tensor inputs, classes;
};

/// Cut beforehand.
std::vector<Batch> make_batches(std::int64_t size) {
  auto samples = neural::synthetic_samples(inputs, 2, sample_count);
  const auto x = torch::from_blob(samples.inputs.data(), {sample_count, inputs}).split(size);
  const std::vector<std::int64_t> classes(samples.classes.begin(), samples.classes.end());
  const auto y = torch::tensor(classes, torch::kInt64).split(size);
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < x.size() && x[i].size(0) == size; ++i)
    batches.push_back({x[i].clone(), y[i].clone()});
  return batches;
}

class Steps {
 public:
  Steps(std::string_view optimizer, std::int64_t batch)
      : batches_{make_batches(batch)}, optimizer_{make_optimizer(optimizer, parameters_)} {}

  [[nodiscard]] bool is_whole() const { return optimizer_ != nullptr && !batches_.empty(); }

  torch::Tensor next() {
    const Batch& batch = batches_[at_];
    at_ = (at_ + 1) % batches_.size();
    for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
    auto loss =
        torch::nn::functional::cross_entropy(network_->forward(batch.inputs), batch.classes);
    loss.backward();
    optimizer_->step();
    return loss;
  }

 private:
  std::vector<Batch> batches_;
  torch::nn::Sequential network_ = make_network();
  std::vector<torch::Tensor> parameters_ = network_->parameters();
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::size_t at_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  at::set_num_threads(1);
  const std::int64_t batch = argc == 4 ? std::atoll(argv[2]) : 0;
  if (batch < 1 || batch > sample_count) {
    std::fputs("usage: torch_steps rmsprop|adamw|sgd BATCH SECONDS|loss\n", stderr);
    return 64;
  }
  Steps steps{argv[1], batch};
  if (!steps.is_whole()) {
    std::fputs("torch_steps: expected rmsprop, adamw or sgd\n", stderr);
    return 64;
  }
  if (std::string_view{argv[3]} == "loss")
    for (int i = 0; i < 200; ++i) std::printf("%.9g\n", steps.next().item<double>());
  else
    std::printf("%.0f\n", static_cast<double>(batch) /
                              time_of(std::atof(argv[3]), [&] { (void)steps.next(); }));
}
