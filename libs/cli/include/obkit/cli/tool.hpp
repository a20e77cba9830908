#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "obkit/cli/cli11_fwd.hpp"
#include "obkit/core/byte_stream.hpp"

namespace obkit::cli {

/// Exit codes, after sysexits.h.
enum ExitCode : int {
  done = 0,
  bad_command_line = 64,
  malformed_input = 65,
  missing_input = 66,
  exchange_unreachable = 69,
  bug = 70,
  cannot_create = 73,
  io_broke = 74,
};

enum class Voice : std::uint8_t { speaks, silent };

/// The frame of a tool: parses, logs to standard error, runs `work`, checks standard output, and
/// makes an exit code of what was thrown, with one line `tool: what` on standard error. The only
/// try/catch of a tool.
///
/// Adds -q, -v and --version. SIGINT, SIGTERM and SIGHUP remove unfinished outputs and then do what
/// they always do, unless `work` takes them over with a TerminationWatch.
///
/// A silent one says nothing itself: another process of the same work does.
[[nodiscard]] int run_tool(CLI::App& app, int argc, char** argv, const std::function<void()>& work,
                           Voice voice = Voice::speaks);

/// -o/--out and --overwrite, the same in every batch tool.
struct OutputOptions {
  std::string path = "-";
  bool overwrite = false;

  [[nodiscard]] Existing existing() const {
    return overwrite ? Existing::overwrite : Existing::refuse;
  }
};

/// `what` completes "-o: ...". The default of -o is what `options.path` holds. Returns -o.
CLI::Option* add_output_options(CLI::App& app, OutputOptions& options, const std::string& what);

/// Where a tool keeps what memory should not hold: the folder that TMPDIR names, else /var/tmp, for
/// /tmp may be memory itself. Call it while there is one thread.
[[nodiscard]] std::string scratch_folder();

}  // namespace obkit::cli
