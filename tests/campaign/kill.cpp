// Kills a recorder again and again, at random moments, and judges what it leaves behind.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"
#include "obkit/exchange/server.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"
#include "obkit/store/verify.hpp"

#include "truth_log.hpp"

namespace {

using namespace obkit;
namespace fs = std::filesystem;

struct Options {
  std::string obsave;
  std::string folder;
  std::uint64_t kills = 200;
  std::uint64_t seed = 1;
  bool compress = false;
  double sync = 0.2;
  double longest = 0.6;
};

/// A process of `obsave`.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    if (const int error = ::posix_spawn(&id_, argv[0], nullptr, nullptr, argv.data(), environ))
      throw IoError{IoError::During::open, arguments[0], error};
  }
  /// Sends a signal and waits; what the process ended with, as wait() has it.
  int end(int signal) const {
    ::kill(id_, signal);
    int status = 0;
    ::waitpid(id_, &status, 0);
    return status;
  }

 private:
  pid_t id_ = 0;
};

/// The whole lines of a day-file, a torn end left out.
std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  if (!fs::exists(path)) return lines;
  store::LineReader reader{store::open_input(path), path};
  while (const auto line = reader.next())
    if (reader.line_was_ended()) lines.emplace_back(*line);
  return lines;
}

void expect(bool truth, const std::string& what) {
  if (!truth) throw Error{what};
}

class Campaign {
 public:
  explicit Campaign(const Options& options)
      : options_{options}, random_{options.seed}, folder_{options.folder + "/books"} {
    exchange::SyntheticOptions market{.start = parse_iso("2026-01-01T00:00:00Z").value()};
    market.rate = 300;
    server_.emplace(exchange::make_synthetic_source(market), exchange::ServerOptions{},
                    [this](const exchange::Truth& truth) {
                      if (truth.channel.pool == "Primary") log_.record(truth);
                    });
    server_->start();
    ca_file_ = options.folder + "/ca.pem";
    std::ofstream{ca_file_} << server_->authority();
    file_ = folder_ + "/XBTUSD_20260101.txt" + (options.compress ? ".zst" : "");
  }

  void run() {
    for (std::uint64_t i = 0; i < options_.kills; ++i) {
      Process recorder{command()};
      // Every second one dies while it writes, however slow the machine; the others anywhere, also
      // before they have begun.
      if (i % 2) wait_for_growth();
      std::this_thread::sleep_for(std::chrono::duration<double>{
          std::uniform_real_distribution<>{0, options_.longest}(random_)});
      recorder.end(SIGKILL);
      const Timestamp now = server_->true_book(0).first.time();
      const auto lines = lines_of(file_);
      expect(lines.size() >= known_.size(), "whole lines were lost");
      for (std::size_t at = 0; at < known_.size(); ++at)
        expect(lines[at] == known_[at], "a line that stood was changed");
      if (lines.size() > known_.size()) note_tail(lines, now);
      known_ = lines;
    }
    Process recorder{command()};
    wait_for_growth();
    expect(recorder.end(SIGTERM) == 0, "the last recorder did not end well");
    server_->stop();
    judge();
  }

 private:
  [[nodiscard]] std::vector<std::string> command() const {
    std::vector<std::string> arguments{
        options_.obsave, "--quiet",      "--venue",
        "bitmex",        "-o",           folder_,
        "--url",         server_->url(), "--ca-file",
        ca_file_,        "--sync",       fmt::format("{}", options_.sync)};
    if (options_.compress) arguments.emplace_back("--compress");
    return arguments;
  }

  /// Until the day-file is longer than it was when this was called.
  void wait_for_growth() const {
    const auto size = [&] { return fs::exists(file_) ? fs::file_size(file_) : 0; };
    const auto before = size();
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    while (size() <= before) {
      expect(std::chrono::steady_clock::now() < end, "a recorder wrote nothing for a minute");
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }

  /// How much of a recording that stood was not in the file yet: by the market's time, which runs
  /// at the pace of ours.
  void note_tail(const std::vector<std::string>& lines, Timestamp now) {
    std::istringstream last{lines.back()};
    DateTime time;
    last.ignore(std::numeric_limits<std::streamsize>::max(), ':');
    last >> time.date;
    last.ignore(std::numeric_limits<std::streamsize>::max(), ':');
    last >> time.time;
    tails_.push_back(std::chrono::duration<double>{now - to_timestamp(time).value()}.count());
  }

  void judge() {
    store::DayFileReader reader{store::open_input(file_), file_, store::BadLine::refuse};
    OrderBook book;
    while (reader.next(book)) {
      const std::string problem = log_.judge("XBTUSD", book);
      expect(problem.empty(), problem);
    }
    expect(!reader.report().torn, "the file ends torn");
    const store::DayReport report = store::verify_day(file_);
    for (const std::string& problem : report.problems) spdlog::error("{}", problem);
    expect(report.problems.empty(), "verify finds the file wrong");
    expect(log_.gaps() > 0 && log_.gaps() <= options_.kills,
           fmt::format("{} gaps do not fit {} kills", log_.gaps(), options_.kills));
    std::sort(tails_.begin(), tails_.end());
    spdlog::info(
        "{} kills, {} books, {} gaps, every book true, no whole line lost; of {} recordings that "
        "had "
        "begun the kill cost {:.3f} s in the middle, {:.3f} s at most (sync {} s)",
        options_.kills, log_.judged(), log_.gaps(), tails_.size(), tails_.at(tails_.size() / 2),
        tails_.back(), options_.sync);
  }

  Options options_;
  std::mt19937_64 random_;
  std::string folder_, file_, ca_file_;
  campaign::TruthLog log_{100};
  std::optional<exchange::Server> server_;
  std::vector<std::string> known_;
  std::vector<double> tails_;  // seconds
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Kills a recorder again and again and judges what it leaves behind", "obkill"};
  Options options;
  app.add_option("--obsave", options.obsave, "The program")->required();
  app.add_option("--folder", options.folder, "An empty folder to work in")->required();
  app.add_option("--kills", options.kills)->capture_default_str();
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_flag("--compress", options.compress);
  app.add_option("--sync", options.sync, "Seconds")->capture_default_str();
  app.add_option("--longest", options.longest, "Seconds until a kill at most")
      ->capture_default_str();
  return cli::run_tool(app, argc, argv, [&] { Campaign{options}.run(); });
}
