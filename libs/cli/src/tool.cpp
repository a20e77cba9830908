#include "obkit/cli/tool.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "obkit/cli/progress.hpp"
#include "obkit/cli/termination.hpp"
#include "obkit/core/encoding.hpp"
#include "obkit/core/error.hpp"

namespace obkit::cli {

/// The text of --help, the same for every tool: at most 100 columns wide, groups without a frame,
/// and after each description what is allowed and what holds without the option:
/// "(1 to 64; default: 8)".
class HelpFormatter final : public CLI::FormatterBase {
 public:
  [[nodiscard]] std::string make_help(const CLI::App* app, std::string name,
                                      CLI::AppFormatMode mode) const override;
};

namespace {

constexpr std::size_t widest = 100;
constexpr std::size_t description_column = 30;

/// Puts words behind `text`, whose last line is `column` wide, and breaks lines before `widest`.
void append_wrapped(std::string& text, std::size_t column, const std::string& words,
                    std::size_t indent) {
  std::istringstream stream{words};
  bool is_first = true;
  for (std::string word; stream >> word; is_first = false) {
    if (!is_first && column + 1 + word.size() > widest) {
      text.append(1, '\n').append(indent, ' ');
      column = indent;
    } else if (!is_first) {
      text += ' ';
      ++column;
    }
    text += word;
    column += word.size();
  }
}

/// Lines that are narrow enough stay as they are: examples are commands.
std::string wrapped_lines(const std::string& text) {
  std::string result, line;
  for (std::istringstream lines{text}; std::getline(lines, line);) {
    if (line.size() <= widest)
      result += line;
    else
      append_wrapped(result, 0, line, 0);
    result += '\n';
  }
  return result;
}

/// What CLI11 says of values: a type, ':', and what each check allows.
struct Values {
  std::string placeholder;  ///< N, X, FILE, {ds,npz}; empty for a flag
  std::string range;        ///< "1 to 64"; may be empty
};

Values values_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return {};
  const std::string type = option.get_type_name();  // "HOST:PORT" has a ':' of its own
  const std::size_t choices = type.find(":{"), range = type.find(" in [");
  const std::size_t end = range == std::string::npos ? choices : type.rfind(':', range);
  Values values{.placeholder = type.substr(0, end), .range = {}};
  if (values.placeholder == "INT" || values.placeholder == "UINT") values.placeholder = "N";
  if (values.placeholder == "FLOAT") values.placeholder = "X";
  if (choices != std::string::npos) values.placeholder = type.substr(choices + 1);
  if (range != std::string::npos) {
    values.range = type.substr(range + 5, type.find(']', range) - range - 5);
    if (const auto dash = values.range.find(" - "); dash != std::string::npos)
      values.range.replace(dash, 3, " to ");
  }
  return values;
}

/// "-o, --out FILE"
std::string name_of(const CLI::Option& option, const std::string& placeholder) {
  if (option.get_positional()) return option.get_name(true);
  std::string name;
  for (const char c : option.get_name(false, true))
    if (c == ',')
      name += ", ";
    else
      name += c;
  for (auto at = name.find('{'); at != std::string::npos; at = name.find('{'))
    name.erase(at, name.find('}', at) + 1 - at);  // what a flag of two names means inside
  if (!placeholder.empty()) name += ' ' + placeholder;
  return option.get_expected_max() > 1 ? name + " ..." : name;
}

/// "[-]" is a list of one.
std::string default_of(const CLI::Option& option) {
  std::string text = option.get_default_str();
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return text;
}

std::string description_of(const CLI::Option& option, const std::string& range) {
  std::string notes = range;
  if (const std::string usual = default_of(option); !usual.empty())
    notes += (notes.empty() ? "default: " : "; default: ") + usual;
  return option.get_description() + (notes.empty() ? "" : " (" + notes + ")");
}

std::string entry(const CLI::Option& option) {
  const Values values = values_of(option);
  std::string text = "  " + name_of(option, values.placeholder);
  if (text.size() + 2 > description_column) text.append(1, '\n').append(description_column, ' ');
  const std::size_t line = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (text.size() - line < description_column)
    text.append(description_column - (text.size() - line), ' ');
  append_wrapped(text, description_column, description_of(option, values.range),
                 description_column);
  return text + "\n";
}

std::string section(const CLI::App& app, const std::string& title, bool positional) {
  std::string text;
  for (const CLI::Option* option : app.get_options())
    if (option->get_positional() == positional && !option->get_group().empty())
      text += entry(*option);
  return text.empty() ? text : "\n" + title + ":\n" + text;
}

std::string usage(const CLI::App& app) {
  std::string text = "Usage: " + app.get_name() + " [OPTIONS]";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_name(true) + (option->get_expected_max() > 1 ? "..." : "");
    text += option->get_required() ? ' ' + name : " [" + name + ']';
  }
  return text + "\n";
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/,
                                     CLI::AppFormatMode /*mode*/) const {
  std::string text = wrapped_lines(app->get_description()) + usage(*app);
  text += section(*app, "Positionals", true) + section(*app, "Options", false);
  for (const CLI::App* group : app->get_subcommands([](const CLI::App*) { return true; }))
    text += section(*group, group->get_group(), false);
  if (const std::string footer = app->get_footer(); !footer.empty())
    text += "\n" + wrapped_lines(footer);
  return text;
}

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
  logger->set_level(quiet     ? spdlog::level::warn
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

/// CLI11's messages may have several lines; a tool says one.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at))
    text.replace(at, 1, "; ");
  return text;
}

/// Without the line feeds at its end, of which there are none or some.
std::string help_text(const CLI::App& app) {
  std::string text = app.help();
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

int run_tool(CLI::App& app, int argc, char** argv, const std::function<void()>& work) {
  bool quiet = false;
  bool verbose = false;
  app.add_flag("-q,--quiet", quiet, "Say nothing but warnings and errors");
  app.add_flag("-v,--verbose", verbose, "Say more");
  app.set_version_flag("--version", app.get_name() + " " OBKIT_VERSION);
  app.formatter(std::make_shared<HelpFormatter>());
  try {
    app.parse(argc, argv);
    if (quiet && verbose) throw CLI::ParseError{"-q and -v exclude each other", bad_command_line};
  } catch (const CLI::CallForVersion&) {
    return run_guarded(app.get_name(), [&] { std::printf("%s\n", app.version().c_str()); });
  } catch (const CLI::CallForHelp&) {
    return run_guarded(app.get_name(), [&] { std::printf("%s\n", help_text(app).c_str()); });
  } catch (const CLI::ParseError& error) {
    return complain(app.get_name(), one_line(error.what()) + " (--help shows the options)",
                    bad_command_line);
  }
  start_logging(app.get_name(), quiet, verbose);
  install_signal_handlers();
  return run_guarded(app.get_name(), work);
}

CLI::Option* add_output_options(CLI::App& app, OutputOptions& options, const std::string& what) {
  auto* out = app.add_option("-o,--out", options.path, what)->capture_default_str();
  app.add_flag("--overwrite", options.overwrite, "Replace a file that exists already");
  return out;
}

std::string scratch_folder() {
  const char* const named = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): no thread yet
  return named != nullptr && *named != '\0' ? named : "/var/tmp";
}

}  // namespace obkit::cli
