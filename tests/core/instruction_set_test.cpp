#include "obkit/core/instruction_set.hpp"

#include <cstdint>
#include <iterator>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace obkit {
namespace {

using Number = int (*)();
template <int number>
int give() {
  return number;
}

std::vector<int> chosen(const Kernels<Number>& kernels) {
  std::vector<int> numbers;
  for (const InstructionSet set : instruction_sets()) {
    use_instruction_set(set);
    numbers.push_back(kernels.best()());
  }
  use_instruction_set(std::nullopt);
  return numbers;
}

TEST(InstructionSets, are_those_that_highway_finds) {
#if HWY_ARCH_X86
  const std::int64_t found = hwy::SupportedTargets();
  const auto has = [&](InstructionSet set) { return instruction_sets().back() >= set; };
  EXPECT_EQ(has(InstructionSet::ssse3), (found & HWY_SSSE3) != 0);
  EXPECT_EQ(has(InstructionSet::sse4), (found & HWY_SSE4) != 0);
  EXPECT_EQ(has(InstructionSet::avx2), (found & HWY_AVX2) != 0);
  EXPECT_EQ(has(InstructionSet::avx3), (found & HWY_AVX3) != 0);
  EXPECT_EQ(has(InstructionSet::avx3_dl), (found & HWY_AVX3_DL) != 0);
#else
  EXPECT_THAT(instruction_sets(), testing::ElementsAre(InstructionSet::baseline));
#endif
}

TEST(InstructionSets, the_best_is_used_unless_another_is_told) {
  EXPECT_EQ(instruction_set(), instruction_sets().back());
  use_instruction_set(InstructionSet::baseline);
  EXPECT_EQ(instruction_set(), InstructionSet::baseline);
  use_instruction_set(std::nullopt);
  EXPECT_EQ(instruction_set(), instruction_sets().back());
  EXPECT_EQ(to_string(InstructionSet::avx3_dl), "AVX3_DL");
}

TEST(Kernels, are_taken_by_instruction_set) {
  const std::vector<int> all{0, 1, 2, 3, 4, 5};
  EXPECT_EQ(chosen({give<9>, {give<0>, give<1>, give<2>, give<3>, give<4>, give<5>}}),
            std::vector<int>(all.begin(), all.begin() + std::ssize(instruction_sets())));
}

TEST(Kernels, that_are_not_compiled_are_those_next_below) {
  const Kernels<Number> some{give<9>, {give<0>, nullptr, give<2>, nullptr, nullptr, nullptr}};
  const Kernels<Number> static_one{give<9>, {nullptr, nullptr, nullptr, nullptr, nullptr, give<9>}};
  const std::vector<int> expected{0, 0, 2, 2, 2, 2};
  EXPECT_EQ(chosen(some),
            std::vector<int>(expected.begin(), expected.begin() + std::ssize(instruction_sets())));
  EXPECT_THAT(chosen(static_one), testing::Each(9));
}

}  // namespace
}  // namespace obkit
