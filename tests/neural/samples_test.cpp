#include "obkit/neural/samples.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <numeric>
#include <set>
#include <sys/resource.h>
#include <utility>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "net/random.hpp"
#include "stored.hpp"

namespace obkit::neural {
namespace {

SampleSegment counted_up(std::size_t count, std::size_t first,
                         const std::optional<std::string>& folder = std::nullopt) {
  SampleSegment segment{folder};
  for (std::size_t i = first; i < first + count; ++i) {
    const auto value = static_cast<double>(i);
    segment.add(std::vector<double>{value, -value + 1e6, 0.5}, static_cast<std::uint8_t>(i % 3));
  }
  return segment;
}

/// Every value and class, after having grown over many pages.
void expect_counted_up(const SampleSegment& segment, std::size_t count) {
  ASSERT_EQ(segment.size(), count);
  ASSERT_EQ(segment.inputs(), 3);
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<float>(i);
    ASSERT_EQ(Vector{segment.sample(i)}, (Vector{{value, 1e6f - value, 0.5f}})) << i;
    ASSERT_EQ(segment.class_of(i), i % 3);
  }
}

TEST(SampleSegment, keeps_what_it_was_given_while_it_grows) {
  expect_counted_up(counted_up(400'000, 0), 400'000);
}

TEST(SampleSegment, keeps_it_in_a_file_without_a_name_too) {
  const auto folder = std::filesystem::path{testing::TempDir()} / "obkit_segment";
  std::filesystem::create_directories(folder);
  {
    const auto segment = counted_up(400'000, 0, folder.string());
    EXPECT_TRUE(std::filesystem::is_empty(folder));
    expect_counted_up(segment, 400'000);
  }
  std::filesystem::remove(folder);
}

TEST(SampleSegment, a_folder_that_is_not_there_is_an_io_error) {
  EXPECT_THROW(SampleSegment{"/nowhere/at/all"}, IoError);
}

TEST(SampleSegment, a_full_disk_is_an_io_error) {
  // posix_fallocate() refuses what the file system or the limit of the process has no room for.
  SampleSegment segment{testing::TempDir()};
  struct Limit {
    Limit() { setrlimit(RLIMIT_FSIZE, &small); }
    ~Limit() { setrlimit(RLIMIT_FSIZE, &before); }
    rlimit before = [] {
      rlimit limit{};
      getrlimit(RLIMIT_FSIZE, &limit);
      return limit;
    }();
    rlimit small{.rlim_cur = 4 << 20, .rlim_max = before.rlim_max};
  };
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  {
    const Limit limit;
    const std::vector<double> raw(1000, 1.0);
    EXPECT_THROW(
        {
          for (int i = 0; i < 10'000; ++i) segment.add(raw, 0);
        },
        IoError);
  }
  std::signal(SIGXFSZ, handler);
}

TEST(SampleSegment, volumes_beyond_reason_are_limited) {
  SampleSegment segment;
  segment.add(std::vector<double>{1e300, 0}, 1);
  EXPECT_EQ(Vector{segment.sample(0)}, (Vector{{1e30f, 0}}));
}

TEST(SampleStore, is_one_row_of_all_segments) {
  SampleStore store;
  EXPECT_EQ(store.size(), 0U);
  store.add(counted_up(5, 0));
  store.add(SampleSegment{});
  store.add(counted_up(1, 5));
  store.add(counted_up(4, 6));
  ASSERT_EQ(store.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(store.sample(i)[0], static_cast<float>(i));
    EXPECT_EQ(store.class_of(i), i % 3);
  }
}

TEST(SampleStore, its_fingerprint_tells_values_classes_and_order_apart) {
  const auto of = [](std::initializer_list<std::pair<double, std::uint8_t>> samples) {
    SampleSegment segment;
    for (const auto& [value, sample_class] : samples)
      segment.add(std::vector<double>{value, 1}, sample_class);
    SampleStore store;
    store.add(std::move(segment));
    return store.fingerprint();
  };
  const auto first = of({{1, 0}, {2, 1}});
  EXPECT_EQ(of({{1, 0}, {2, 1}}), first);
  EXPECT_NE(of({{1, 0}, {2, 0}}), first);
  EXPECT_NE(of({{1, 0}, {2.5, 1}}), first);
  EXPECT_NE(of({{2, 1}, {1, 0}}), first);
  EXPECT_NE(of({{1, 0}}), first);
}

TEST(SampleView, counts_the_classes_of_its_own_samples) {
  SampleStore store;
  store.add(counted_up(9, 0));
  const std::vector<std::uint32_t> order{0, 3, 6, 1, 2};
  const SampleView view{.store = &store, .order = order};
  EXPECT_EQ(view.count_classes(3), (std::vector<std::uint64_t>{3, 1, 1}));
}

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

/// All numbers of each batch of an epoch.
std::vector<std::vector<float>> numbers_of(const SampleView& view, const InputTransform& transform,
                                           std::size_t most_kept_bytes) {
  ShuffledBatches batches{view, transform, {.batch = 7, .most_kept_bytes = most_kept_bytes}};
  batches.begin(1);
  std::vector<std::vector<float>> all;
  for (Batch batch; batches.next(batch);) {
    std::vector<float>& numbers = all.emplace_back(batch.weights);
    numbers.insert(numbers.end(), batch.classes.begin(), batch.classes.end());
    numbers.insert(numbers.end(), batch.inputs.reshaped().begin(), batch.inputs.reshaped().end());
  }
  return all;
}

TEST(ShuffledBatches, that_keep_samples_transformed_have_the_same_bits) {
  constexpr std::size_t count = TransformedSamples::block + 100;
  Stored stored;
  add_drawn(stored, count, 7, 1, [](const auto& raw) { return raw[0] > 0.5 ? 1 : 2; });
  SampleView view = stored.view();
  std::vector<float> weights(count);
  std::iota(weights.begin(), weights.end(), 1.0f);
  view.weights = weights;
  std::vector<std::uint32_t> backwards(count - 10);
  std::iota(backwards.rbegin(), backwards.rend(), 3U);
  view.order = backwards;
  const std::vector<float> three(3, 0.25f);
  for (const TransformKind kind : {TransformKind::none, TransformKind::relative, TransformKind::log,
                                   TransformKind::zscore, TransformKind::share}) {
    const InputTransform transform{
        {.kind = kind, .offset = three, .center = three, .scale = three, .flow_scale = {0.1f}}, 6};
    const auto anew = numbers_of(view, transform, 0);
    EXPECT_EQ(numbers_of(view, transform, view.size() * 7 * sizeof(float)), anew);
    EXPECT_EQ(numbers_of(view, transform, view.size() * 7 * sizeof(float) - 1), anew);
  }
}

TEST(TransformedSamples, are_kept_where_there_is_room) {
  Stored stored;
  add_numbered(stored, TransformedSamples::block + 1);
  const InputTransform none;
  const std::size_t bytes = stored.view().size() * 2 * sizeof(float);
  Batch scratch;
  const TransformedSamples kept{stored.view(), none, bytes};
  EXPECT_NE(&kept.block_of(1, scratch), &scratch);
  const TransformedSamples anew{stored.view(), none, bytes - 1};
  EXPECT_EQ(&anew.block_of(1, scratch), &scratch);
  EXPECT_EQ(scratch.size(), 1U);
  EXPECT_EQ(scratch.inputs, kept.block_of(1, scratch).inputs);
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

TEST(Random, uniform_takes_the_upper_24_bits_of_the_engine) {
  // The first output of std::mt19937 with seed 5489 is 3499211612 (Matsumoto and Nishimura).
  std::mt19937 random{5489};
  EXPECT_EQ(uniform(random, 0, 1), static_cast<float>(3499211612U >> 8) / 16777216.0f);
}

TEST(Random, uniform_stays_in_its_range) {
  std::mt19937 random{1};
  for (int i = 0; i < 1000; ++i) {
    const float value = uniform(random, -2, 3);
    EXPECT_GE(value, -2);
    EXPECT_LT(value, 3);
  }
}

TEST(Random, uniform_below_gives_every_number_about_as_often) {
  std::mt19937 random{1};
  std::array<int, 5> counts{};
  for (int i = 0; i < 5000; ++i) ++counts[uniform_below(random, counts.size())];
  for (const int count : counts) EXPECT_NEAR(count, 1000, 120);  // four standard deviations
}

TEST(Random, shuffle_keeps_all_items_and_repeats_with_its_seed) {
  std::vector<std::uint32_t> items(100), again;
  std::iota(items.begin(), items.end(), 0U);
  again = items;
  const auto sorted = items;
  std::mt19937 first{3}, second{3};
  shuffle(items, first);
  shuffle(again, second);
  EXPECT_EQ(items, again);
  EXPECT_NE(items, sorted);
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, sorted);
}

}  // namespace

}  // namespace obkit::neural
