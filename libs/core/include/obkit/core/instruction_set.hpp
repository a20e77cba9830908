#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace obkit {

/// What kernels are compiled for, the least first: Highway's targets of these names. `baseline` is
/// what the whole program is compiled for.
enum class InstructionSet : std::uint8_t { baseline, ssse3, sse4, avx2, avx3 };

/// A feature of a processor, as compilers call it in `target("...")`.
struct ProcessorFeature {
  InstructionSet set;  ///< the least that needs it
  std::string_view name;
};

/// All that a processor is asked for before kernels run on it.
inline constexpr std::array processor_features{
    ProcessorFeature{InstructionSet::ssse3, "sse2"},
    ProcessorFeature{InstructionSet::ssse3, "ssse3"},
    ProcessorFeature{InstructionSet::sse4, "sse4.1"},
    ProcessorFeature{InstructionSet::sse4, "sse4.2"},
    ProcessorFeature{InstructionSet::sse4, "pclmul"},
    ProcessorFeature{InstructionSet::sse4, "aes"},
    ProcessorFeature{InstructionSet::avx2, "avx"},
    ProcessorFeature{InstructionSet::avx2, "avx2"},
    ProcessorFeature{InstructionSet::avx2, "bmi"},
    ProcessorFeature{InstructionSet::avx2, "bmi2"},
    ProcessorFeature{InstructionSet::avx2, "fma"},
    ProcessorFeature{InstructionSet::avx2, "f16c"},
    ProcessorFeature{InstructionSet::avx2, "lzcnt"},
    ProcessorFeature{InstructionSet::avx3, "avx512f"},
    ProcessorFeature{InstructionSet::avx3, "avx512cd"},
    ProcessorFeature{InstructionSet::avx3, "avx512vl"},
    ProcessorFeature{InstructionSet::avx3, "avx512dq"},
    ProcessorFeature{InstructionSet::avx3, "avx512bw"},
};

/// Whether a processor is asked for all features of `target`, a list like "sse2,ssse3", before
/// kernels for `set` run on it. Those of the baseline need no question.
[[nodiscard]] constexpr bool asks_for(std::string_view target, InstructionSet set) {
  if (set == InstructionSet::baseline) return true;
  while (!target.empty()) {
    const std::string_view name = target.substr(0, target.find(','));
    bool found = false;
    for (const ProcessorFeature& feature : processor_features)
      found = found || (feature.name == name && feature.set <= set);
    if (!found) return false;
    target.remove_prefix(name.size() < target.size() ? name.size() + 1 : name.size());
  }
  return true;
}

/// "baseline", "SSSE3", "SSE4", "AVX2" or "AVX3".
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
  using Functions = std::array<Function, 5>;  ///< by instruction set

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
#define OBKIT_KERNELS(function)                                                             \
  obkit::Kernels<decltype(&HWY_STATIC_DISPATCH(function))> {                                \
    &HWY_STATIC_DISPATCH(function), {                                                       \
      HWY_CHOOSE_FALLBACK(function), HWY_CHOOSE_SSSE3(function), HWY_CHOOSE_SSE4(function), \
          HWY_CHOOSE_AVX2(function), HWY_CHOOSE_AVX3(function)                              \
    }                                                                                       \
  }

/// The InstructionSet of HWY_TARGET. Highway counts better targets downwards.
#define OBKIT_INSTRUCTION_SET                                        \
  (HWY_TARGET == HWY_STATIC_TARGET ? obkit::InstructionSet::baseline \
   : HWY_TARGET <= HWY_AVX3        ? obkit::InstructionSet::avx3     \
   : HWY_TARGET == HWY_AVX2        ? obkit::InstructionSet::avx2     \
   : HWY_TARGET == HWY_SSE4        ? obkit::InstructionSet::sse4     \
                                   : obkit::InstructionSet::ssse3)

/// Stands once in each private header of kernels, where HWY_TARGET_STR is defined. A kernel that
/// Highway compiles with a feature that no processor is asked for does not compile.
#define OBKIT_CHECK_TARGET                                                    \
  static_assert(obkit::asks_for(HWY_TARGET_STR, OBKIT_INSTRUCTION_SET),       \
                "Highway compiles this target with a feature that is not in " \
                "obkit::processor_features: " HWY_TARGET_STR)
