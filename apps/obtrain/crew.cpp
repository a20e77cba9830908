#include "obtrain/crew.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstring>
#include <exception>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "obkit/cli/jobs.hpp"
#include "obkit/core/error.hpp"

namespace obkit::obtrain {
namespace {

class CrewOfOne final : public neural::OfOne<Crew> {
 public:
  [[nodiscard]] std::string place() const override { return "rank 0"; }
  [[nodiscard]] std::unique_ptr<neural::Team> split(std::size_t /*number*/) const override {
    return std::make_unique<neural::OfOne<neural::Team>>();
  }
  void others_wait(bool /*wait*/) override {}
  void report(std::string /*message*/) override {}
  [[nodiscard]] bool has_reported(Wait /*wait*/) override { return true; }
  [[nodiscard]] std::optional<std::string> hear(Wait /*wait*/) override { return std::nullopt; }
};

// The first letter of what a rank says to all.
constexpr char ready = 'r', failed = 'f';

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// The first line is the place, the others are those of prepare_together().
void expect_same(std::string_view found, std::string_view expected) {
  const std::string place{next_line(found)};
  (void)next_line(expected);
  while (!found.empty() || !expected.empty()) {
    const auto its = next_line(found), first = next_line(expected);
    if (its != first)
      throw DataError{{.name = place},
                      fmt::format("expected {}, as rank 0 has, found {}", first, its)};
  }
}

}  // namespace

Crew& crew_of_one() {
  static CrewOfOne one;
  return one;
}

std::string cannot_prepare(const Crew& crew, std::string_view why) {
  return fmt::format("{}{}\n{}", failed, crew.place(), why);
}

void prepare_together(Crew& crew, const std::function<std::string()>& prepare) {
  std::exception_ptr failure;
  std::string said;
  try {
    said = prepare();
    if (crew.size() == 1) return;
    said = fmt::format("{}{}\n{}", ready, crew.place(), said);
  } catch (const std::exception& error) {
    if (crew.size() == 1) throw;
    failure = std::current_exception();
    said = cannot_prepare(crew, error.what());
  }
  const auto all = crew.gather(said);
  crew.others_wait(false);
  if (failure) std::rethrow_exception(failure);
  for (std::string_view one : all) {
    if (one.front() == ready) continue;
    one.remove_prefix(1);
    const std::string place{next_line(one)};
    throw DataError{{.name = place}, one};
  }
  for (const std::string& one : all)
    expect_same(std::string_view{one}.substr(1), std::string_view{all.front()}.substr(1));
  crew.others_wait(true);
}

std::optional<std::size_t> Plan::team_with(std::size_t rank) const {
  for (std::size_t i = 0; i < teams.size(); ++i)
    if (rank >= teams[i].begin && rank < teams[i].end) return i;
  return std::nullopt;
}

namespace {

/// How much faster a team is than one rank, where a batch has so many blocks: the most that one
/// takes decide, and what they tell each other takes time.
double speed_of(std::size_t size, std::size_t blocks) {
  constexpr double each_more = 0.1;
  const std::size_t most = (blocks + size - 1) / size;
  return static_cast<double>(blocks) / static_cast<double>(most) /
         (1 + each_more * (static_cast<double>(size) - 1));
}

/// The dearest piece first, each to the team that ends first then. Returns when the last one ends.
double assign(std::span<const double> costs, std::size_t blocks, Plan& plan) {
  std::vector<std::size_t> order(costs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return costs[i]; });
  std::vector<double> ends(plan.teams.size());
  plan.team_of.resize(costs.size());
  for (const std::size_t piece : order) {
    const auto end_of = [&](std::size_t team) {
      return ends[team] + costs[piece] / speed_of(plan.teams[team].size(), blocks);
    };
    std::size_t best = 0;
    for (std::size_t team = 1; team < ends.size(); ++team)
      if (end_of(team) < end_of(best)) best = team;
    ends[best] = end_of(best);
    plan.team_of[piece] = best;
  }
  return *std::ranges::max_element(ends);
}

}  // namespace

Plan make_plan(std::span<const double> costs, std::size_t ranks, std::size_t blocks) {
  assert(ranks > 0 && blocks > 0);
  Plan best;
  double earliest = std::numeric_limits<double>::infinity();
  const std::size_t most_teams = std::min(ranks, std::max<std::size_t>(costs.size(), 1));
  for (std::size_t count = most_teams; count > 0; --count) {  // so that work is shared out first
    Plan plan;
    for (std::size_t i = 0; i < count; ++i) {
      neural::Range team = neural::share_of(ranks, i, count);
      team.end = std::min(team.end, team.begin + blocks);
      plan.teams.push_back(team);
    }
    const double end = assign(costs, blocks, plan);
    if (end < earliest) best = std::move(plan);
    earliest = std::min(end, earliest);
  }
  return best;
}

namespace {

/// What came of a piece of work.
struct Outcome {
  bool is_refused = false;  ///< and `text` says why
  std::string text;
};

void append_number(std::string& bytes, std::uint64_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::uint64_t take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

/// Of those pieces that are this rank's to tell.
std::string to_bytes(std::span<const std::size_t> pieces, const std::vector<Outcome>& outcomes) {
  std::string bytes;
  for (const std::size_t piece : pieces) {
    append_number(bytes, piece);
    append_number(bytes, outcomes[piece].is_refused ? 1 : 0);
    append_number(bytes, outcomes[piece].text.size());
    bytes += outcomes[piece].text;
  }
  return bytes;
}

void read_outcomes(std::string_view bytes, std::vector<Outcome>& outcomes) {
  while (!bytes.empty()) {
    Outcome& outcome = outcomes[take_number(bytes)];
    outcome.is_refused = take_number(bytes) == 1;
    const std::size_t size = take_number(bytes);
    outcome.text = bytes.substr(0, size);
    bytes.remove_prefix(size);
  }
}

Outcome outcome_of(const Work& work, std::size_t piece, const neural::Team& team) {
  try {
    return {.text = work(piece, team)};
  } catch (const UsageError& error) {
    return {.is_refused = true, .text = error.what()};
  }
}

}  // namespace

std::vector<std::string> share_out(Crew& crew, std::span<const double> costs,
                                   const Sharing& sharing, const Work& work) {
  const Plan plan = make_plan(costs, crew.size(), sharing.blocks);
  const auto own = plan.team_with(crew.rank());
  const auto with_others = crew.split(own.value_or(plan.teams.size()));
  // A team of one is asked on several threads.
  const neural::Team& team = with_others->size() > 1 ? *with_others : neural::alone();
  std::vector<std::size_t> pieces;
  for (std::size_t i = 0; i < costs.size(); ++i)
    if (plan.team_of[i] == own) pieces.push_back(i);
  std::vector<Outcome> outcomes(costs.size());
  std::atomic<std::size_t> refused{pieces.size()};
  cli::run_jobs(pieces.size(), team.size() == 1 ? sharing.jobs : 1, [&](std::size_t i) {
    if (i > refused) return;  // nobody asks for it any more
    Outcome& outcome = outcomes[pieces[i]];
    outcome = outcome_of(work, pieces[i], team);
    for (std::size_t first = refused; outcome.is_refused && i < first;)
      if (refused.compare_exchange_weak(first, i)) break;
  });
  sharing.finish();
  if (team.rank() > 0) pieces.clear();
  for (const std::string& said : crew.gather(to_bytes(pieces, outcomes)))
    read_outcomes(said, outcomes);
  crew.others_wait(false);
  std::vector<std::string> results;
  for (Outcome& outcome : outcomes) {
    if (outcome.is_refused) throw UsageError{outcome.text};
    results.push_back(std::move(outcome.text));
  }
  return results;
}

}  // namespace obkit::obtrain
