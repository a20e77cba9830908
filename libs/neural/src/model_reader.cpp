#include <cmath>
#include <limits>
#include <utility>

#include "json_cursor.hpp"
#include "model_json.hpp"
#include "record_json.hpp"

namespace obkit::neural {
namespace {

constexpr int max_depth = 8;
constexpr std::int64_t max_inputs = 100'000;
constexpr std::int64_t max_units = 100'000;
constexpr std::size_t max_layers = 64;
constexpr std::size_t max_test_vectors = 100;
constexpr float max_float = std::numeric_limits<float>::max();

void expect_format(const JsonCursor& root) {
  if (root["format"].text() != "obkit-model") root["format"].fail("expected \"obkit-model\"");
  const auto version = root["version"].integer(0, std::numeric_limits<std::int64_t>::max());
  if (version != 1)
    root["version"].fail("expected 1, found " + std::to_string(version) +
                         ": written by a later obkit?");
}

template <typename Vector>
void read_numbers(const JsonCursor& list, float least, float most, Vector&& to) {
  list.expect_size(static_cast<std::size_t>(to.size()));
  for (Index i = 0; i < static_cast<Index>(to.size()); ++i)
    to[static_cast<decltype(to.size())>(i)] = list[static_cast<std::size_t>(i)].number(least, most);
}

Index read_depth(const JsonCursor& input) {
  const auto depth = input["depth"].integer(2, max_inputs);
  if (depth % 2 != 0)
    input["depth"].fail("expected an even number, found " + std::to_string(depth));
  return depth;
}

InputTransform read_transform(const JsonCursor& input, Index depth) {
  const std::string name = input["transform"].text();
  if (name == "none") return {};
  if (name != "relative")
    input["transform"].fail(R"(expected "relative" or "none", found ")" + name + "\"");
  std::vector<float> scale(static_cast<std::size_t>(depth / 2));
  read_numbers(input["scale"], InputTransform::least_scale, InputTransform::greatest_scale, scale);
  return {std::move(scale), input["offset"].number(std::numeric_limits<float>::min(), 1e6f)};
}

Activation read_activation(const JsonCursor& layer, bool is_last) {
  const std::string name = layer["activation"].text();
  const auto activation = parse_activation(name);
  if (!activation || (*activation == Activation::softmax) != is_last) {
    layer["activation"].fail(std::string{"expected "} +
                             (is_last ? "\"softmax\" in the last layer"
                                      : "sigmoid, tanh, relu or linear before the last layer") +
                             ", found \"" + name + "\"");
  }
  return *activation;
}

/// The document holds the numbers already, so what is allocated here is no larger than the file.
Dense read_layer(const JsonCursor& layer, Index inputs, bool is_last) {
  const Activation activation = read_activation(layer, is_last);
  const Index units = layer["units"].integer(1, max_units);
  const JsonCursor rows = layer["weights"];
  rows.expect_size(static_cast<std::size_t>(units));
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i].expect_size(static_cast<std::size_t>(inputs));
  layer["biases"].expect_size(static_cast<std::size_t>(units));
  Matrix weights(units, inputs);
  for (std::size_t i = 0; i < rows.size(); ++i)
    read_numbers(rows[i], -max_float, max_float, weights.row(static_cast<Index>(i)));
  Vector biases(units);
  read_numbers(layer["biases"], -max_float, max_float, biases);
  return {std::move(weights), std::move(biases), activation};
}

Network read_network(const JsonCursor& list, Index inputs) {
  if (list.size() < 1 || list.size() > max_layers)
    list.fail("expected 1 to " + std::to_string(max_layers) + " layers, found " +
              std::to_string(list.size()));
  std::vector<Dense> layers;
  for (std::size_t i = 0; i < list.size(); ++i) {
    layers.push_back(read_layer(list[i], inputs, i + 1 == list.size()));
    inputs = layers.back().units();
  }
  return Network{std::move(layers)};
}

std::vector<std::string> read_classes(const JsonCursor& list, const Network& network) {
  auto classes = list.texts();
  if (classes.size() < 2) list.fail("expected at least two classes");
  list.expect_size(static_cast<std::size_t>(network.classes()));
  return classes;
}

std::vector<Vector> read_test_inputs(const JsonCursor& list, Index inputs) {
  if (list.size() < 1 || list.size() > max_test_vectors)
    list.fail("expected 1 to " + std::to_string(max_test_vectors) + " test vectors, found " +
              std::to_string(list.size()));
  std::vector<Vector> samples(list.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    list[i]["inputs"].expect_size(static_cast<std::size_t>(inputs));
    samples[i].resize(inputs);
    read_numbers(list[i]["inputs"], 0, static_cast<float>(largest_input), samples[i]);
  }
  return samples;
}

/// The network must still compute what its writer computed.
void replay(const Model& model, const JsonCursor& list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Vector& input = model.parts().test_inputs[i];
    const Vector found = model.predict(std::vector<double>(input.begin(), input.end()));
    Vector expected(found.size());
    read_numbers(list[i]["probabilities"], 0, 1, expected);
    // The comparison is false for NaN, too.
    if (!((found - expected).cwiseAbs().maxCoeff<Eigen::PropagateNaN>() <= Model::replay_tolerance))
      list[i].fail(
          "the network does not give these probabilities: the file was damaged or changed");
  }
}

}  // namespace

Model read_model(std::string_view text, const std::string& name) {
  const auto document = parse_document(text, name, max_depth);
  const JsonCursor root{document, name};
  expect_format(root);
  const Index depth = read_depth(root["input"]);
  Network network = read_network(root["layers"], depth);
  auto classes = read_classes(root["classes"], network);
  Model model{{.tool = root["tool"].text(),
               .transform = read_transform(root["input"], depth),
               .mirror = root["input"]["mirror"].flag() ? Mirror::on : Mirror::off,
               .network = std::move(network),
               .classes = std::move(classes),
               .label = root["label"].text(),
               .training = read_record(root["training"]),
               .test_inputs = read_test_inputs(root["test_vectors"], depth)}};
  replay(model, root["test_vectors"]);
  return model;
}

}  // namespace obkit::neural
