#include "onnx_nodes.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onnx_graph.hpp"

namespace obkit::neural {
namespace {

/// A member's layers by the names of their tensors.
struct LayerNames {
  std::string kernel, biases;
  Activation activation;
};

std::string_view operator_of(Activation activation) {
  switch (activation) {
    case Activation::sigmoid:
      return "Sigmoid";
    case Activation::tanh:
      return "Tanh";
    case Activation::relu:
      return "Relu";
    case Activation::softmax:
      return "Softmax";
    case Activation::linear:
      break;
  }
  return "";
}

/// Writes a model's nodes. What both views of a book need is stored once.
class Writer {
 public:
  Writer(const Model& model, onnx::GraphProto& graph)
      : parts_{model.parts()}, depth_{parts_.members.front().inputs()}, graph_{graph} {
    if (parts_.transform.kind() != TransformKind::none) store_transform();
    for (std::size_t i = 0; i < parts_.members.size(); ++i) store_member(i);
  }

  void write() {
    const std::string largest = graph_.scalar("largest_volume", static_cast<float>(largest_input));
    const std::string volumes = graph_.add("Min", {"volumes", largest});
    std::string probabilities = view(volumes);
    if (parts_.mirror == Mirror::on) probabilities = with_mirror(volumes, probabilities);
    graph_.add("Identity", {probabilities});
    graph_.name_output("probabilities");
    const std::string fall = column("fall", 0), rise = column("rise", 1);
    graph_.add("Sub", {rise, fall});
    graph_.name_output("score");
  }

 private:
  using Constants = InputTransform::Constants;

  /// Constants of each input from those by distance to the middle.
  void store_both_sides(const std::string& name, const std::vector<float>& by_distance) {
    std::vector<float> both(by_distance.rbegin(), by_distance.rend());
    both.insert(both.end(), by_distance.begin(), by_distance.end());
    graph_.constant(name, both, {depth_});
  }

  void store_transform() {
    const Constants& constants = parts_.transform.constants();
    store_both_sides("level_weight", parts_.transform.level_weights());
    if (!constants.center.empty()) store_both_sides("center", constants.center);
    if (!constants.scale.empty()) store_both_sides("scale", constants.scale);
    const TransformKind kind = parts_.transform.kind();
    if (kind == TransformKind::relative) store_both_sides("offset", constants.offset);
    if (kind == TransformKind::log) graph_.scalar("offset", 1);
    if (kind != TransformKind::share) return;
    graph_.constant("across", std::array{std::int64_t{1}}, {1});
    graph_.scalar("zero", 0);
    graph_.scalar("one", 1);
    graph_.scalar("depth", static_cast<float>(depth_));
  }

  /// Column-major [units × inputs] is row-major [inputs × units].
  void store_member(std::size_t member) {
    std::vector<LayerNames> layers;
    for (const Dense& layer : parts_.members[member].layers()) {
      const std::string name =
          "member_" + std::to_string(member) + "_layer_" + std::to_string(layers.size());
      const auto size = static_cast<std::size_t>(layer.weights().size());
      graph_.constant(name + "_kernel", std::span{layer.weights().data(), size},
                      {layer.inputs(), layer.units()});
      graph_.constant(name + "_bias",
                      std::span{layer.biases().data(), static_cast<std::size_t>(layer.units())},
                      {layer.units()});
      layers.push_back({name + "_kernel", name + "_bias", layer.activation()});
    }
    members_.push_back(std::move(layers));
  }

  [[nodiscard]] std::string transformed(const std::string& x) {
    switch (parts_.transform.kind()) {
      case TransformKind::none:
        break;
      case TransformKind::relative:
        return weighted(logarithm(graph_.add("Div", {x, "scale"})));
      case TransformKind::log:
        return weighted(logarithm(x));
      case TransformKind::zscore:
        return weighted(graph_.add("Div", {graph_.add("Sub", {x, "center"}), "scale"}));
      case TransformKind::share:
        return weighted(share(x));
    }
    return x;
  }

  [[nodiscard]] std::string weighted(const std::string& x) {
    return graph_.add("Mul", {x, "level_weight"});
  }
  [[nodiscard]] std::string logarithm(const std::string& x) {
    return graph_.add("Log", {graph_.add("Add", {x, "offset"})});
  }

  /// Where all volumes are 0 they are divided by 1.
  [[nodiscard]] std::string share(const std::string& x) {
    const std::string sum = graph_.add("ReduceSum", {x, "across"}, "keepdims", 1);
    const std::string is_something = graph_.add("Greater", {sum, "zero"});
    const std::string divisor = graph_.add("Where", {is_something, sum, "one"});
    return graph_.add("Mul", {graph_.add("Div", {x, divisor}), "depth"});
  }

  /// Mean of the members' probabilities of raw samples.
  [[nodiscard]] std::string view(const std::string& raw) {
    const std::string input = transformed(raw);
    std::vector<std::string> outputs;
    for (const auto& layers : members_) {
      std::string x = input;
      for (const LayerNames& layer : layers) {
        x = graph_.add("Gemm", {x, layer.kernel, layer.biases});
        const std::string_view op = operator_of(layer.activation);
        if (layer.activation == Activation::softmax)
          x = graph_.add(op, {x}, "axis", 1);
        else if (!op.empty())
          x = graph_.add(op, {x});
      }
      outputs.push_back(x);
    }
    return outputs.size() == 1 ? outputs.front() : graph_.add("Mean", outputs);
  }

  /// Mean of both views: the other one is of the book reversed, falls and rises swapped.
  [[nodiscard]] std::string with_mirror(const std::string& volumes, const std::string& straight) {
    std::vector<std::int64_t> reversed, swapped{1, 0};
    for (std::int64_t i = depth_; i-- > 0;) reversed.push_back(i);
    for (std::int64_t i = 2; i < parts_.members.front().classes(); ++i) swapped.push_back(i);
    graph_.constant("reversed", reversed, {depth_});
    graph_.constant("swapped", swapped, {static_cast<std::int64_t>(swapped.size())});
    const std::string other = view(graph_.add("Gather", {volumes, "reversed"}, "axis", 1));
    return graph_.add("Mean", {straight, graph_.add("Gather", {other, "swapped"}, "axis", 1)});
  }

  [[nodiscard]] std::string column(const std::string& name, std::int64_t index) {
    graph_.constant(name, std::array{index}, {});
    return graph_.add("Gather", {"probabilities", name}, "axis", 1);
  }

  const ModelParts& parts_;
  Index depth_;
  OnnxGraph graph_;
  std::vector<std::vector<LayerNames>> members_;
};

}  // namespace

void write_nodes(const Model& model, onnx::GraphProto& graph) { Writer{model, graph}.write(); }

}  // namespace obkit::neural
