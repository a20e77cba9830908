#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/neural/training.hpp"

namespace obkit::neural {

/// All that is needed to go on with a training as if it had not stopped.
struct Checkpoint {
  static constexpr std::size_t max_file_bytes = std::size_t{256} * 1024 * 1024;

  std::string subject;  ///< what is trained, of what, and how: `name=value` lines
  std::vector<std::optional<TrainingState>> members;  ///< none for one that has no epoch yet
};

/// The bytes of the file, the same on every machine: docs/formats.md.
[[nodiscard]] std::string to_bytes(const Checkpoint& checkpoint);

/// `fresh`: the members as they would begin, whose shapes the file's must have. `name` is for
/// messages. Throws DataError for a file that is damaged or of another subject, naming the line
/// that differs.
[[nodiscard]] std::vector<TrainingState> read_checkpoint(std::string_view bytes,
                                                         const std::string& name,
                                                         std::string_view subject,
                                                         std::span<const TrainingState> fresh);

}  // namespace obkit::neural
