#include "obkit/core/instruction_set.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
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
  // The system's loader asks the processor by itself. (The kernel's list of features is no witness:
  // there are kernels that hide some which work.)
  const auto close = [](std::FILE* pipe) { pclose(pipe); };
  const std::unique_ptr<std::FILE, decltype(close)> loader{
      popen("/lib64/ld-linux-x86-64.so.2 --help 2>/dev/null", "r"), close};
  std::string text;
  std::array<char, 4096> block{};
  while (loader && std::fgets(block.data(), block.size(), loader.get()) != nullptr)
    text += block.data();
  if (text.find("x86-64-v2") == std::string::npos) GTEST_SKIP() << "the loader tells no levels";
  const InstructionSet best = instruction_sets().back();
  const auto has_level = [&](const std::string& level) {
    return text.find(level + " (supported") != std::string::npos;
  };
  EXPECT_TRUE(best < InstructionSet::sse4 || has_level("x86-64-v2")) << text;
  EXPECT_TRUE(best < InstructionSet::avx2 || has_level("x86-64-v3")) << text;
  EXPECT_TRUE(best < InstructionSet::avx3 || has_level("x86-64-v4")) << text;
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
