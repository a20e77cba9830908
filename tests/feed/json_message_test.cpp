#include <cstddef>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "json/json_value.hpp"

namespace obkit::feed {
namespace {

/// `{"pad":"xxx…"}`, of so many bytes.
std::string message_of(std::size_t size) {
  std::string text = R"({"pad":")";
  text.append(size - text.size() - 2, 'x');
  return text + "\"}";
}

TEST(JsonMessage, keeps_its_memory_from_one_message_to_the_next) {
  JsonMessage message;
  static_cast<void>(message.read(message_of(1'000'000)));
  static_cast<void>(message.read(message_of(100)));
  EXPECT_GE(message.capacity(), 1'000'000U);
}

TEST(JsonMessage, keeps_none_of_a_giants_behind_the_next_small_one) {
  constexpr std::size_t giant = std::size_t{20} << 20U;
  JsonMessage message;
  static_cast<void>(message.read(message_of(giant)));
  EXPECT_GE(message.capacity(), giant);
  static_cast<void>(message.read(message_of(100)));
  EXPECT_LT(message.capacity(), 100'000U);
  auto document = message.read(message_of(200));
  const std::string_view pad = document["pad"].get_string();
  EXPECT_EQ(pad.size(), 190U);
}

}  // namespace
}  // namespace obkit::feed
