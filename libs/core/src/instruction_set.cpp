#include "obkit/core/instruction_set.hpp"

#include <atomic>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace obkit {
namespace {

#if defined(__x86_64__) || defined(__i386__)
/// What __builtin_cpu_supports() does not know with every compiler.
bool has_lzcnt_and_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_F16C) == 0) return false;
  return __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & bit_LZCNT) != 0;
}
bool has_vaes() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & bit_VAES) != 0;
}

// What Highway 1.0 compiles each target for (hwy/ops/set_macros-inl.h).
bool has_sse4() {
  return __builtin_cpu_supports("sse4.1") != 0 && __builtin_cpu_supports("sse4.2") != 0 &&
         __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("aes") != 0;
}
bool has_avx2() {
  return __builtin_cpu_supports("avx") != 0 && __builtin_cpu_supports("avx2") != 0 &&
         __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0 &&
         __builtin_cpu_supports("fma") != 0 && has_lzcnt_and_f16c();
}
bool has_avx3() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512bw") != 0;
}
bool has_avx3_dl() {
  return __builtin_cpu_supports("avx512vbmi") != 0 && __builtin_cpu_supports("avx512vbmi2") != 0 &&
         __builtin_cpu_supports("avx512vnni") != 0 && __builtin_cpu_supports("avx512bitalg") != 0 &&
         __builtin_cpu_supports("avx512vpopcntdq") != 0 &&
         __builtin_cpu_supports("vpclmulqdq") != 0 && has_vaes();
}

InstructionSet best_of_processor() {
  if (__builtin_cpu_supports("ssse3") == 0) return InstructionSet::baseline;
  if (!has_sse4()) return InstructionSet::ssse3;
  if (!has_avx2()) return InstructionSet::sse4;
  if (!has_avx3()) return InstructionSet::avx2;
  return has_avx3_dl() ? InstructionSet::avx3_dl : InstructionSet::avx3;
}
#else
InstructionSet best_of_processor() { return InstructionSet::baseline; }
#endif

constexpr std::array<std::string_view, 6> names{"baseline", "SSSE3", "SSE4",
                                                "AVX2",     "AVX3",  "AVX3_DL"};

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
