// obtrain-mpi: obtrain whose crew are the processes that mpirun or srun started. All that is MPI's
// is here.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <mpi.h>
#include <spdlog/fmt/fmt.h>

#include "obkit/cli/termination.hpp"
#include "obkit/cli/tool.hpp"

#include "obtrain/crew.hpp"
#include "obtrain/options.hpp"
#include "obtrain/run.hpp"

namespace obkit::obtrain {
namespace {

int as_int(std::size_t number) { return static_cast<int>(number); }

/// A team of the processes of a communicator, each of which has its own. What fails ends all
/// processes: that is how MPI's communicators begin.
template <class Interface>
class OverMpi : public Interface {
 public:
  [[nodiscard]] std::size_t rank() const override {
    int rank = 0;
    MPI_Comm_rank(communicator_, &rank);
    return static_cast<std::size_t>(rank);
  }
  [[nodiscard]] std::size_t size() const override {
    int size = 0;
    MPI_Comm_size(communicator_, &size);
    return static_cast<std::size_t>(size);
  }
  [[nodiscard]] std::vector<std::string> gather(std::string_view own) const override {
    std::vector<std::uint64_t> sizes(size());
    const std::uint64_t own_size = own.size();
    MPI_Allgather(&own_size, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, communicator_);
    std::vector<std::string> all;
    for (std::size_t from = 0; from < sizes.size(); ++from) {
      std::string& text = all.emplace_back(from == rank() ? own : std::string_view{});
      text.resize(sizes[from]);
      for (std::size_t begin = 0; begin < text.size(); begin += most_at_once)
        MPI_Bcast(text.data() + begin, as_int(std::min(most_at_once, text.size() - begin)),
                  MPI_CHAR, as_int(from), communicator_);
    }
    return all;
  }
  void send(std::span<const float> values, std::size_t to) const override {
    MPI_Send(values.data(), as_int(values.size()), MPI_FLOAT, as_int(to), 0, communicator_);
  }
  void receive(std::span<float> values, std::size_t from) const override {
    MPI_Recv(values.data(), as_int(values.size()), MPI_FLOAT, as_int(from), 0, communicator_,
             MPI_STATUS_IGNORE);
  }
  void broadcast(std::span<float> values, std::size_t from) const override {
    MPI_Bcast(values.data(), as_int(values.size()), MPI_FLOAT, as_int(from), communicator_);
  }

 protected:
  explicit OverMpi(MPI_Comm communicator) : communicator_{communicator} {}
  [[nodiscard]] MPI_Comm& communicator() { return communicator_; }
  [[nodiscard]] const MPI_Comm& communicator() const { return communicator_; }

 private:
  static constexpr std::size_t most_at_once = std::size_t{1} << 30;  // MPI counts by int

  MPI_Comm communicator_;
};

class MpiTeam final : public OverMpi<neural::Team> {
 public:
  explicit MpiTeam(MPI_Comm communicator) : OverMpi{communicator} {}
  ~MpiTeam() override { MPI_Comm_free(&communicator()); }
};

/// All processes that were started together.
class MpiCrew final : public OverMpi<Crew> {
 public:
  /// One a process, before any other thread.
  MpiCrew() : OverMpi{join()} { MPI_Comm_dup(communicator(), &reports_); }

  [[nodiscard]] std::vector<std::string> gather(std::string_view own) const override {
    has_gathered_ = true;
    return OverMpi::gather(own);
  }
  [[nodiscard]] std::string place() const override;
  [[nodiscard]] std::unique_ptr<neural::Team> split(std::size_t number) const override {
    MPI_Comm part = MPI_COMM_NULL;
    MPI_Comm_split(communicator(), as_int(number), as_int(rank()), &part);
    return std::make_unique<MpiTeam>(part);
  }
  void others_wait(bool wait) override { others_wait_ = wait; }
  void report(std::string message) override;
  [[nodiscard]] bool has_reported(Wait wait) override;
  [[nodiscard]] std::optional<std::string> hear(Wait wait) override;

  /// What another rank than the first throws while others wait for it ends all, with a line.
  void run(const std::function<void()>& work) const;
  /// The last call. Ends all processes where others still wait for this one. Returns what this one
  /// ends with: the first rank's failure, else its own.
  [[nodiscard]] int leave(int exit_code) const;

 private:
  static MPI_Comm join();

  struct Sent {
    std::string message;
    MPI_Request request;
  };
  MPI_Comm reports_ = MPI_COMM_NULL;
  std::list<Sent> sent_;  ///< that may not have arrived
  bool others_wait_ = false;
  mutable bool has_gathered_ = false;
};

MPI_Comm MpiCrew::join() {
  int level = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level);
  if (level < MPI_THREAD_SERIALIZED) {
    std::fputs("obtrain-mpi: this MPI does not serve more than one thread of a process\n", stderr);
    MPI_Abort(MPI_COMM_WORLD, cli::bug);
  }
  return MPI_COMM_WORLD;
}

std::string MpiCrew::place() const {
  std::string host(MPI_MAX_PROCESSOR_NAME, '\0');
  int length = 0;
  MPI_Get_processor_name(host.data(), &length);
  return fmt::format("rank {} on {}", rank(), host.substr(0, static_cast<std::size_t>(length)));
}

void MpiCrew::report(std::string message) {
  (void)has_reported(Wait::no);
  Sent& sent = sent_.emplace_back(std::move(message), MPI_REQUEST_NULL);
  MPI_Isend(sent.message.data(), as_int(sent.message.size()), MPI_CHAR, 0, 0, reports_,
            &sent.request);
}

bool MpiCrew::has_reported(Wait wait) {
  while (!sent_.empty()) {
    int is_done = 1;
    if (wait == Wait::yes)
      MPI_Wait(&sent_.front().request, MPI_STATUS_IGNORE);
    else
      MPI_Test(&sent_.front().request, &is_done, MPI_STATUS_IGNORE);
    if (is_done == 0) return false;
    sent_.pop_front();
  }
  return true;
}

std::optional<std::string> MpiCrew::hear(Wait wait) {
  MPI_Status status;
  int is_there = 1;
  if (wait == Wait::yes)
    MPI_Probe(MPI_ANY_SOURCE, 0, reports_, &status);
  else
    MPI_Iprobe(MPI_ANY_SOURCE, 0, reports_, &is_there, &status);
  if (is_there == 0) return std::nullopt;
  int size = 0;
  MPI_Get_count(&status, MPI_CHAR, &size);
  std::string message(static_cast<std::size_t>(size), '\0');
  MPI_Recv(message.data(), size, MPI_CHAR, status.MPI_SOURCE, 0, reports_, MPI_STATUS_IGNORE);
  return message;
}

void MpiCrew::run(const std::function<void()>& work) const {
  try {
    work();
  } catch (const std::exception& error) {
    if (rank() == 0 || !others_wait_) throw;
    std::fprintf(stderr, "obtrain-mpi: %s: %s\n", place().c_str(), error.what());
    MPI_Abort(communicator(), cli::io_broke);
  }
}

int MpiCrew::leave(int exit_code) const {
  if (others_wait_) MPI_Abort(communicator(), exit_code);
  if (!has_gathered_)
    (void)gather(cannot_prepare(
        *this, fmt::format("ended at its command line, with exit status {}", exit_code)));
  int of_first = exit_code;
  MPI_Bcast(&of_first, 1, MPI_INT, 0, communicator());
  MPI_Finalize();
  return of_first != cli::done ? of_first : exit_code;
}

}  // namespace
}  // namespace obkit::obtrain

int main(int argc, char** argv) {
  using obkit::cli::Voice;
  obkit::cli::hold_termination_signals();  // MPI's threads never take them
  obkit::obtrain::MpiCrew crew;
  obkit::cli::let_termination_signals_through();
  CLI::App app{"Train a small neural network on labelled order books, with many processes (MPI)",
               "obtrain-mpi"};
  obkit::obtrain::Arguments arguments;
  add_options(app, arguments);
  const auto work = [&] { run(arguments, crew); };
  const int exit_code = obkit::cli::run_tool(
      app, argc, argv, [&] { crew.run(work); }, crew.rank() == 0 ? Voice::speaks : Voice::silent);
  return crew.leave(exit_code);
}
