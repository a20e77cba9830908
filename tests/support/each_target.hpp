#pragma once

#include <string>

#include <gtest/gtest.h>

#include "obkit/core/instruction_set.hpp"

namespace obkit {

/// While it lives, kernels use this instruction set.
class UseTarget {
 public:
  explicit UseTarget(InstructionSet set) { use_instruction_set(set); }
  UseTarget(const UseTarget&) = delete;
  UseTarget& operator=(const UseTarget&) = delete;
  ~UseTarget() { use_instruction_set(before_); }

 private:
  InstructionSet before_ = instruction_set();
};

/// Runs a test with each that this processor has.
class EachTarget : public testing::TestWithParam<InstructionSet> {
 protected:
  /// Whether a product and a sum are rounded once.
  static bool fused() { return GetParam() >= InstructionSet::avx2; }

 private:
  UseTarget use_{GetParam()};
};

inline std::string target_name(const testing::TestParamInfo<InstructionSet>& info) {
  return std::string{to_string(info.param)};
}

}  // namespace obkit
