#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "obkit/dataset/labeller.hpp"
#include "obkit/neural/input_transform.hpp"
#include "obkit/neural/metrics.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/neural/recipe.hpp"
#include "obkit/store/day_file_reader.hpp"

namespace obkit::neural {
namespace {

const std::string folder = OBKIT_SHARED_DATA "/binance/";

std::vector<dataset::Sample> real_samples() {
  std::vector<dataset::Sample> samples;
  for (const char* name : {"BTCUSD_PERP_20240808.txt.zst", "BTCUSD_PERP_20240809.txt.zst"}) {
    store::BookStream books{{folder + name}, store::BadLine::refuse};
    dataset::Labeller labeller{dataset::LabelRule{}};
    for (OrderBook book; books.next(book);) {
      labeller.push(book);
      for (dataset::Sample sample; labeller.take(sample);) samples.push_back(sample);
    }
  }
  return samples;
}

Samples to_samples(std::span<const dataset::Sample> from) {
  Samples samples;
  samples.inputs.resize(static_cast<Index>(from.front().volumes.size()),
                        static_cast<Index>(from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) {
    samples.inputs.col(static_cast<Index>(i)) = to_input(from[i].volumes);
    samples.classes.push_back(from[i].direction);
  }
  return samples;
}

/// Trains on all but the last 15 % of `all`, which stop it, and scores the unseen `test`.
Metrics learn_and_score(std::span<const dataset::Sample> all, std::span<const dataset::Sample> test,
                        std::uint32_t seed) {
  const std::size_t held_back = all.size() * 15 / 100;
  Samples training = to_samples(all.first(all.size() - held_back));
  Samples validation = to_samples(all.last(held_back));
  const auto transform = InputTransform::relative_to(training.inputs);
  transform.apply(training.inputs);
  transform.apply(validation.inputs);
  Recipe recipe;
  recipe.seed = seed;
  const Fitted fitted = fit(recipe, {&training, 1}, validation, [](const Epoch&) {});
  const Model model{{.tool = "test",
                     .transform = transform,
                     .mirror = recipe.training.mirror,
                     .network = fitted.network,
                     .classes = {"fall", "rise"},
                     .label = "next",
                     .training = {},
                     .test_inputs = {to_input(test.front().volumes)}}};
  std::vector<double> scores;
  for (const auto& sample : test) scores.push_back(model.score(sample.volumes));
  return measure_forecasts(scores, to_samples(test).classes);
}

TEST(RealData, the_recipe_foretells_unseen_moves_of_coin_margined_bitcoin) {
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real data at " << folder;
  const auto samples = real_samples();
  ASSERT_EQ(samples.size(), 1071U);
  const std::span learnt = std::span{samples}.first(749), unseen = std::span{samples}.subspan(749);
  double accuracy = 0, auc = 0;
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    const Metrics metrics = learn_and_score(learnt, unseen, seed);
    RecordProperty("accuracy_seed_" + std::to_string(seed), std::to_string(metrics.accuracy));
    RecordProperty("auc_seed_" + std::to_string(seed), std::to_string(metrics.auc.value()));
    accuracy += metrics.accuracy / 3;
    auc += metrics.auc.value() / 3;
  }
  EXPECT_GE(accuracy, 0.94);
  EXPECT_GE(auc, 0.975);
}

}  // namespace
}  // namespace obkit::neural
