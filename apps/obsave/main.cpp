#include <atomic>
#include <cmath>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "obkit/cli/termination.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/number.hpp"
#include "obkit/feed/session.hpp"
#include "obkit/obsave/live.hpp"
#include "obkit/obsave/output.hpp"
#include "obkit/obsave/recorder.hpp"
#include "obkit/obsave/replay.hpp"
#include "obkit/obsave/settings.hpp"

namespace {

using namespace obkit;
using namespace obkit::obsave;

std::unique_ptr<Output> open_output(const Settings& settings) {
  // A capture may be read again; a live line is there once.
  const auto flush = settings.is_live() ? store::Flush::each_line : store::Flush::blocks;
  const auto overlap = settings.is_live() ? store::Overlap::clamp : store::Overlap::refuse;
  if (settings.out != "-") return std::make_unique<FolderOutput>(settings.out, flush, overlap);
  const auto name_symbol = settings.symbols.empty()       ? NameSymbol::with_second
                           : settings.symbols.size() == 1 ? NameSymbol::never
                                                          : NameSymbol::always;
  return std::make_unique<StreamOutput>(open_sink("-", Existing::refuse), flush, name_symbol);
}

void summarize(const Tally& tally, const OutputReport& report,
               std::optional<std::uint64_t> reconnects) {
  std::string text = counted(tally.frames, "frame") + ", " + counted(tally.books, "book") + ", " +
                     counted(report.gaps, "gap");
  if (report.files > 0) text += ", " + counted(report.files, "file");
  if (reconnects) text += ", " + counted(*reconnects, "reconnect");
  if (tally.dropped > 0) text += ", " + counted(tally.dropped, "change") + " without an image";
  if (tally.thin > 0) text += ", " + counted(tally.thin, "book") + " too thin to write";
  if (report.clamped > 0) text += ", " + counted(report.clamped, "time") + " kept from going back";
  spdlog::info("{}", text);
}

/// Returns the number of reconnects.
std::uint64_t record_live(const Settings& settings, Recorder& recorder) {
  Live live{settings, recorder};
  feed::Session session{session_options(settings), std::mt19937{std::random_device{}()}};
  bool interrupted = false;
  {
    const cli::TerminationWatch watch{[&] {
      interrupted = true;
      session.stop();
    }};
    std::optional<std::chrono::milliseconds> at_most;
    if (settings.duration_seconds)
      at_most = std::chrono::milliseconds{std::llround(*settings.duration_seconds * 1000)};
    session.run(live, at_most);
  }
  if (!interrupted) live.check_reached();
  return live.reconnects();
}

void record_replay(const Settings& settings, Recorder& recorder) {
  std::atomic<bool> stop = false;
  const cli::TerminationWatch watch{[&] { stop = true; }};
  replay(settings, recorder, stop);
}

void run(Settings& settings) {
  complete(settings);
  const auto output = open_output(settings);
  Recorder recorder{settings.recorder(), [&](const std::string& symbol, const OrderBook& book) {
                      output->write(symbol, book);
                    }};
  std::optional<std::uint64_t> reconnects;
  if (settings.is_live())
    reconnects = record_live(settings, recorder);
  else
    record_replay(settings, recorder);
  output->close();
  summarize(recorder.tally(), output->report(), reconnects);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Records an exchange's order book as day-files", "obsave"};
  Settings settings;
  add_options(app, settings);
  return cli::run_tool(app, argc, argv, [&] { run(settings); });
}
