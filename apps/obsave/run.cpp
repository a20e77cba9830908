#include "obsave/run.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/cli/jobs.hpp"
#include "obkit/cli/termination.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/encoding.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/version.hpp"
#include "obkit/feed/venue.hpp"
#include "obkit/net/endpoint.hpp"
#include "obkit/net/session.hpp"
#include "obkit/store/json_line.hpp"
#include "obkit/store/verify.hpp"

#include "obsave/captures.hpp"
#include "obsave/coverage/coverage.hpp"
#include "obsave/instruments.hpp"
#include "obsave/live/fleet.hpp"
#include "obsave/live/memory.hpp"
#include "obsave/output.hpp"
#include "obsave/replay.hpp"
#include "obsave/trade_output.hpp"
#include "obsave/trade_recorder.hpp"
#include "obsave/watch/status.hpp"

namespace obkit::obsave {
namespace {

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

/// Raises the limit of open files to what the system allows at most, and returns how many of them
/// can be day-files and captures: these share them, whatever their number. Throws IoError.
std::size_t descriptors_for_files(std::size_t connections) {
  constexpr rlim_t most_of_one = 4;  // it and its successor, and the GETs of both
  // Metrics, manifests, archives, certificates.
  const rlim_t others = 64 + (connections - 1) * most_of_one;
  constexpr rlim_t fewest = 8;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < others + fewest)
    throw IoError{
        IoError::During::create, "open files",
        fmt::format("{} are allowed (ulimit -n), {} are needed", limit.rlim_cur, others + fewest)};
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur - others, 1U << 20U));
}

store::DayFileOptions day_file_options(const Options& options,
                                       std::shared_ptr<store::WriterPool> pool) {
  const bool live = options.is_live();
  const std::string_view venue = live || options.venue_was_given ? options.venue->name : "";
  return {.folder = options.out,
          .symbol = {},
          // A capture may be read again; a live line is there once.
          .flush = live ? store::Flush::each_line : store::Flush::blocks,
          .overlap = live ? store::Overlap::clamp : store::Overlap::refuse,
          .compress = options.compress ? store::Compress::yes : store::Compress::no,
          .lock_holder = lock_holder(),
          .manifest = store::RecordingOrigin{.venue = std::string{venue},
                                             .pool = options.pool,
                                             .endpoint_host =
                                                 live ? net::parse_endpoint(options.url).host : "",
                                             .tool = "obsave " + std::string{version()}},
          .pool = std::move(pool)};
}

store::InstrumentTerms terms_of(const feed::Instrument& one) {
  return {.tick = one.tick, .unit = one.unit, .contract_size = one.contract_size};
}

std::unique_ptr<FolderOutput> open_folder(const Options& options,
                                          std::shared_ptr<store::WriterPool> pool) {
  auto output = std::make_unique<FolderOutput>(day_file_options(options, std::move(pool)));
  for (const feed::Instrument& one : options.instruments)
    output->describe(one.symbol, terms_of(one));
  for (const std::string& symbol : options.symbols)
    if (options.is_live() || !is_pattern(symbol)) output->prepare(symbol);
  return output;
}

std::unique_ptr<TradeOutput> open_trades(const Options& options,
                                         std::shared_ptr<store::WriterPool> pool) {
  if (!options.trades) return nullptr;
  using OnTrouble = TradeOutput::OnTrouble;
  auto output =
      std::make_unique<TradeOutput>(day_file_options(options, std::move(pool)),
                                    options.is_live() ? OnTrouble::go_on : OnTrouble::pass_on);
  for (const feed::Instrument& one : options.instruments)
    output->describe(one.symbol, terms_of(one));
  for (const std::string& symbol : options.symbols)
    if (options.is_live() || !is_pattern(symbol)) output->prepare(symbol);
  return output;
}

std::unique_ptr<StreamOutput> open_stream(const Options& options, const std::atomic<bool>& stop) {
  // Live, the first of the lines that wait for each other must not wait for long.
  const std::size_t most_waiting = (options.is_live() ? 16 : 256) * std::size_t{1024};
  const auto& symbols = options.symbols;
  const bool is_one = symbols.size() == 1 && !is_pattern(symbols.front());
  const auto name_symbol = symbols.empty() ? NameSymbol::with_second
                           : is_one        ? NameSymbol::never
                                           : NameSymbol::always;
  return std::make_unique<StreamOutput>(open_standard_output(stop), most_waiting, name_symbol);
}

std::unique_ptr<Captures> open_captures(const Options& options,
                                        std::shared_ptr<store::WriterPool> pool) {
  if (options.capture.empty()) return nullptr;
  return std::make_unique<Captures>(store::CaptureOptions{.folder = options.capture,
                                                          .symbol = {},
                                                          .lock_holder = lock_holder(),
                                                          .pool = std::move(pool)},
                                    options.symbols);
}

/// How a live recording was connected.
struct Connections {
  std::uint64_t reconnects = 0;
  std::uint64_t successions = 0;
};

/// ", 1200 trades, 1 gap of trades"; empty where none are recorded.
std::string text_of(const TradeRecorder* recorder, const TradeOutput* output) {
  if (recorder == nullptr || output == nullptr) return {};
  const TradeCounts counts = output->counts();
  const TradeTally& tally = recorder->tally();
  std::string text = ", " + counted(counts.trades, "trade");
  if (counts.gaps > 0) text += ", " + counted(counts.gaps, "gap") + " of trades";
  if (tally.doubles > 0) text += ", " + counted(tally.doubles, "trade") + " that had come already";
  if (counts.late > 0) text += ", " + counted(counts.late, "trade") + " too late for their place";
  if (tally.unbelieved > 0)
    text += ", " + counted(tally.unbelieved, "time") + " of trades far from the clock";
  if (counts.lost > 0) text += ", " + counted(counts.lost, "trade") + " could not be written";
  return text;
}

void summarize(const Tally& tally, const OutputCounts& output,
               std::optional<Connections> connections, const std::string& of_trades) {
  std::string text = counted(tally.frames, "frame") + ", " + counted(output.books, "book") + ", " +
                     counted(output.gaps, "gap");
  if (output.files > 0) text += ", " + counted(output.files, "file");
  if (connections) text += ", " + counted(connections->reconnects, "reconnect");
  if (connections && connections->successions > 0)
    text += ", " + counted(connections->successions, "succession");
  if (tally.malformed > 0) text += ", " + counted(tally.malformed, "malformed frame");
  if (tally.losses > 0) text += ", " + counted(tally.losses, "lost book");
  if (tally.dropped > 0) text += ", " + counted(tally.dropped, "change") + " without an image";
  if (tally.thin > 0) text += ", " + counted(tally.thin, "book") + " too thin to write";
  if (tally.crossed > 0) text += ", " + counted(tally.crossed, "crossed book") + " left out";
  if (tally.old > 0) text += ", " + counted(tally.old, "book") + " older than what is written";
  if (output.lost > 0) text += ", " + counted(output.lost, "book") + " could not be written";
  if (tally.unbelieved > 0)
    text += ", " + counted(tally.unbelieved, "time") + " far from the clock";
  if (output.clamped > 0) text += ", " + counted(output.clamped, "time") + " kept from going back";
  spdlog::info("{}", text + of_trades);
}

/// Closes all, also where one of them fails; then throws the first IoError.
void close_all(Output& output, TradeOutput* trades, Captures* captures) {
  std::exception_ptr first;
  const auto attempt = [&](auto* one) {
    try {
      if (one != nullptr) one->close();
    } catch (const IoError&) {
      if (!first) first = std::current_exception();
    }
  };
  attempt(&output);
  attempt(trades);
  attempt(captures);
  if (first) std::rethrow_exception(first);
}

/// Whether a living recording may be called one: it has a book, or was asked to end before any book
/// came.
bool has_recorded(const Tally& tally, bool was_stopped) {
  const bool has_failed = tally.losses > 0 || tally.thin > 0 || tally.malformed > 0;
  return tally.books > 0 || (was_stopped && !has_failed);
}

/// Throws DataError where nothing was recorded.
void check_recorded(const Options& options, const Recorder& recorder, bool was_stopped) {
  if (!has_recorded(recorder.tally(), was_stopped))
    throw DataError{{.name = options.url.substr(0, options.url.find('?'))},
                    text_of(recorder.bookless())};
  if (recorder.tally().frames > 0) tell_bookless(recorder.bookless());
}

/// Sets `stop` when it is asked to end.
Connections record_live(const Options& options, Upkeep::Parts parts, std::atomic<bool>& stop) {
  const auto make_protocol = [&](const std::vector<std::string>& symbols) {
    return options.venue->make_protocol({.symbols = symbols,
                                         .pool = options.pool,
                                         .levels = options.depth / 2,
                                         .with_trades = options.trades});
  };
  free_giants_at_once();
  constexpr std::chrono::seconds patience{5};  // with credentials that a pipe does not give
  std::optional<cli::TerminationWatch> beginning{std::in_place, [&] { stop = true; }, patience};
  StatusMonitor monitor{options};
  parts.on_book = [&](std::chrono::nanoseconds delay) { monitor.on_book(delay); };
  parts.on_status = [&](const Status& status) { monitor.on_status(status); };
  parts.wants_levels = [&] { return monitor.wants_levels(); };
  Fleet fleet{options,
              make_protocol,
              parts,
              {.quiet = options.venue->silence.symbol, .check_pace = options.venue->check_pace}};
  Upkeep& upkeep = fleet.upkeep();
  auto how = session_options(options);
  how.on_pause = [&] { upkeep.hand_over(); };
  net::Session session{std::move(how), std::mt19937{std::random_device{}()}};
  beginning.reset();
  {
    const cli::TerminationWatch watch{[&] {
      stop = true;
      session.stop();
    }};
    if (stop) session.stop();
    monitor.begin();
    std::optional<std::chrono::milliseconds> at_most;
    if (options.duration_seconds)
      at_most = std::chrono::milliseconds{std::llround(*options.duration_seconds * 1000)};
    session.run(fleet.observers(), at_most);
    service::tell_stopping();
    fleet.end();
    parts.recorder.finish(
        std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()));
    close_all(parts.output, parts.trades, parts.captures);
  }
  if (!stop) upkeep.check_reached();
  return {.reconnects = upkeep.reconnects(), .successions = upkeep.successions()};
}

void read_archives(const Options& options, Recorder& recorder, const OnVenue& on_venue,
                   std::atomic<bool>& stop) {
  constexpr std::chrono::seconds patience{5};  // with an input that cannot even be opened
  const cli::TerminationWatch watch{[&] { stop = true; }, patience};
  replay(options, recorder, stop, on_venue);
}

void record_replay(const Options& options, Recorder& recorder, Output& output, TradeOutput* trades,
                   const OnVenue& on_venue, std::atomic<bool>& stop) {
  try {
    read_archives(options, recorder, on_venue, stop);
  } catch (const obkit::DataError&) {
    output.sync();  // the books before a bad line were good
    if (trades != nullptr) trades->sync();
    throw;
  }
  // Many files take the disk longer than a reader is waited for.
  const cli::TerminationWatch watch{[&] { stop = true; }};
  close_all(output, trades, nullptr);
}

RecorderOptions recorder_options(const Options& options) {
  RecorderOptions recorder = options.recorder();
  const auto steady = [] { return std::chrono::steady_clock::now().time_since_epoch(); };
  if (options.is_live()) recorder.believes = TimeBelief{steady, !options.is_default_url()};
  return recorder;
}

TradeRecorderOptions trade_options(const Options& options) {
  return {.symbols = options.symbols, .believes = recorder_options(options).believes};
}

void record(const Options& options) {
  std::atomic<bool> stop = false;
  const auto pool =
      std::make_shared<store::WriterPool>(descriptors_for_files(options.connections()));
  const bool in_folder = options.out != "-";
  const auto folder = in_folder ? open_folder(options, pool) : nullptr;
  const auto stream = in_folder ? nullptr : open_stream(options, stop);
  Output& output = in_folder ? static_cast<Output&>(*folder) : *stream;
  const auto trade_output = open_trades(options, pool);
  std::optional<TradeRecorder> trades;
  if (trade_output) trades.emplace(trade_options(options), *trade_output);
  TradeRecorder* const taker = trades ? &*trades : nullptr;
  if (!options.is_live()) {
    Recorder recorder{recorder_options(options), output, taker};
    const auto on_venue = [&](const std::string& symbol, std::string_view venue) {
      if (folder) folder->set_venue(symbol, venue);
      if (trade_output) trade_output->set_venue(symbol, venue);
    };
    record_replay(options, recorder, output, trade_output.get(), on_venue, stop);
    return summarize(recorder.tally(), output.counts(), {}, text_of(taker, trade_output.get()));
  }
  // A pipe that is closed stays so; a disk gets room again.
  std::optional<PatientOutput> patient;
  if (in_folder) patient.emplace(*folder);
  Output& target = in_folder ? *patient : output;
  const auto captures = open_captures(options, pool);
  Recorder recorder{recorder_options(options), target, taker};
  std::optional<Connections> connections;
  const auto tell = [&] {
    summarize(recorder.tally(), target.counts(), connections, text_of(taker, trade_output.get()));
  };
  Upkeep::Parts parts{.recorder = recorder,
                      .output = target,
                      .captures = captures.get(),
                      .trades = trade_output.get()};
  if (folder && options.instruments.empty())
    parts.on_terms = [&](const feed::Instrument& one) {
      folder->describe(one.symbol, terms_of(one));
      if (trade_output) trade_output->describe(one.symbol, terms_of(one));
    };
  try {
    connections = record_live(options, std::move(parts), stop);
  } catch (const IoError&) {
    if (recorder.tally().frames > 0) tell();
    throw;
  }
  tell();
  check_recorded(options, recorder, stop);
}

std::string lines_of(const store::DayReport& day) {
  const auto texts = day_texts(day);
  std::string text =
      fmt::format("{:>8}  {:20} {:>10} {:>6} {:>9} {:>10} {:>8}  {}\n", texts[0], texts[1],
                  texts[2], texts[3], texts[4], texts[5], texts[6], texts[7]);
  for (const std::string& problem : day.problems) text += "    wrong: " + printable(problem) + "\n";
  for (const std::string& note : day.notes) text += "    note: " + printable(note) + "\n";
  return text;
}

/// What came of a file.
struct VerifiedDay {
  store::DayReport day;
  DayProfile books;               ///< empty where no page is wanted
  std::optional<IoError> unread;  ///< why it could not be read
};

/// One file that cannot be read does not keep the others from being looked at.
VerifiedDay verify_what_can_be_read(store::Verifier& verifier, const std::string& path,
                                    bool wants_books) {
  VerifiedDay result;
  store::BookObserver observer;
  if (wants_books) observer = [&](const OrderBook& book) { result.books.add(book); };
  try {
    result.day = verifier.verify(path, observer);
  } catch (const IoError& error) {
    result.unread = error;
    result.day = {.path = path, .symbol = std::filesystem::path{path}.filename()};
    result.day.problems.emplace_back(error.what());
  }
  return result;
}

/// "books", "books and 2 more".
std::string name_of(const std::vector<std::string>& paths) {
  const std::size_t more = paths.size() - 1;
  return printable(paths.front()) + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

/// Until the symbols are known, which may take long, nothing is recorded that a signal could lose.
void resolve(Options& options) {
  if (std::none_of(options.symbols.begin(), options.symbols.end(), is_pattern)) return;
  cli::let_termination_signals_through();
  resolve_patterns(options);
  cli::hold_termination_signals();
}

}  // namespace

void verify(const std::vector<std::string>& paths, std::size_t jobs, ByteSink& out,
            ByteSink* page) {
  // BitMEX's union of its pools.
  constexpr std::array<std::string_view, 1> crossing_pools{"Aggregated"};
  const auto days = store::days_of(paths);
  if (days.empty())
    throw IoError{IoError::During::open, paths.front(), "no day-file and no manifest there"};
  out.write(fmt::format("{:8}  {:20} {:>10} {:>6} {:>9} {:>10} {:>8}  {}\n", "date", "symbol",
                        "books", "gaps", "covered %", "verified %", "crossed", "state"));
  std::uint64_t wrong = 0, of_trades = 0;
  std::optional<IoError> unread;
  std::string first;
  Coverage coverage;
  store::Verifier verifier{crossing_pools};
  std::vector<std::unique_ptr<VerifiedDay>> verified(days.size());  // of those under way
  const auto verify_one = [&](std::size_t i) {
    verified[i] =
        std::make_unique<VerifiedDay>(verify_what_can_be_read(verifier, days[i], page != nullptr));
  };
  cli::run_in_order(days.size(), jobs, verify_one, [&](std::size_t i) {
    const auto one = std::move(verified[i]);
    const store::DayReport& day = one->day;
    if (!unread) unread = one->unread;
    if (day.of_trades) ++of_trades;
    if (page != nullptr && !day.of_trades) coverage.add(day, one->books);
    if (!day.problems.empty() && wrong++ == 0) first = days[i];
    out.write(lines_of(day));
    out.flush();
  });
  out.write(fmt::format("{}{}, {} wrong\n", counted(days.size() - of_trades, "day-file"),
                        of_trades > 0 ? " and " + std::to_string(of_trades) + " of trades" : "",
                        wrong));
  out.close();
  if (page != nullptr) {
    page->write(coverage_page(coverage, name_of(paths)));
    page->close();
  }
  if (unread && days.size() == 1) throw IoError{*unread};
  if (wrong > 0) {
    throw DataError{
        {.name = first},
        counted(wrong, "file") + " of " + std::to_string(days.size()) + " wrong, see above"};
  }
}

void run(Options& options) {
  complete(options);
  if (options.verify.empty() && !options.list) {
    if (options.is_live()) resolve(options);
    return record(options);
  }
  if (options.report == "-")
    throw UsageError{"--report: standard output has the days: name a file"};
  cli::let_termination_signals_through();
  const auto out = open_sink("-", Existing::refuse);
  if (options.list) return list_instruments(options, *out);
  const auto page =
      options.report.empty() ? nullptr : open_sink(options.report, options.existing_report);
  verify(options.verify, options.jobs.jobs, *out, page.get());
}

}  // namespace obkit::obsave
