#include "obsave/run.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/cli/termination.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/feed/venue.hpp"
#include "obkit/net/endpoint.hpp"
#include "obkit/net/session.hpp"
#include "obkit/store/archive_reader.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/verify.hpp"

#include "obsave/captures.hpp"
#include "obsave/live.hpp"
#include "obsave/output.hpp"
#include "obsave/status.hpp"

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

store::DayFileOptions day_file_options(const Options& options) {
  const bool live = options.is_live();
  const std::string_view venue = live || options.venue_was_given ? options.venue->name : "";
  return {.folder = options.out,
          .symbol = {},
          // A capture may be read again; a live line is there once.
          .flush = live ? store::Flush::each_line : store::Flush::blocks,
          .overlap = live ? store::Overlap::clamp : store::Overlap::refuse,
          .compress = options.compress ? store::Compress::yes : store::Compress::no,
          .lock_holder = lock_holder(),
          .manifest = store::RecordingOrigin{
              .venue = std::string{venue},
              .pool = options.pool,
              .endpoint_host = live ? net::parse_endpoint(options.url).host : "",
              .tool = "obsave " OBKIT_VERSION}};
}

std::unique_ptr<Output> open_output(const Options& options) {
  if (options.out != "-") {
    auto output = std::make_unique<FolderOutput>(day_file_options(options));
    for (const std::string& symbol : options.symbols) output->prepare(symbol);
    return output;
  }
  const auto flush = options.is_live() ? store::Flush::each_line : store::Flush::blocks;
  const auto name_symbol = options.symbols.empty()       ? NameSymbol::with_second
                           : options.symbols.size() == 1 ? NameSymbol::never
                                                         : NameSymbol::always;
  return std::make_unique<StreamOutput>(open_sink("-", Existing::refuse), flush, name_symbol);
}

std::unique_ptr<Captures> open_captures(const Options& options) {
  if (options.capture.empty()) return nullptr;
  return std::make_unique<Captures>(
      store::CaptureOptions{.folder = options.capture, .symbol = {}, .lock_holder = lock_holder()},
      options.symbols);
}

void summarize(const Tally& tally, const OutputCounts& output,
               std::optional<std::uint64_t> reconnects) {
  std::string text = counted(tally.frames, "frame") + ", " + counted(output.books, "book") + ", " +
                     counted(output.gaps, "gap");
  if (output.files > 0) text += ", " + counted(output.files, "file");
  if (reconnects) text += ", " + counted(*reconnects, "reconnect");
  if (tally.malformed > 0) text += ", " + counted(tally.malformed, "malformed frame");
  if (tally.losses > 0) text += ", " + counted(tally.losses, "lost book");
  if (tally.dropped > 0) text += ", " + counted(tally.dropped, "change") + " without an image";
  if (tally.thin > 0) text += ", " + counted(tally.thin, "book") + " too thin to write";
  if (tally.crossed > 0) text += ", " + counted(tally.crossed, "crossed book") + " left out";
  if (tally.old > 0) text += ", " + counted(tally.old, "book") + " older than what is written";
  if (output.lost > 0) text += ", " + counted(output.lost, "book") + " could not be written";
  if (output.clamped > 0) text += ", " + counted(output.clamped, "time") + " kept from going back";
  spdlog::info("{}", text);
}

/// Returns the number of reconnects.
std::uint64_t record_live(const Options& options, Recorder& recorder, Output& output) {
  const auto protocol =
      options.venue->make_protocol({.symbols = options.symbols, .pool = options.pool});
  const auto captures = open_captures(options);
  StatusMonitor monitor{options};
  Live live{options,
            {.protocol = *protocol,
             .recorder = recorder,
             .output = output,
             .captures = captures.get(),
             .on_book = [&](std::chrono::nanoseconds delay) { monitor.on_book(delay); },
             .on_status = [&](const Status& status) { monitor.on_status(status); }}};
  auto session_settings = session_options(options, [&](const std::vector<std::string>& secrets) {
    if (captures) captures->hide(secrets);
  });
  net::Session session{std::move(session_settings), std::mt19937{std::random_device{}()}};
  bool interrupted = false;
  {
    const cli::TerminationWatch watch{[&] {
      interrupted = true;
      session.stop();
    }};
    monitor.begin();
    std::optional<std::chrono::milliseconds> at_most;
    if (options.duration_seconds)
      at_most = std::chrono::milliseconds{std::llround(*options.duration_seconds * 1000)};
    session.run(live, at_most);
  }
  service::tell_stopping();
  recorder.finish();
  output.close();
  if (captures) captures->close();
  if (!interrupted) live.check_reached();
  return live.reconnects();
}

void record_replay(const Options& options, Recorder& recorder, Output& output) {
  std::atomic<bool> stop = false;
  const cli::TerminationWatch watch{[&] { stop = true; }};
  try {
    replay(options, recorder, stop);
  } catch (const obkit::DataError&) {
    output.sync();  // the books before a bad line were good
    throw;
  }
  output.close();
}

void record(const Options& options) {
  const auto output = open_output(options);
  std::optional<PatientOutput> patient;
  // A pipe that is closed stays so; a disk gets room again.
  const bool may_recover = options.is_live() && options.out != "-";
  if (may_recover) patient.emplace(*output);
  Output& target = may_recover ? *patient : *output;
  Recorder recorder{options.recorder(), target};
  std::optional<std::uint64_t> reconnects;
  if (options.is_live()) {
    reconnects = record_live(options, recorder, target);
  } else {
    record_replay(options, recorder, target);
  }
  summarize(recorder.tally(), target.counts(), reconnects);
}

using store::ArchiveEvent;

/// When a replay ends by its own clock.
class Deadline {
 public:
  explicit Deadline(std::optional<double> seconds) : seconds_{seconds} {}

  bool is_over(Timestamp now) {
    if (!seconds_) return false;
    if (!started_) {
      started_ = true;
      end_ = now +
             std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>{*seconds_});
    }
    return now >= end_;
  }

 private:
  std::optional<double> seconds_;
  bool started_ = false;
  Timestamp end_;
};

/// Takes events to a recorder; frames by the protocol of their venue, which the first frame that
/// looks like one's tells.
class Replay {
 public:
  Replay(const Options& options, Recorder& recorder) : options_{options}, recorder_{recorder} {}

  /// Returns what books it cost.
  const std::vector<Recorder::Loss>& take(const ArchiveEvent& event) {
    lost_.clear();
    if (event.kind == ArchiveEvent::Kind::frame) {
      const feed::Frame& frame = protocol_for(event.text).decode(event.text);
      return recorder_.on_frame(frame, event.text.size(), event.received);
    }
    if (event.kind == ArchiveEvent::Kind::disconnect)
      recorder_.on_disconnect(event.text.empty() ? "disconnect" : event.text);
    for (const BookUpdate& update : event.updates)
      for (const auto& loss : recorder_.on_update(update, event.received)) lost_.push_back(loss);
    return lost_;
  }

 private:
  feed::Protocol& protocol_for(std::string_view frame) {
    if (protocol_) return *protocol_;
    const feed::Venue* venue =
        options_.venue_was_given ? options_.venue : feed::venue_of_frame(frame);
    if (venue != nullptr) return *(protocol_ = venue->make_protocol({}));
    if (!undecided_) undecided_ = options_.venue->make_protocol({});
    return *undecided_;
  }

  const Options& options_;
  Recorder& recorder_;
  std::unique_ptr<feed::Protocol> protocol_, undecided_;
  std::vector<Recorder::Loss> lost_;
};

std::string lines_of(const store::DayReport& day) {
  constexpr double percent = 100;
  std::string text = fmt::format("{:8}  {:20} {:>10} {:>6} {:>9.3f} {:>8}  {}\n", day.date,
                                 day.symbol, day.books, day.gaps, day.covered * percent,
                                 day.crossed, day.problems.empty() ? "ok" : "WRONG");
  for (const std::string& problem : day.problems) text += "    wrong: " + problem + "\n";
  for (const std::string& note : day.notes) text += "    note: " + note + "\n";
  return text;
}

}  // namespace

void replay(const Options& options, Recorder& recorder, const std::atomic<bool>& stop) {
  Deadline deadline{options.duration_seconds};
  Replay replay{options, recorder};
  store::ArchiveReader reader{store::expand_inputs(options.replay, store::FileKind::archive)};
  while (const auto event = reader.next()) {
    if (stop || recorder.is_done()) break;
    if (event->kind != ArchiveEvent::Kind::disconnect && deadline.is_over(event->received)) break;
    for (const Recorder::Loss& loss : replay.take(*event))
      spdlog::warn("{}: the book of {} is lost: {}; waiting for the next image",
                   to_string(reader.place()), loss.symbol, loss.reason);
  }
  recorder.finish();
  for (const std::string& torn : reader.torn()) spdlog::warn("{}", torn);
}

void verify(const std::vector<std::string>& paths, ByteSink& out) {
  // BitMEX's union of its pools.
  constexpr std::array<std::string_view, 1> crossing_pools{"Aggregated"};
  const auto days = store::days_of(paths);
  if (days.empty())
    throw IoError{IoError::During::open, paths.front(), "no day-file and no manifest there"};
  out.write(fmt::format("{:8}  {:20} {:>10} {:>6} {:>9} {:>8}  {}\n", "date", "symbol", "books",
                        "gaps", "covered %", "crossed", "state"));
  std::uint64_t wrong = 0;
  std::string first;
  for (const std::string& path : days) {
    const store::DayReport day = store::verify_day(path, crossing_pools);
    if (!day.problems.empty() && wrong++ == 0) first = path;
    out.write(lines_of(day));
    out.flush();
  }
  out.write(fmt::format("{}, {} wrong\n", counted(days.size(), "day-file"), wrong));
  out.close();
  if (wrong > 0) {
    throw DataError{
        {.name = first},
        counted(wrong, "day-file") + " of " + std::to_string(days.size()) + " wrong, see above"};
  }
}

void run(Options& options) {
  complete(options);
  if (options.verify.empty()) return record(options);
  const auto out = open_sink("-", Existing::refuse);
  verify(options.verify, *out);
}

}  // namespace obkit::obsave
