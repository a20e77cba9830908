#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/highway.h>

namespace obkit::neural {

/// Instruction sets that kernels are compiled for and this processor has.
inline std::vector<std::int64_t> targets() { return hwy::SupportedAndGeneratedTargets(); }

/// While it lives, kernels use this instruction set.
class UseTarget {
 public:
  explicit UseTarget(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  UseTarget(const UseTarget&) = delete;
  UseTarget& operator=(const UseTarget&) = delete;
  ~UseTarget() {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

/// Runs a test with each.
class EachTarget : public testing::TestWithParam<std::int64_t> {
 protected:
  /// Whether a product and a sum are rounded once.
  static bool fused() { return GetParam() == HWY_AVX2 || GetParam() == HWY_AVX3; }

 private:
  UseTarget use_{GetParam()};
};

inline std::string target_name(const testing::TestParamInfo<std::int64_t>& info) {
  return hwy::TargetName(info.param);
}

}  // namespace obkit::neural
