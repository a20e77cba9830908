#include "obkit/core/giant.hpp"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

namespace obkit {
namespace {

TEST(Giant, a_buffer_keeps_the_memory_of_what_is_usual) {
  std::string buffer(usual_message, 'x');
  const std::size_t capacity = buffer.capacity();
  empty_for_next(buffer);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), capacity);
}

TEST(Giant, a_buffer_keeps_none_of_a_giants) {
  std::string buffer(2 * usual_message + 1, 'x');
  empty_for_next(buffer);
  EXPECT_TRUE(buffer.empty());
  EXPECT_LT(buffer.capacity(), 100U);
}

}  // namespace
}  // namespace obkit
