#include "obkit/cli/tool.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "obkit/cli/progress.hpp"
#include "obkit/cli/termination.hpp"
#include "obkit/cli/values.hpp"
#include "obkit/core/encoding.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/version.hpp"

#include "completion/completion.hpp"
#include "help.hpp"
#include "mistake.hpp"
#include "option_text.hpp"

namespace obkit::cli {
namespace {

/// Nobody reads more of one message.
std::string_view first_part(std::string_view text) {
  constexpr std::size_t longest = 4000;
  return text.substr(0, longest);
}

/// Warnings and errors say so; what is merely told has no label.
class LevelLabel final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    if (message.level < spdlog::level::warn) return;
    const std::string_view label = message.level == spdlog::level::warn ? "warning: " : "error: ";
    out.append(label.data(), label.data() + label.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return spdlog::details::make_unique<LevelLabel>();
  }
};

/// What is told, on one line and as a terminal may show it: texts of others are part of it.
class Message final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string text =
        printable(first_part({message.payload.data(), message.payload.size()}));
    out.append(text.data(), text.data() + text.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return spdlog::details::make_unique<Message>();
  }
};

/// Keeps messages and a status line apart.
class AboveStatusLine final : public spdlog::sinks::sink {
 public:
  explicit AboveStatusLine(spdlog::sink_ptr target) : target_{std::move(target)} {}
  void log(const spdlog::details::log_msg& message) override {
    StatusLine::hide();
    target_->log(message);
  }
  void flush() override { target_->flush(); }
  void set_pattern(const std::string& pattern) override { target_->set_pattern(pattern); }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    target_->set_formatter(std::move(formatter));
  }

 private:
  spdlog::sink_ptr target_;
};

/// Whether this process leaves it to another one to say what is to be said.
bool is_silent = false;

void start_logging(const std::string& tool, bool quiet, bool verbose) {
  const bool plain =
      std::getenv("NO_COLOR") != nullptr;  // NOLINT(concurrency-mt-unsafe): no thread yet
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(
      plain ? spdlog::color_mode::never : spdlog::color_mode::automatic);
  auto logger =
      std::make_shared<spdlog::logger>(tool, std::make_shared<AboveStatusLine>(std::move(sink)));
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LevelLabel>('*').add_flag<Message>('M').set_pattern("%n: %^%*%$%M");
  logger->set_formatter(std::move(formatter));
  logger->set_level(is_silent ? spdlog::level::off
                    : quiet   ? spdlog::level::warn
                    : verbose ? spdlog::level::debug
                              : spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

/// A result that nobody reads any longer ends a tool as SIGPIPE would, without a word.
bool dies_of_closed_pipe = false;

extern "C" void clean_up_and_die(int signal) { die_of(signal); }

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = clean_up_and_die;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction current {};
    sigaction(signal, nullptr, &current);
    if (current.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);  // nohup stays in force
  }
  // Both are told by write(), too: whoever reads the log may go away, and a full file is an error.
  dies_of_closed_pipe = std::signal(SIGPIPE, SIG_IGN) != SIG_IGN;
  std::signal(SIGXFSZ, SIG_IGN);  // NOLINT(cert-err33-c)
}

int complain(const std::string& tool, std::string_view problem, ExitCode code) {
  if (is_silent) return code;
  StatusLine::hide();
  std::fprintf(stderr, "%s: %s\n", tool.c_str(), printable(first_part(problem)).c_str());
  return code;
}

ExitCode exit_code(const IoError& error) {
  switch (error.during()) {
    case IoError::During::open:
      return missing_input;
    case IoError::During::create:
      return cannot_create;
    case IoError::During::read:
    case IoError::During::write:
      break;
  }
  return io_broke;
}

void check_standard_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    throw IoError{IoError::During::write, "standard output", errno};
}

/// "max_hold 0: …" of a library is "--max-hold 0: …" of the command line.
std::string of_option(const FieldError& error) {
  std::string text = error.what();
  for (std::size_t i = 0; i < error.field().size(); ++i)
    if (text[i] == '_') text[i] = '-';
  return "--" + text;
}

int run_guarded(const std::string& tool, const std::function<void()>& work) {
  try {
    work();
    check_standard_output();
    return done;
  } catch (const FieldError& error) {
    return complain(tool, of_option(error), bad_command_line);
  } catch (const UsageError& error) {
    return complain(tool, error.what(), bad_command_line);
  } catch (const DataError& error) {
    return complain(tool, error.what(), malformed_input);
  } catch (const IoError& error) {
    if (error.error_number() == EPIPE && dies_of_closed_pipe) die_of(SIGPIPE);
    return complain(tool, error.what(), exit_code(error));
  } catch (const NetworkError& error) {
    return complain(tool, error.what(), exchange_unreachable);
  } catch (const std::bad_alloc&) {
    return complain(tool, "out of memory", bug);
  } catch (const std::exception& error) {
    return complain(tool, std::string{"this is a bug, please report it: "} + error.what(), bug);
  }
}

/// Without the line feeds at its end, of which there are none or some.
std::string help_text(const CLI::App& app) {
  std::string text = app.help();
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// Where a standard stream is closed, the next file that is opened would take its number, and what
/// is said would be in that file. What stands in its place cannot be read or written.
void keep_numbers_of_standard_streams() {
  for (const int number : {0, 1, 2})
    if (::fcntl(number, F_GETFD) == -1) ::open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY);
}

/// What every tool offers. The command line says `quiet`, `verbose`.
void add_general_options(CLI::App& app, bool& quiet, bool& verbose) {
  begin_group(app, general_group);
  app.add_flag("-q,--quiet", quiet, "Say nothing but warnings and errors");
  app.add_flag("-v,--verbose", verbose, "Say more");
  app.set_version_flag("--version", app.get_name() + " " + std::string{version()},
                       "Print name, version and commit");
  app.set_help_flag("-h,--help", "Print the options and examples")->group(general_group);
  app.formatter(std::make_shared<HelpFormatter>());
}

/// `TOOL --print-completion SHELL` is for whoever installs the tools.
std::optional<std::string> completion_shell(int argc, char** argv) {
  if (argc != 3 || std::string_view{argv[1]} != "--print-completion") return std::nullopt;
  return argv[2];
}

void print(const std::string& text) {
  if (!is_silent) std::printf("%s\n", text.c_str());
}

void print_completion(const CLI::App& app, const std::string& shell) {
  if (const auto problem = one_of(completed_shells())(shell); !problem.empty())
    throw UsageError{"--print-completion: " + problem};
  const std::string script = completion_script(app, shell);
  if (!is_silent) std::fputs(script.c_str(), stdout);
}

}  // namespace

int run_tool(CLI::App& app, int argc, char** argv, const std::function<void()>& work, Voice voice) {
  keep_numbers_of_standard_streams();
  is_silent = voice == Voice::silent;
  bool quiet = false;
  bool verbose = false;
  add_general_options(app, quiet, verbose);
  if (const auto shell = completion_shell(argc, argv))
    return run_guarded(app.get_name(), [&] { print_completion(app, *shell); });
  try {
    app.parse(argc, argv);
    if (quiet && verbose) throw CLI::ParseError{"-q and -v exclude each other", bad_command_line};
  } catch (const CLI::CallForVersion&) {
    return run_guarded(app.get_name(), [&] { print(app.version()); });
  } catch (const CLI::CallForHelp&) {
    return run_guarded(app.get_name(), [&] { print(help_text(app)); });
  } catch (const CLI::ParseError& error) {
    return complain(app.get_name(), mistake(app, error, {argv, static_cast<std::size_t>(argc)}),
                    bad_command_line);
  }
  start_logging(app.get_name(), quiet, verbose);
  install_signal_handlers();
  return run_guarded(app.get_name(), work);
}

CLI::Option* add_output_options(CLI::App& app, OutputOptions& options, const std::string& what) {
  auto* out = app.add_option("-o,--out", options.path, what)
                  ->capture_default_str()
                  ->type_name("FILE|-")
                  ->group(output_group);
  app.add_flag("--overwrite", options.overwrite, "Replace files that exist already")
      ->group(output_group);
  return out;
}

std::string scratch_folder() {
  const char* const named = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): no thread yet
  return named != nullptr && *named != '\0' ? named : "/var/tmp";
}

}  // namespace obkit::cli
