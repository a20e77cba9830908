#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/neural/team.hpp"

namespace obkit::obtrain {

enum class Wait : std::uint8_t { no, yes };

/// All processes of a training. The first one writes and speaks.
///
/// What is said to all or to some goes over the thread that made it; reports may come from any
/// thread, one at a time.
class Crew : public neural::Team {
 public:
  /// What messages call this process: "rank 2 on HOST".
  [[nodiscard]] virtual std::string place() const = 0;
  /// The team of those that name the same number, by rank. Every rank must call it.
  [[nodiscard]] virtual std::unique_ptr<neural::Team> split(std::size_t number) const = 0;

  /// From now on the others wait for this rank, or no longer: if it fails while they do, all end.
  virtual void others_wait(bool wait) = 0;

  /// Tells the first rank, without waiting for it. Pre: another rank.
  virtual void report(std::string message) = 0;
  /// Whether the first rank has all that this one reported, or waits until it has.
  [[nodiscard]] virtual bool has_reported(Wait wait) = 0;
  /// The next report of any rank; none where none is there, or where there are no others. Pre: the
  /// first rank.
  [[nodiscard]] virtual std::optional<std::string> hear(Wait wait) = 0;
};

/// A process that trains alone.
[[nodiscard]] Crew& crew_of_one();

/// What a rank that ended before prepare_together() gathers instead.
[[nodiscard]] std::string cannot_prepare(const Crew& crew, std::string_view why);

/// Runs `prepare`, which returns lines `name=value` that must be the same everywhere. Throws what
/// it threw. Where it failed on another rank alone, or another has other lines, throws DataError,
/// which names that. Once it returns, the others wait.
void prepare_together(Crew& crew, const std::function<std::string()>& prepare);

/// Which ranks do what.
struct Plan {
  std::vector<neural::Range> teams;  ///< of ranks
  std::vector<std::size_t> team_of;  ///< of each piece of work

  /// The team of a rank; none for one that is left over.
  [[nodiscard]] std::optional<std::size_t> team_with(std::size_t rank) const;
};

/// Shares out pieces of work that cost so much so that all is done early. A piece is done by one
/// rank, or by several together, of which no more are of use than a batch has `blocks`.
[[nodiscard]] Plan make_plan(std::span<const double> costs, std::size_t ranks, std::size_t blocks);

/// Does a piece of work with the ranks of a team, all of which get the same result.
using Work = std::function<std::string(std::size_t piece, const neural::Team& team)>;

struct Sharing {
  std::size_t blocks = 1;        ///< of a batch
  std::size_t jobs = 1;          ///< threads of a rank
  std::function<void()> finish;  ///< called once, when this rank has done its own
};

/// Has each piece done by some ranks, in their order on each, and returns all results on every
/// rank. A UsageError of a piece is thrown on by all ranks, that of the first such piece: later
/// ones may be left out. Once it returns or throws, no rank waits for another.
[[nodiscard]] std::vector<std::string> share_out(Crew& crew, std::span<const double> costs,
                                                 const Sharing& sharing, const Work& work);

}  // namespace obkit::obtrain
