#include "obkit/cli/input_options.hpp"

namespace obkit::cli {

void add_input_options(CLI::App& app, InputOptions& options, const std::string& name,
                       const std::string& what) {
  auto* inputs = app.add_option(name, options.inputs, what);
  if (options.inputs.empty())
    inputs->required();
  else
    inputs->capture_default_str();
  app.add_flag("--skip-bad", options.skip_bad,
               "Count and skip malformed lines instead of refusing them");
}

}  // namespace obkit::cli
