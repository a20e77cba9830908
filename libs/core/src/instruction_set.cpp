#include "obkit/core/instruction_set.hpp"

#include <atomic>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace obkit {
namespace {

#if defined(__x86_64__) || defined(__i386__)
// What __builtin_cpu_supports() does not know with every compiler.
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
bool has_lzcnt() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & bit_LZCNT) != 0;
}

/// A feature that is not asked for here is not there: its instruction set is never used.
bool has(std::string_view feature) {
#define OBKIT_ASK(name) \
  if (feature == name) return __builtin_cpu_supports(name) != 0
  OBKIT_ASK("sse2");
  OBKIT_ASK("ssse3");
  OBKIT_ASK("sse4.1");
  OBKIT_ASK("sse4.2");
  OBKIT_ASK("pclmul");
  OBKIT_ASK("aes");
  OBKIT_ASK("avx");
  OBKIT_ASK("avx2");
  OBKIT_ASK("bmi");
  OBKIT_ASK("bmi2");
  OBKIT_ASK("fma");
  OBKIT_ASK("avx512f");
  OBKIT_ASK("avx512cd");
  OBKIT_ASK("avx512vl");
  OBKIT_ASK("avx512dq");
  OBKIT_ASK("avx512bw");
#undef OBKIT_ASK
  if (feature == "f16c") return has_f16c();
  return feature == "lzcnt" && has_lzcnt();
}

/// The set before the first that needs a feature which is not there.
InstructionSet best_of_processor() {
  auto best = InstructionSet::avx3;
  for (const ProcessorFeature& feature : processor_features)
    if (feature.set <= best && !has(feature.name))
      best = static_cast<InstructionSet>(static_cast<std::uint8_t>(feature.set) - 1);
  return best;
}
#else
InstructionSet best_of_processor() { return InstructionSet::baseline; }
#endif

constexpr std::array<std::string_view, 5> names{"baseline", "SSSE3", "SSE4", "AVX2", "AVX3"};

constexpr std::uint8_t unknown = 255;
std::atomic<std::uint8_t> chosen{unknown};

}  // namespace

std::string_view to_string(InstructionSet set) { return names.at(static_cast<std::size_t>(set)); }

std::vector<InstructionSet> instruction_sets() {
  std::vector<InstructionSet> sets;
  const auto best = static_cast<std::uint8_t>(best_of_processor());
  for (std::uint8_t set = 0; set <= best; ++set) sets.push_back(static_cast<InstructionSet>(set));
  return sets;
}

InstructionSet instruction_set() {
  const std::uint8_t set = chosen.load(std::memory_order_relaxed);
  if (set != unknown) return static_cast<InstructionSet>(set);
  use_instruction_set(std::nullopt);
  return instruction_set();
}

void use_instruction_set(std::optional<InstructionSet> set) {
  chosen.store(static_cast<std::uint8_t>(set ? *set : best_of_processor()),
               std::memory_order_relaxed);
}

}  // namespace obkit
