#include <map>
#include <random>

#include <gtest/gtest.h>

#include "obkit/book/ladder.hpp"

namespace obkit::book {
namespace {

TEST(LevelTable, equals_a_map_after_each_of_many_random_steps) {
  std::mt19937 random{1};
  LevelTable table;
  std::map<std::uint64_t, double> expected;
  for (int step = 0; step < 20'000; ++step) {
    // Few ids, so that they come again; neighbours, and some far apart.
    const std::uint64_t id = (random() % 150) * (random() % 2 == 0 ? 1U : 0x100000000U);
    LevelTable::Level* const level = table.find(id);
    ASSERT_EQ(level != nullptr, expected.contains(id));
    if (level == nullptr) {
      table.put({.id = id, .price = {}, .size = static_cast<double>(step), .side = Side::bid});
      expected[id] = step;
    } else {
      ASSERT_EQ(level->id, id);
      ASSERT_EQ(level->size, expected[id]);
      table.erase(level);
      expected.erase(id);
    }
    ASSERT_EQ(table.size(), expected.size());
  }
  std::map<std::uint64_t, double> found;
  table.for_each([&](const LevelTable::Level& level) { found[level.id] = level.size; });
  EXPECT_EQ(found, expected);
}

TEST(LevelTable, is_empty_after_clear_and_takes_levels_again) {
  LevelTable table;
  EXPECT_EQ(table.find(7), nullptr);
  table.put({.id = 7, .price = {}, .size = 1, .side = Side::ask});
  table.clear();
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.find(7), nullptr);
  table.put({.id = 7, .price = {}, .size = 2, .side = Side::ask});
  ASSERT_NE(table.find(7), nullptr);
  EXPECT_EQ(table.find(7)->size, 2);
}

}  // namespace
}  // namespace obkit::book
