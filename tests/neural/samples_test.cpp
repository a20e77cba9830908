#include "obkit/neural/samples.hpp"

#include <csignal>
#include <filesystem>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

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

}  // namespace
}  // namespace obkit::neural
