#include "obkit/core/instruction_set.hpp"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
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
#else
  EXPECT_THAT(instruction_sets(), testing::ElementsAre(InstructionSet::baseline));
#endif
}

TEST(InstructionSets, a_target_with_a_feature_that_is_not_asked_for_is_noticed) {
  static_assert(asks_for("sse2,ssse3", InstructionSet::ssse3));
  static_assert(!asks_for("sse2,ssse3,sse4.1", InstructionSet::ssse3));
  static_assert(asks_for("sse2,ssse3,sse4.1,sse4.2,pclmul,aes", InstructionSet::sse4));
  static_assert(!asks_for("sse2,avxvnni", InstructionSet::avx3));
  static_assert(!asks_for("avx512fp16", InstructionSet::avx3));
  static_assert(!asks_for("avx512", InstructionSet::avx3));
  EXPECT_TRUE(asks_for("anything", InstructionSet::baseline));
}

TEST(InstructionSets, a_processor_has_all_that_its_best_set_needs) {
#if HWY_ARCH_X86
  // The kernel's own list of features, which knows nothing of ours.
  std::ifstream file{"/proc/cpuinfo"};
  std::string line;
  while (std::getline(file, line) && !line.starts_with("flags")) {
  }
  if (line.empty()) GTEST_SKIP() << "no /proc/cpuinfo";
  const std::map<std::string_view, std::string_view> others{{"sse4.1", "sse4_1"},
                                                            {"sse4.2", "sse4_2"},
                                                            {"pclmul", "pclmulqdq"},
                                                            {"lzcnt", "abm"},
                                                            {"bmi", "bmi1"}};
  for (const ProcessorFeature& feature : processor_features) {
    if (feature.set > instruction_sets().back()) continue;
    const auto other = others.find(feature.name);
    const std::string name{other == others.end() ? feature.name : other->second};
    EXPECT_NE((line + " ").find(" " + name + " "), std::string::npos) << name;
  }
#endif
}

TEST(InstructionSets, the_best_is_used_unless_another_is_told) {
  EXPECT_EQ(instruction_set(), instruction_sets().back());
  use_instruction_set(InstructionSet::baseline);
  EXPECT_EQ(instruction_set(), InstructionSet::baseline);
  use_instruction_set(std::nullopt);
  EXPECT_EQ(instruction_set(), instruction_sets().back());
  EXPECT_EQ(to_string(InstructionSet::avx3), "AVX3");
}

TEST(Kernels, are_taken_by_instruction_set) {
  const std::vector<int> all{0, 1, 2, 3, 4};
  EXPECT_EQ(chosen({give<9>, {give<0>, give<1>, give<2>, give<3>, give<4>}}),
            std::vector<int>(all.begin(), all.begin() + std::ssize(instruction_sets())));
}

TEST(Kernels, that_are_not_compiled_are_those_next_below) {
  const Kernels<Number> some{give<9>, {give<0>, nullptr, give<2>, nullptr, nullptr}};
  const Kernels<Number> static_one{give<9>, {nullptr, nullptr, nullptr, nullptr, give<9>}};
  const std::vector<int> expected{0, 0, 2, 2, 2};
  EXPECT_EQ(chosen(some),
            std::vector<int>(expected.begin(), expected.begin() + std::ssize(instruction_sets())));
  EXPECT_THAT(chosen(static_one), testing::Each(9));
}

}  // namespace
}  // namespace obkit
