#pragma once

#include <string>
#include <vector>

#include "obkit/cli/cli11_fwd.hpp"

namespace obkit::cli {

/// What every batch tool reads, and how. An option of all batch tools is added here, once; the text
/// for their man pages is docs/man/input_options.man.
struct InputOptions {
  std::vector<std::string> inputs;  ///< files, folders, "-"
  bool skip_bad = false;            ///< malformed lines are counted and left out
};

/// `name` and `what` are those of the inputs in --help. At least one must be given where
/// `options.inputs` is empty. `options` must outlive the parsing.
void add_input_options(CLI::App& app, InputOptions& options, const std::string& name,
                       const std::string& what);

/// A file of the command line.
struct NamedFile {
  std::string option;  ///< that named it, "--test"; empty for the inputs themselves
  std::string path;    ///< or "-"
};

/// Throws UsageError where an input is given twice, or an output is an input or another output,
/// also through links, and where a standard stream was redirected to it. What is no regular file, a
/// terminal, say, may be both.
void refuse_shared_files(const std::vector<NamedFile>& inputs,
                         const std::vector<NamedFile>& outputs);

}  // namespace obkit::cli
