#include <atomic>
#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/cli/termination.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/net/endpoint.hpp"
#include "obkit/net/session.hpp"
#include "obkit/obsave/capture.hpp"
#include "obkit/obsave/live.hpp"
#include "obkit/obsave/output.hpp"
#include "obkit/obsave/recorder.hpp"
#include "obkit/obsave/replay.hpp"
#include "obkit/obsave/reporter.hpp"
#include "obkit/obsave/service.hpp"
#include "obkit/obsave/settings.hpp"
#include "obkit/obsave/verify.hpp"

namespace {

using namespace obkit;
using namespace obkit::obsave;

std::string host_name() {
  std::string name(256, '\0');
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  name.resize(name.find('\0'));
  return name;
}

/// What another recorder that wants the same files is told.
std::string lock_holder() {
  const auto now = std::chrono::system_clock::now();
  return fmt::format("process {} on host {} since {}", ::getpid(), host_name(), format_iso(now, 0));
}

store::DayFileOptions day_file_options(const Settings& settings) {
  const bool live = settings.is_live();
  const std::string_view venue = live || settings.venue_was_given ? settings.venue->name : "";
  return {.folder = settings.out,
          .symbol = {},
          // A capture may be read again; a live line is there once.
          .flush = live ? store::Flush::each_line : store::Flush::blocks,
          .overlap = live ? store::Overlap::clamp : store::Overlap::refuse,
          .compress = settings.compress ? store::Compress::yes : store::Compress::no,
          .lock_holder = lock_holder(),
          .manifest = store::RecordingOrigin{
              .venue = std::string{venue},
              .pool = settings.pool,
              .endpoint_host = live ? net::parse_endpoint(settings.url).host : "",
              .tool = "obsave " OBKIT_VERSION}};
}

std::unique_ptr<Output> open_output(const Settings& settings) {
  if (settings.out != "-") {
    auto output = std::make_unique<FolderOutput>(day_file_options(settings));
    for (const std::string& symbol : settings.symbols) output->prepare(symbol);
    return output;
  }
  const auto flush = settings.is_live() ? store::Flush::each_line : store::Flush::blocks;
  const auto name_symbol = settings.symbols.empty()       ? NameSymbol::with_second
                           : settings.symbols.size() == 1 ? NameSymbol::never
                                                          : NameSymbol::always;
  return std::make_unique<StreamOutput>(open_sink("-", Existing::refuse), flush, name_symbol);
}

std::unique_ptr<Captures> open_captures(const Settings& settings) {
  if (settings.capture.empty()) return nullptr;
  return std::make_unique<Captures>(
      store::CaptureOptions{.folder = settings.capture, .symbol = {}, .lock_holder = lock_holder()},
      settings.symbols);
}

void summarize(const Tally& tally, const OutputReport& report,
               std::optional<std::uint64_t> reconnects) {
  std::string text = counted(tally.frames, "frame") + ", " + counted(report.books, "book") + ", " +
                     counted(report.gaps, "gap");
  if (report.files > 0) text += ", " + counted(report.files, "file");
  if (reconnects) text += ", " + counted(*reconnects, "reconnect");
  if (tally.malformed > 0) text += ", " + counted(tally.malformed, "malformed frame");
  if (tally.losses > 0) text += ", " + counted(tally.losses, "lost book");
  if (tally.dropped > 0) text += ", " + counted(tally.dropped, "change") + " without an image";
  if (tally.thin > 0) text += ", " + counted(tally.thin, "book") + " too thin to write";
  if (tally.crossed > 0) text += ", " + counted(tally.crossed, "crossed book") + " left out";
  if (tally.old > 0) text += ", " + counted(tally.old, "book") + " older than what is written";
  if (report.lost > 0) text += ", " + counted(report.lost, "book") + " could not be written";
  if (report.clamped > 0) text += ", " + counted(report.clamped, "time") + " kept from going back";
  spdlog::info("{}", text);
}

/// Returns the number of reconnects.
std::uint64_t record_live(const Settings& settings, Recorder& recorder, Output& output) {
  const auto protocol =
      settings.venue->make_protocol({.symbols = settings.symbols, .pool = settings.pool});
  const auto captures = open_captures(settings);
  Reporter reporter{settings};
  Live live{settings,
            {.protocol = *protocol,
             .recorder = recorder,
             .output = output,
             .captures = captures.get(),
             .on_book = [&](std::chrono::nanoseconds delay) { reporter.on_book(delay); },
             .on_status = [&](const Status& status) { reporter.on_status(status); }}};
  auto options = session_options(settings, [&](const std::vector<std::string>& secrets) {
    if (captures) captures->hide(secrets);
  });
  net::Session session{std::move(options), std::mt19937{std::random_device{}()}};
  bool interrupted = false;
  {
    const cli::TerminationWatch watch{[&] {
      interrupted = true;
      session.stop();
    }};
    reporter.begin();
    std::optional<std::chrono::milliseconds> at_most;
    if (settings.duration_seconds)
      at_most = std::chrono::milliseconds{std::llround(*settings.duration_seconds * 1000)};
    session.run(live, at_most);
  }
  service::tell_stopping();
  recorder.finish();
  output.close();
  if (captures) captures->close();
  if (!interrupted) live.check_reached();
  return live.reconnects();
}

void record_replay(const Settings& settings, Recorder& recorder, Output& output) {
  std::atomic<bool> stop = false;
  const cli::TerminationWatch watch{[&] { stop = true; }};
  try {
    replay(settings, recorder, stop);
  } catch (const obkit::DataError&) {
    output.sync();  // the books before a bad line were good
    throw;
  }
  output.close();
}

void record(const Settings& settings) {
  const auto output = open_output(settings);
  std::optional<PatientOutput> patient;
  // A pipe that is closed stays so; a disk gets room again.
  const bool may_recover = settings.is_live() && settings.out != "-";
  if (may_recover) patient.emplace(*output);
  Output& target = may_recover ? *patient : *output;
  Recorder recorder{settings.recorder(), target};
  std::optional<std::uint64_t> reconnects;
  if (settings.is_live()) {
    reconnects = record_live(settings, recorder, target);
  } else {
    record_replay(settings, recorder, target);
  }
  summarize(recorder.tally(), target.report(), reconnects);
}

void run(Settings& settings) {
  complete(settings);
  if (settings.verify.empty()) return record(settings);
  const auto out = open_sink("-", Existing::refuse);
  verify(settings.verify, *out);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Records an exchange's order book as day-files", "obsave"};
  Settings settings;
  add_options(app, settings);
  return cli::run_tool(app, argc, argv, [&] { run(settings); });
}
