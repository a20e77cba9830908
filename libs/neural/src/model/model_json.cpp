#include "model/model_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "obkit/core/number.hpp"

#include "model/json_cursor.hpp"

namespace obkit::neural {
namespace {

constexpr int max_depth = 8;
constexpr std::size_t max_layers = 64;
constexpr std::size_t max_test_vectors = 100;
constexpr float max_float = std::numeric_limits<float>::max();

/// Readers before it take no flow for volumes: they refuse its version.
constexpr std::int64_t version_of_volumes = 1, version_of_flow = 2;

InputKind read_format(const JsonCursor& root) {
  if (root["format"].text() != "obkit-model") root["format"].fail("expected \"obkit-model\"");
  const auto version = root["version"].integer(0, std::numeric_limits<std::int64_t>::max());
  if (version != version_of_volumes && version != version_of_flow)
    root["version"].fail("expected 1 or 2, found " + std::to_string(version) +
                         ": written by a later obkit?");
  return version == version_of_flow ? InputKind::flow : InputKind::volumes;
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

/// Numbers in a sample.
Index read_inputs(const JsonCursor& input, InputKind takes) {
  if (takes == InputKind::volumes) return read_depth(input);
  const auto count = input["flow"].integer(2, max_inputs);
  if (count % 2 != 0) input["flow"].fail("expected an even number, found " + std::to_string(count));
  return count;
}

/// One for all levels, as it was before there was a choice, or one for each.
std::vector<float> read_offset(const JsonCursor& cursor, Index depth) {
  constexpr float least = std::numeric_limits<float>::min(), greatest = 1e6f;
  std::vector<float> offset(static_cast<std::size_t>(depth / 2));
  if (cursor.value().is_array())
    read_numbers(cursor, least, greatest, offset);
  else
    std::fill(offset.begin(), offset.end(), cursor.number(least, greatest));
  return offset;
}

double read_decay(const JsonCursor& cursor) {
  const double decay = cursor.number();
  if (!(decay >= 0 && decay <= InputTransform::greatest_decay))
    cursor.fail("expected a number from 0 to 100, found " + to_text(decay));
  return decay;
}

InputTransform read_transform(const JsonCursor& input, Index depth) {
  const std::string name = input["transform"].text();
  const auto kind = parse_transform(name);
  if (!kind)
    input["transform"].fail("expected none, relative, log, zscore or share, found \"" + name +
                            "\"");
  if (*kind == TransformKind::none) return {};
  InputTransform::Constants constants{.kind = *kind};
  // Before there was a choice, it was 1.
  constants.level_decay = input.contains("level_decay") ? read_decay(input["level_decay"]) : 1;
  const auto read_list = [&](const char* key, float least, float most) {
    std::vector<float> values(static_cast<std::size_t>(depth / 2));
    read_numbers(input[key], least, most, values);
    return values;
  };
  if (*kind == TransformKind::relative) constants.offset = read_offset(input["offset"], depth);
  if (input.contains("evidence")) constants.evidence = read_list("evidence", 0, 1);
  if (*kind == TransformKind::zscore)
    constants.center = read_list("center", 0, static_cast<float>(largest_input));
  if (*kind == TransformKind::relative || *kind == TransformKind::zscore)
    constants.scale =
        read_list("scale", InputTransform::least_scale, InputTransform::greatest_scale);
  return {std::move(constants), depth};
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

/// One network, or several alike.
std::vector<Network> read_members(const JsonCursor& root, Index inputs) {
  if (!root.contains("members")) return {read_network(root["layers"], inputs)};
  const JsonCursor list = root["members"];
  if (list.size() < 2 || list.size() > Model::max_members)
    list.fail("expected 2 to " + std::to_string(Model::max_members) + " members, found " +
              std::to_string(list.size()));
  std::vector<Network> members;
  for (std::size_t i = 0; i < list.size(); ++i) {
    members.push_back(read_network(list[i]["layers"], inputs));
    if (members.back().classes() != members.front().classes())
      list[i].fail("expected as many classes as the first member has");
  }
  return members;
}

std::vector<std::string> read_classes(const JsonCursor& list, const Network& network) {
  auto classes = list.texts();
  if (classes.size() < 2) list.fail("expected at least two classes");
  list.expect_size(static_cast<std::size_t>(network.classes()));
  return classes;
}

std::vector<Vector> read_test_inputs(const JsonCursor& list, Index inputs, InputKind takes) {
  constexpr auto largest = static_cast<float>(largest_input);
  const float least = takes == InputKind::flow ? -largest : 0;
  if (list.size() < 1 || list.size() > max_test_vectors)
    list.fail("expected 1 to " + std::to_string(max_test_vectors) + " test vectors, found " +
              std::to_string(list.size()));
  std::vector<Vector> samples(list.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    list[i]["inputs"].expect_size(static_cast<std::size_t>(inputs));
    samples[i].resize(inputs);
    read_numbers(list[i]["inputs"], least, largest, samples[i]);
  }
  return samples;
}

/// The class whose probability is off by more than roundings come to; -1 for none.
Index find_miss(const Model& model, const std::vector<double>& sample, const Vector& found,
                const Vector& expected) {
  const Vector off = (found - expected).cwiseAbs();
  if ((off.array() <= Model::least_tolerance).all()) return -1;  // the rest takes longer
  const Vector allowed = model.tolerance(sample);
  for (Index k = 0; k < off.size(); ++k)
    if (!(off[k] <= allowed[k])) return k;  // also for NaN
  return -1;
}

/// The network must still compute what its writer computed.
void replay(const Model& model, const JsonCursor& list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Vector& input = model.parts().test_inputs[i];
    const std::vector<double> sample(input.begin(), input.end());
    const Vector found = model.predict(sample);
    Vector expected(found.size());
    read_numbers(list[i]["probabilities"], 0, 1, expected);
    const Index k = find_miss(model, sample, found, expected);
    if (k < 0) continue;
    list[i].fail("P(" + model.classes()[static_cast<std::size_t>(k)] + ") of these inputs is " +
                 float_text(found[k]) + " here, but " + float_text(expected[k]) +
                 " in the file, and roundings explain no more than " +
                 float_text(model.tolerance(sample)[k]) +
                 ": weights, transform or test vectors were changed or damaged");
  }
}

/// Flow is taken as it is.
void expect_untransformed(const JsonCursor& input) {
  if (input["transform"].text() != "none")
    input["transform"].fail("expected none for flow, found \"" + input["transform"].text() + "\"");
  if (input["mirror"].flag()) input["mirror"].fail("expected false for flow, found true");
}

/// All but the members, which are read already.
Model read_around(const JsonCursor& root, InputKind takes, std::vector<Network> members) {
  const Index depth = members.front().inputs();
  if (takes == InputKind::flow) expect_untransformed(root["input"]);
  const std::size_t flow_depth =
      takes == InputKind::flow ? static_cast<std::size_t>(read_depth(root["input"])) : 0;
  auto classes = read_classes(root["classes"], members.front());
  Model model{{.tool = root["tool"].text(),
               .transform = read_transform(root["input"], depth),
               .mirror = root["input"]["mirror"].flag() ? Mirror::on : Mirror::off,
               .members = std::move(members),
               .classes = std::move(classes),
               .label = root["label"].text(),
               .training = read_record(root["training"]),
               .test_inputs = read_test_inputs(root["test_vectors"], depth, takes),
               .takes = takes,
               .flow_depth = flow_depth}};
  replay(model, root["test_vectors"]);
  return model;
}

using Json = nlohmann::ordered_json;

/// The fewest digits that read back to the same float, be it read as a float, or as a double that
/// is then rounded. The two differ for one float alone, 7.038531e-26: it gets a double's digits.
void append_float(std::string& out, float value) {
  std::array<char, 32> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const auto* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  const std::string_view digits{text.data(), static_cast<std::size_t>(end - text.data())};
  if (static_cast<float>(parse_number(digits).value_or(0)) == value)
    out += digits;
  else
    append_number(out, value);
  if (value == 0 && std::signbit(value)) out += ".0";  // JSON readers take -0 for the integer 0
}

/// A row, a column or a vector.
template <typename Values>
void append_list(std::string& out, const Values& values) {
  out += '[';
  for (const float value : values) {
    append_float(out, value);
    out += ',';
  }
  out.back() = ']';
}

std::string quoted(const std::string& text) { return json_text(Json(text)); }

void append_input(std::string& out, const ModelParts& parts) {
  const InputTransform::Constants& constants = parts.transform.constants();
  const auto inputs = static_cast<std::size_t>(parts.members.front().inputs());
  const bool takes_flow = parts.takes == InputKind::flow;
  out += R"({"depth":)" + std::to_string(takes_flow ? parts.flow_depth : inputs);
  if (takes_flow) out += R"(,"flow":)" + std::to_string(inputs);
  out += R"(,"transform":")";
  out.append(to_string(constants.kind)).append("\"");
  if (constants.kind != TransformKind::none) {
    out += R"(,"level_decay":)";
    append_number(out, constants.level_decay);
  }
  for (const auto& [key, list] : {std::pair{"evidence", &constants.evidence},
                                  {"offset", &constants.offset},
                                  {"center", &constants.center},
                                  {"scale", &constants.scale}}) {
    if (list->empty()) continue;
    out.append(",\"").append(key).append("\":");
    append_list(out, *list);
  }
  out += parts.mirror == Mirror::on ? R"(,"mirror":true})" : R"(,"mirror":false})";
}

void append_layer(std::string& out, const Dense& layer) {
  out += R"({"units":)" + std::to_string(layer.units()) + R"(,"activation":")";
  out.append(to_string(layer.activation())).append("\",\"weights\":[\n");
  for (const auto row : layer.weights().rowwise()) {
    append_list(out, row);
    out += ",\n";
  }
  out.replace(out.size() - 2, 2, "],\"biases\":");
  append_list(out, layer.biases());
  out += '}';
}

/// One network's `layers` stand alone; several are `members`, each an object with `layers`.
void append_layers(std::string& out, const Network& network) {
  out += '[';
  for (const Dense& layer : network.layers()) {
    append_layer(out, layer);
    out += ",\n";
  }
  out.replace(out.size() - 2, 2, "]");
}

void append_members(std::string& out, const std::vector<Network>& members) {
  out += '[';
  for (const Network& member : members) {
    out += R"({"layers":)";
    append_layers(out, member);
    out += "},\n";
  }
  out.replace(out.size() - 2, 2, "]");
}

void append_test_vectors(std::string& out, const Model& model) {
  out += "[\n";
  for (const Vector& input : model.parts().test_inputs) {
    const std::vector<double> sample(input.begin(), input.end());
    out += "{\"inputs\":";
    append_list(out, input);
    out += ",\"probabilities\":";
    append_list(out, model.predict(sample));
    out += "},\n";
  }
  out.replace(out.size() - 2, 2, "]");
}

/// All keys before the layers.
std::string write_head(const ModelParts& parts) {
  const auto version = parts.takes == InputKind::flow ? version_of_flow : version_of_volumes;
  std::string out = R"({"format":"obkit-model","version":)" + std::to_string(version);
  out += R"(,"tool":)" + quoted(parts.tool);
  out += ",\n\"input\":";
  append_input(out, parts);
  out += ",\n\"classes\":" + json_text(Json(parts.classes));
  out += ",\n\"label\":" + quoted(parts.label);
  out += ",\n\"training\":" + to_json(parts.training);
  return out;
}

void append_tail(std::string& out, const Model& model) {
  out += ",\n\"test_vectors\":";
  append_test_vectors(out, model);
  out += "}\n";
}

}  // namespace

Model read_model(std::string_view text, const std::string& name) {
  const auto document = parse_document(text, name, max_depth);
  const JsonCursor root{document, name};
  const InputKind takes = read_format(root);
  return read_around(root, takes, read_members(root, read_inputs(root["input"], takes)));
}

Model read_model_around(std::string_view text, const std::string& name, const std::string& place,
                        Network network) {
  const auto document = parse_document(text, name + ": " + place, max_depth);
  const JsonCursor root{document, name, place};
  const InputKind takes = read_format(root);
  if (read_inputs(root["input"], takes) != network.inputs())
    root["input"][takes == InputKind::flow ? "flow" : "depth"].fail(
        "expected " + std::to_string(network.inputs()) + ", as many as the first layer takes");
  return read_around(root, takes, {std::move(network)});
}

std::string write_model(const Model& model) {
  const ModelParts& parts = model.parts();
  std::string out = write_head(parts);
  if (parts.members.size() == 1) {
    out += ",\n\"layers\":";
    append_layers(out, parts.members.front());
  } else {
    out += ",\n\"members\":";
    append_members(out, parts.members);
  }
  append_tail(out, model);
  return out;
}

std::string write_model_without_layers(const Model& model) {
  std::string out = write_head(model.parts());
  append_tail(out, model);
  return out;
}

}  // namespace obkit::neural
