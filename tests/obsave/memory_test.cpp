#include "obsave/live/memory.hpp"

#include <cstddef>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace obkit::obsave {
namespace {

std::size_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::size_t whole = 0, resident = 0;
  file >> whole >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(Memory, of_every_giant_goes_back_to_the_system) {
#if defined __SANITIZE_ADDRESS__ || !defined __GLIBC__
  GTEST_SKIP() << "another allocator";
#endif
  constexpr std::size_t giant = std::size_t{20} << 20U, little = std::size_t{2} << 20U;
  free_giants_at_once();
  const std::size_t before = resident_bytes();
  for (int i = 0; i < 3; ++i) {
    const std::string message(giant, 'x');
    EXPECT_GT(resident_bytes(), before + giant - little);
  }
  EXPECT_LT(resident_bytes(), before + little);
}

}  // namespace
}  // namespace obkit::obsave
