#pragma once

#include <cstddef>
#include <cstdint>

#include "plan.hpp"

namespace obbacktest {

/// Runs the plan again and again with the books behind a random one cut off, and demands the same
/// trades up to there: who knows the future trades otherwise. `books` is how many there are.
/// Returns at how many cuts it did. Throws std::logic_error where trades differ, and what run()
/// throws. Pre: no input is standard input.
std::size_t check_lookahead(const Plan& plan, std::uint64_t books);

}  // namespace obbacktest
