#pragma once

#include <string>
#include <vector>

#include "obkit/dataset/dataset_writer.hpp"

namespace obdataset {

/// Where the samples of each input go: a path, or "-", for each of `inputs`.
///
/// Without `out` (empty) it is `Datasets/NAME.ds` (or .npz) beside the input, for standard input
/// "-". `out` is a folder that gets a NAME.ds for each input when it is one; else all goes there.
/// Throws UsageError when two inputs would have one name, and for standard input into a folder.
[[nodiscard]] std::vector<std::string> output_paths(const std::vector<std::string>& inputs,
                                                    const std::string& out,
                                                    obkit::dataset::DatasetFormat format);

/// `name` is "ds", "npz" or empty: as the name of `out` says, else "ds". Throws UsageError where
/// the two disagree.
[[nodiscard]] obkit::dataset::DatasetFormat output_format(const std::string& name,
                                                          const std::string& out);

/// Whether a file of that name is compressed: it ends in .zst.
[[nodiscard]] bool is_compressed(const std::string& out);

/// Whether `out` stands for a file of each input: it is empty, a folder, or ends in '/'.
[[nodiscard]] bool is_folder(const std::string& out);

}  // namespace obdataset
