#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/neural/model.hpp"

namespace obkit::neural {

enum class ModelFormat : std::uint8_t {
  json,   ///< the native one: everything, readable
  keras,  ///< HDF5 as Keras 2 writes it: one network
  onnx,   ///< for other runtimes, with transform, mirror and members in the graph; written only
};

/// By extension: .h5 is Keras', .onnx is ONNX, anything else (and "-") is native.
[[nodiscard]] ModelFormat format_of(std::string_view path);

/// Throws UsageError where a file of this format cannot hold so many members: for before the work.
void check_format(ModelFormat format, std::size_t members);

/// The bytes of the file: the same model gives the same. Throws as check_format().
[[nodiscard]] std::string to_bytes(const Model& model, ModelFormat format);

/// What Keras itself does not know when it loads this model's .h5 (transform, mirror): text for a
/// warning. Empty where Keras computes the same as we do.
[[nodiscard]] std::optional<std::string> keras_caveat(const Model& model);

}  // namespace obkit::neural
