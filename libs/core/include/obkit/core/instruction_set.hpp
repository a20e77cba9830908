#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace obkit {

/// What kernels are compiled for, the least first: Highway's targets of these names, each with all
/// that it needs; avx3_dl (Ice Lake, Zen 4) only where HWY_WANT_AVX3_DL is defined. `baseline` is
/// what the whole program is compiled for.
enum class InstructionSet : std::uint8_t { baseline, ssse3, sse4, avx2, avx3, avx3_dl };

/// "baseline", "SSSE3", "SSE4", "AVX2", "AVX3" or "AVX3_DL".
[[nodiscard]] std::string_view to_string(InstructionSet set);

/// Those of this processor, the least first; never empty.
[[nodiscard]] std::vector<InstructionSet> instruction_sets();

/// What kernels use: the best of this processor, unless use_instruction_set() told another.
[[nodiscard]] InstructionSet instruction_set();

/// From now on, on all threads; empty for the best. For tests. Pre: the processor has it.
void use_instruction_set(std::optional<InstructionSet> set);

/// One function, compiled for several instruction sets.
///
/// It does what HWY_EXPORT and HWY_DYNAMIC_DISPATCH do, without Highway's library, which measures
/// a clock when it is loaded: that takes longer than all else that a tool does to start.
template <class Function>
class Kernels {
 public:
  using Functions = std::array<Function, 6>;  ///< by instruction set

  /// Null where it is not compiled for one: what is next below takes its place, or `otherwise`.
  constexpr Kernels(Function otherwise, const Functions& compiled) : functions_{compiled} {
    for (Function& function : functions_) {
      if (function == nullptr) function = otherwise;
      otherwise = function;
    }
  }

  /// For instruction_set().
  [[nodiscard]] Function best() const {
    return functions_[static_cast<std::size_t>(instruction_set())];
  }

 private:
  Functions functions_;
};

}  // namespace obkit

/// The Kernels of a function in HWY_NAMESPACE, in a file that includes <hwy/foreach_target.h>, at
/// HWY_ONCE.
#define OBKIT_KERNELS(function)                                                              \
  obkit::Kernels<decltype(&HWY_STATIC_DISPATCH(function))> {                                 \
    &HWY_STATIC_DISPATCH(function), {                                                        \
      HWY_CHOOSE_FALLBACK(function), HWY_CHOOSE_SSSE3(function), HWY_CHOOSE_SSE4(function),  \
          HWY_CHOOSE_AVX2(function), HWY_CHOOSE_AVX3(function), HWY_CHOOSE_AVX3_DL(function) \
    }                                                                                        \
  }
