#pragma once

#include <string>
#include <vector>

namespace obdataset {

/// Where the samples of each input go: a path, or "-", for each of `inputs`.
///
/// Without `out` (empty) it is `Datasets/NAME.ds` beside the input, for standard input "-". `out`
/// is a folder that gets a NAME.ds for each input when it is one; else all goes there. Throws
/// UsageError when two inputs would have one name, and for standard input into a folder.
[[nodiscard]] std::vector<std::string> output_paths(const std::vector<std::string>& inputs,
                                                    const std::string& out);

/// Whether `out` stands for a file of each input: it is empty, a folder, or ends in '/'.
[[nodiscard]] bool is_folder(const std::string& out);

}  // namespace obdataset
