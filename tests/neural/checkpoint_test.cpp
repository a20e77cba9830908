#include "obkit/neural/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/neural/recipe.hpp"

#include "stored.hpp"

namespace obkit::neural {
namespace {

class Checkpoints : public testing::Test {
 protected:
  Checkpoints() {
    recipe_.units = {3, 2};
    for (std::size_t i = 0; i < 2; ++i) fresh_.push_back(begin_training(recipe_, 4, i));
    Stored samples;
    add_drawn(samples, 60, 4, 1, [](const auto& raw) { return raw[0] > raw[3]; });
    const InputTransform none;
    const std::vector<TrainingData> parts{{samples.view(), samples.view(), none}};
    TrainingState state = fresh_[1];
    recipe_.training.epochs = 3;
    (void)fit(recipe_, parts, 1, state,
              [&](const Epoch&, const TrainingState& after) { trained_ = after; });
  }

  std::vector<TrainingState> read(std::string_view bytes, std::string_view subject = "a=1\nb=2\n") {
    return read_checkpoint(bytes, "m.checkpoint", subject, fresh_);
  }
  std::string complaint(std::string_view bytes, std::string_view subject = "a=1\nb=2\n") {
    try {
      (void)read(bytes, subject);
      return "";
    } catch (const DataError& error) {
      return error.what();
    }
  }

  Recipe recipe_;
  std::vector<TrainingState> fresh_;
  std::optional<TrainingState> trained_;
};

TEST_F(Checkpoints, give_everything_back_to_the_bit) {
  const std::string bytes =
      to_bytes({.subject = "a=1\nb=2\n", .members = {std::nullopt, trained_}});
  auto states = read(bytes);
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[0].epochs, 0);
  EXPECT_EQ(states[1].epochs, 3);
  EXPECT_EQ(states[1].best_loss, trained_->best_loss);
  EXPECT_EQ(states[1].optimizer.steps, trained_->optimizer.steps);
  EXPECT_EQ(to_bytes({.subject = "a=1\nb=2\n", .members = {std::nullopt, states[1]}}), bytes);
}

TEST_F(Checkpoints, of_another_subject_name_what_differs) {
  const std::string bytes =
      to_bytes({.subject = "a=1\nb=2\n", .members = {std::nullopt, trained_}});
  EXPECT_EQ(complaint(bytes, "a=1\nb=3\n"),
            "m.checkpoint: no checkpoint to go on from: it was made with b=2, this is b=3");
}

TEST_F(Checkpoints, cut_anywhere_or_with_any_bit_flipped_are_refused) {
  const std::string bytes =
      to_bytes({.subject = "a=1\nb=2\n", .members = {std::nullopt, trained_}});
  for (std::size_t length = 0; length < bytes.size(); ++length)
    ASSERT_THAT(complaint(bytes.substr(0, length)), testing::StartsWith("m.checkpoint: no"));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 3) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    ASSERT_THAT(complaint(damaged), testing::StartsWith("m.checkpoint: no")) << bit;
  }
}

TEST_F(Checkpoints, of_other_shapes_are_refused) {
  const std::string bytes =
      to_bytes({.subject = "a=1\nb=2\n", .members = {std::nullopt, trained_}});
  recipe_.units = {4, 2};
  fresh_[1] = begin_training(recipe_, 4, 1);
  EXPECT_THAT(complaint(bytes), testing::HasSubstr("the layers have other shapes"));
  fresh_.pop_back();
  EXPECT_THAT(complaint(bytes), testing::HasSubstr("another number of members"));
}

}  // namespace
}  // namespace obkit::neural
