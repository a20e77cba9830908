#include "obtrain/training_queue.hpp"

#include <cstring>
#include <string_view>
#include <utility>

#include "obkit/neural/network.hpp"

namespace obkit::obtrain {

using namespace obkit::neural;

namespace {

/// What networks take: a linear model is trained beside those of volumes.
InputKind network_inputs(const Settings& settings) {
  return settings.model == ModelKind::both ? InputKind::both : InputKind::volumes;
}

}  // namespace

DivisionTrainers::DivisionTrainers(const Settings& settings, const SampleSets& sets,
                                   const Division& division)
    : networks_{settings, sets, division, network_inputs(settings)} {
  if (network_inputs(settings) != InputKind::volumes)
    other_.emplace(settings, sets, division, InputKind::volumes);
}

TrainingQueue::TrainingQueue(const Settings& settings, const SampleSets& sets,
                             TrainingProgress& progress)
    : settings_{settings},
      sets_{sets},
      progress_{progress},
      whole_{settings, sets, sets.division},
      folds_(sets.folds.size()) {
  const std::size_t members = settings.model == ModelKind::linear ? 0 : settings.members;
  for (std::size_t member = 0; member < members; ++member)
    pieces_.push_back({.fold = std::nullopt, .member = member});
  for (std::size_t member = 0; member < members; ++member) add_folds(member);
  if (!sets.division.validation.empty() || !sets.test.empty())
    pieces_.push_back({.fold = std::nullopt, .member = std::nullopt});
  add_folds(std::nullopt);
}

/// The latest fold first, which has the most samples. Threads that begin together work on different
/// folds, so that none waits for the trainers of the other.
void TrainingQueue::add_folds(std::optional<std::size_t> member) {
  for (std::size_t i = sets_.folds.size(); i > 0; --i)
    pieces_.push_back({.fold = i - 1, .member = member});
}

const DivisionTrainers& TrainingQueue::fold(std::size_t index) {
  LazyTrainers& lazy = folds_[index];
  std::call_once(lazy.once,
                 [&] { lazy.trainers.emplace(settings_, sets_, sets_.folds[index].division); });
  return *lazy.trainers;
}

/// As far as that can be known.
double TrainingQueue::cost_of(const Piece& piece) const {
  // Weights whose training takes as long as it takes to gather a sample.
  constexpr double weights_a_sample = 4'000;
  const Division& division = piece.fold ? sets_.folds[*piece.fold].division : sets_.division;
  const auto weights = [&](const Recipe& recipe, InputKind takes) {
    return static_cast<double>(count_parameters(sets_.samples.store(takes).inputs(), recipe.units));
  };
  const double each = piece.member ? weights(whole_.networks().network(), network_inputs(settings_))
                                   : weights(whole_.baseline().logistic(), InputKind::volumes);
  return (each + weights_a_sample) * static_cast<double>(division.training_size());
}

TrainedNetwork TrainingQueue::train(const Piece& piece, const std::vector<TrainingState>& states,
                                    const Team& team) {
  const DivisionTrainers& trainers = piece.fold ? fold(*piece.fold) : whole_;
  if (!piece.member) {
    const DivisionTrainer& baseline = trainers.baseline();
    return baseline.train(baseline.logistic(), 0, std::nullopt, {}, team);
  }
  const std::size_t member = *piece.member;
  const auto observer = [&](const Epoch& epoch, const TrainingState& state) {
    if (team.rank() > 0) return;
    if (piece.fold)
      progress_.fold_epoch(*piece.fold, member, epoch);
    else
      progress_.epoch(member, epoch, state);
  };
  const bool continues = !piece.fold && !states.empty();
  const DivisionTrainer& networks = trainers.networks();
  TrainedNetwork trained =
      networks.train(networks.network(), member,
                     continues ? std::optional{states[member]} : std::nullopt, observer, team);
  if (!piece.fold && team.rank() == 0) progress_.finish_member(member);
  return trained;
}

namespace {

// What is sent between ranks: they run on the same kind of processor.

void append_bytes(std::string& bytes, const void* from, std::size_t size) {
  bytes.append(static_cast<const char*>(from), size);
}

void take_bytes(std::string_view& bytes, void* to, std::size_t size) {
  std::memcpy(to, bytes.data(), size);
  bytes.remove_prefix(size);
}

std::string pack(TrainedNetwork trained) {
  std::string bytes;
  const MemberRecord& record = trained.record;
  const std::size_t length = record.stopped.size();
  append_bytes(bytes, &record.epochs, sizeof record.epochs);
  append_bytes(bytes, &record.best_epoch, sizeof record.best_epoch);
  append_bytes(bytes, &length, sizeof length);
  bytes += record.stopped;
  for (const auto& block : trained.network.parameters())
    append_bytes(bytes, block.data(), block.size_bytes());
  return bytes;
}

/// `shape` is a network of the same layers.
TrainedNetwork unpack(std::string_view bytes, Network shape) {
  TrainedNetwork trained{.network = std::move(shape), .record = {}};
  std::size_t length = 0;
  take_bytes(bytes, &trained.record.epochs, sizeof trained.record.epochs);
  take_bytes(bytes, &trained.record.best_epoch, sizeof trained.record.best_epoch);
  take_bytes(bytes, &length, sizeof length);
  trained.record.stopped = bytes.substr(0, length);
  bytes.remove_prefix(length);
  for (const auto& block : trained.network.parameters())
    take_bytes(bytes, block.data(), block.size_bytes());
  return trained;
}

}  // namespace

Network TrainingQueue::shape_of(const Piece& piece) const {
  const InputKind takes = piece.member ? network_inputs(settings_) : InputKind::volumes;
  const Recipe recipe = piece.member ? whole_.networks().network() : whole_.baseline().logistic();
  return begin_training(recipe, sets_.samples.store(takes).inputs(), 0).network;
}

AllNetworks TrainingQueue::run(Crew& crew, const std::vector<TrainingState>& states) {
  std::vector<double> costs;
  for (const Piece& piece : pieces_) costs.push_back(cost_of(piece));
  const std::size_t batch = settings_.recipe.training.batch;
  const Sharing sharing{.blocks = (batch + block_size - 1) / block_size,
                        .jobs = settings_.jobs,
                        .finish = [&] { progress_.finish_own(); }};
  const auto results = share_out(crew, costs, sharing, [&](std::size_t piece, const Team& team) {
    return pack(train(pieces_[piece], states, team));
  });
  AllNetworks all{.whole = {}, .folds = std::vector<DivisionNetworks>(sets_.folds.size())};
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    DivisionNetworks& of = piece.fold ? all.folds[*piece.fold] : all.whole;
    (piece.member ? of.members : of.baseline).push_back(unpack(results[i], shape_of(piece)));
  }
  return all;
}

}  // namespace obkit::obtrain
