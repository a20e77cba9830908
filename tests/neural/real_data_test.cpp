#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "obkit/dataset/labeller.hpp"
#include "obkit/neural/evaluation.hpp"
#include "obkit/neural/input_transform.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/neural/training.hpp"
#include "obkit/store/book_stream.hpp"

#include "stored.hpp"

namespace obkit::neural {
namespace {

const std::string binance_folder = OBKIT_SHARED_DATA "/binance/";

std::vector<dataset::Sample> real_samples() {
  std::vector<dataset::Sample> samples;
  for (const char* name : {"BTCUSD_PERP_20240808.txt.zst", "BTCUSD_PERP_20240809.txt.zst"}) {
    store::BookStream books{{binance_folder + name}, store::BadLine::refuse};
    dataset::Labeller labeller{dataset::LabelRule{}};
    for (OrderBook book; books.next(book);) {
      labeller.push(book);
      for (dataset::Sample sample; labeller.take(sample);) samples.push_back(sample);
    }
  }
  return samples;
}

void add(Stored& stored, std::span<const dataset::Sample> samples) {
  for (const auto& sample : samples) stored.add(sample.volumes, sample.direction);
}

/// Trains on all but the last 15 % of `all`, which stop it, and scores the unseen `test`.
Evaluation learn_and_score(std::span<const dataset::Sample> all,
                           std::span<const dataset::Sample> test, std::uint32_t seed) {
  const std::size_t held_back = all.size() * 15 / 100;
  Stored training, validation;
  add(training, all.first(all.size() - held_back));
  add(validation, all.last(held_back));
  TransformFitter fitter;
  for (const std::uint32_t i : training.view().order)
    fitter.add(training.store().sample(i), training.store().class_of(i), i);
  const InputTransform transform = fitter.fit({.by_evidence = true});
  Recipe recipe;
  recipe.seed = seed;
  TrainingState state = begin_training(recipe, static_cast<Index>(all.front().volumes.size()), 0);
  const std::vector<TrainingData> parts{{training.view(), validation.view(), transform}};
  (void)train_parts(recipe, parts, 0, state, [](const Epoch&, const TrainingState&) {});
  const Model model{{.tool = "test",
                     .transform = transform,
                     .mirror = recipe.training.mirror,
                     .members = {state.network},
                     .classes = {"fall", "rise"},
                     .label = "next",
                     .training = {},
                     .test_inputs = {to_input(test.front().volumes)}}};
  Matrix probabilities(2, static_cast<Index>(test.size()));
  Truth truth;
  for (std::size_t i = 0; i < test.size(); ++i) {
    probabilities.col(static_cast<Index>(i)) = model.predict(test[i].volumes);
    truth.classes.push_back(test[i].direction);
    truth.blocks.push_back(static_cast<std::uint32_t>(i));
  }
  return measure(predictions_of(std::move(probabilities)), truth, 2);
}

TEST(RealData, the_recipe_predicts_unseen_moves_of_coin_margined_bitcoin) {
  if (!std::filesystem::exists(binance_folder))
    GTEST_SKIP() << "no real data at " << binance_folder;
  const auto samples = real_samples();
  ASSERT_EQ(samples.size(), 1071U);
  const std::span learnt = std::span{samples}.first(749), unseen = std::span{samples}.subspan(749);
  double accuracy = 0, auc = 0;
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    const Evaluation evaluation = learn_and_score(learnt, unseen, seed);
    RecordProperty("accuracy_seed_" + std::to_string(seed), std::to_string(evaluation.accuracy));
    RecordProperty("auc_seed_" + std::to_string(seed), std::to_string(evaluation.auc.value()));
    accuracy += evaluation.accuracy / 3;
    auc += evaluation.auc.value() / 3;
  }
  EXPECT_GE(accuracy, 0.94);
  EXPECT_GE(auc, 0.975);
}

}  // namespace
}  // namespace obkit::neural
