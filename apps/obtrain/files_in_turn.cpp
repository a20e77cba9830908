#include "files_in_turn.hpp"

#include <algorithm>
#include <future>
#include <numeric>
#include <utility>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/neural/training.hpp"

namespace obtrain {
namespace {

using namespace obkit::neural;

bool stands_alone(const Settings& settings) {
  return settings.file_by_file && settings.datasets.size() > 1 && settings.jobs > 1 &&
         settings.members == 1 && settings.transform == TransformKind::none &&
         settings.validation_share == 0 && settings.validation_files.empty() &&
         settings.sample_weights == SampleWeights::equal && settings.checkpoint.empty() &&
         settings.resume.empty();
}

/// Files as parts of a training, one read ahead.
class FilesInTurn {
 public:
  explicit FilesInTurn(const Settings& settings) : settings_{settings} { read_ahead(); }

  /// The next file that has samples; null behind the last.
  const TrainingData* next() {
    while (next_.valid()) {
      SampleTable table = next_.get();
      const std::string name = obkit::display_name(settings_.datasets[tables_.size()]);
      if (!tables_.empty()) first_with_samples().expect_fits(table, name);
      tables_.push_back(std::move(table));
      read_ahead();
      if (tables_.back().size() > 0) return &make_part(tables_.back());
    }
    return nullptr;
  }

  /// Those that were read, as one. Pre: next() was called.
  SampleTable take() {
    SampleTable all;
    for (std::size_t i = 0; i < tables_.size(); ++i)
      all.append(std::move(tables_[i]), obkit::display_name(settings_.datasets[i]));
    return all;
  }

  /// Of the part that next() gave last.
  [[nodiscard]] std::size_t classes() const { return tables_.back().classes(); }

  [[nodiscard]] const SampleTable& first_with_samples() const {
    const auto found =
        std::ranges::find_if(tables_, [](const SampleTable& table) { return table.size() > 0; });
    return found == tables_.end() ? tables_.front() : *found;
  }

 private:
  void read_ahead() {
    const std::size_t index = tables_.size();
    next_ = {};
    if (index == settings_.datasets.size()) return;
    next_ = std::async(std::launch::async, [this, &file = settings_.datasets[index]] {
      return SampleTable{file, settings_};
    });
  }

  const TrainingData& make_part(const SampleTable& table) {
    order_.resize(table.size());
    std::iota(order_.begin(), order_.end(), 0U);
    part_.emplace(
        TrainingData{{.store = &table.store(), .order = order_}, SampleView{}, transform_});
    return *part_;
  }

  const Settings& settings_;
  const InputTransform transform_;
  std::vector<SampleTable> tables_;
  std::vector<std::uint32_t> order_;
  std::optional<TrainingData> part_;
  std::future<SampleTable> next_;  ///< last: what it refers to must outlive it
};

}  // namespace

std::optional<TrainingState> learn_while_reading(const Settings& settings, SampleTable& samples,
                                                 Watcher& watcher) {
  if (!stands_alone(settings)) return std::nullopt;
  FilesInTurn files{settings};
  const TrainingData* part = files.next();
  std::optional<TrainingState> state;
  std::size_t classes = 0;
  if (part != nullptr) {
    Recipe recipe = settings.recipe;
    classes = files.first_with_samples().classes();
    if (!settings.layers_as_given) recipe.units.back() = static_cast<Index>(classes);
    if (recipe.units.back() == static_cast<Index>(classes)) {
      state.emplace(begin_training(recipe, part->training.store->inputs(), 0));
      // A network without an output for each class must not learn of them; it is given up below.
      const PartSource source = [&](std::size_t index) -> const TrainingData* {
        if (index == 0) return part;
        const TrainingData* next = files.next();
        return next != nullptr && files.classes() <= classes ? next : nullptr;
      };
      (void)train_parts(
          recipe, source, 0, *state,
          [&](const Epoch& epoch, const TrainingState& after) { watcher.epoch(0, epoch, after); });
    }
  }
  while (files.next() != nullptr) {
  }
  samples = files.take();
  // A class that only a later file has makes another network.
  if (samples.classes() != classes) state.reset();
  return state;
}

}  // namespace obtrain
