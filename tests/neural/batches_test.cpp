#include "obkit/neural/batches.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "stored.hpp"

namespace obkit::neural {
namespace {

/// Sample i is (i, 1000 - i) with class i % 2.
void add_numbered(Stored& stored, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<double>(i);
    stored.add({value, 1000 - value}, static_cast<std::uint8_t>(i % 2));
  }
}

struct Seen {
  float first = 0;
  std::uint8_t sample_class = 0;
  auto operator<=>(const Seen&) const = default;  // NOLINT(modernize-use-nullptr)
};

std::vector<Seen> epoch_of(ShuffledBatches& batches, std::uint64_t epoch) {
  std::vector<Seen> seen;
  batches.begin(epoch);
  for (Batch batch; batches.next(batch);)
    for (std::size_t i = 0; i < batch.size(); ++i)
      seen.push_back({batch.inputs(0, static_cast<Index>(i)), batch.classes[i]});
  return seen;
}

TEST(ShuffledBatches, an_epoch_has_every_sample_and_its_mirror_image_once) {
  Stored stored;
  add_numbered(stored, 7);
  const InputTransform none;
  ShuffledBatches batches{stored.view(), none, {.batch = 4}};
  auto seen = epoch_of(batches, 1);
  std::sort(seen.begin(), seen.end());
  ASSERT_EQ(seen.size(), 14U);
  for (std::size_t i = 0; i < 7; ++i) {
    const auto value = static_cast<float>(i);
    const auto sample_class = static_cast<std::uint8_t>(i % 2);
    EXPECT_EQ(seen[i], (Seen{value, sample_class}));
    // Reversed, the larger input comes first.
    EXPECT_EQ(seen[13 - i], (Seen{1000 - value, static_cast<std::uint8_t>(1 - sample_class)}));
  }
}

TEST(ShuffledBatches, class_two_is_its_own_mirror_image) {
  EXPECT_EQ(mirrored(0), 1);
  EXPECT_EQ(mirrored(1), 0);
  EXPECT_EQ(mirrored(2), 2);
}

TEST(ShuffledBatches, an_epoch_depends_on_its_number_and_the_seed_alone) {
  Stored stored;
  add_numbered(stored, 50);
  const InputTransform none;
  ShuffledBatches batches{stored.view(), none, {.seed = 3}};
  const auto second = epoch_of(batches, 2), first = epoch_of(batches, 1);
  ShuffledBatches again{stored.view(), none, {.seed = 3}};
  EXPECT_EQ(epoch_of(again, 1), first);
  EXPECT_EQ(epoch_of(again, 2), second);
  EXPECT_NE(first, second);
  ShuffledBatches other{stored.view(), none, {.seed = 4}};
  EXPECT_NE(epoch_of(other, 1), first);
}

TEST(ShuffledBatches, a_window_keeps_neighbours_together) {
  Stored stored;
  add_numbered(stored, 100);
  const InputTransform none;
  ShuffledBatches batches{stored.view(), none, {.mirror = Mirror::off, .window = 10}};
  const auto seen = epoch_of(batches, 1);
  for (std::size_t i = 0; i < 100; ++i)
    EXPECT_EQ(static_cast<std::size_t>(seen[i].first) / 10, i / 10);
  EXPECT_FALSE(std::is_sorted(seen.begin(), seen.begin() + 10));
  ShuffledBatches whole{stored.view(), none, {.mirror = Mirror::off}};
  ShuffledBatches wide{stored.view(), none, {.mirror = Mirror::off, .window = 1000}};
  EXPECT_EQ(epoch_of(wide, 1), epoch_of(whole, 1));
}

TEST(ShuffledBatches, come_transformed_and_with_their_weights) {
  Stored stored;
  add_numbered(stored, 5);
  SampleView view = stored.view();
  const std::vector<float> weights{1, 2, 3, 4, 5};
  view.weights = weights;
  const InputTransform log{{.kind = TransformKind::log}, 2};
  ShuffledBatches batches{view, log, {.batch = 5, .mirror = Mirror::off}};
  Batch batch;
  ASSERT_TRUE(batches.next(batch));
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_NEAR(batch.inputs(0, static_cast<Index>(i)), std::log(double{batch.weights[i]}), 1e-6);
  EXPECT_FALSE(batches.next(batch));
}

TEST(Gather, takes_samples_in_the_order_of_the_view) {
  Stored stored;
  add_numbered(stored, 6);
  const std::vector<std::uint32_t> order{5, 4, 3, 0};
  const SampleView view{.store = &stored.store(), .order = order};
  Batch batch;
  gather(view, 1, 3, InputTransform{}, batch);
  EXPECT_EQ(Vector{batch.inputs.row(0)}, (Vector{{4, 3, 0}}));
  EXPECT_EQ(batch.classes, (std::vector<std::uint8_t>{0, 1, 0}));
}

}  // namespace
}  // namespace obkit::neural
