#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "obkit/core/number.hpp"

#include "model_json.hpp"

namespace obkit::neural {
namespace {

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

std::string quoted(const std::string& text) { return Json(text).dump(); }

void append_input(std::string& out, const ModelParts& parts) {
  const InputTransform::Constants& constants = parts.transform.constants();
  out += R"({"depth":)" + std::to_string(parts.members.front().inputs()) + R"(,"transform":")";
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
  std::string out = R"({"format":"obkit-model","version":1,"tool":)" + quoted(parts.tool);
  out += ",\n\"input\":";
  append_input(out, parts);
  out += ",\n\"classes\":" + Json(parts.classes).dump();
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
