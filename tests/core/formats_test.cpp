#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/core/hex.hpp"
#include "obkit/core/host_port.hpp"
#include "obkit/core/little_endian.hpp"

namespace obkit {
namespace {

TEST(LittleEndian, the_lowest_byte_comes_first) {
  std::string bytes = "x";
  append_little_endian<4>(bytes, 0x12345678);
  EXPECT_EQ(bytes, "x\x78\x56\x34\x12");
}

TEST(LittleEndian, what_was_appended_is_loaded) {
  std::string bytes;
  append_little_endian<8>(bytes, 0xFEDCBA9876543210U);
  append_little_endian<2>(bytes, 0x1FFFFU);  // of which two bytes
  append_little_endian<1>(bytes, 0x80U);
  ASSERT_EQ(bytes.size(), 11U);
  EXPECT_EQ(load_little_endian({bytes.data(), 8}), 0xFEDCBA9876543210U);
  EXPECT_EQ(load_little_endian({bytes.data() + 8, 2}), 0xFFFFU);
  EXPECT_EQ(load_little_endian({bytes.data() + 8, 3}), 0x80FFFFU);
  EXPECT_EQ(load_little_endian({}), 0U);
}

TEST(Hex, has_two_digits_a_byte) {
  EXPECT_EQ(to_hex({}), "");
  EXPECT_EQ(to_hex(std::vector<unsigned char>{0, 9, 10, 0xFF}), "00090aff");
}

TEST(HostPort, is_read_with_and_without_a_port) {
  const auto read = [](const char* text) { return parse_host_port(text).value_or(HostPort{}); };
  EXPECT_EQ(read("localhost:80"), (HostPort{"localhost", "80"}));
  EXPECT_EQ(read("localhost"), (HostPort{"localhost", ""}));
  EXPECT_EQ(read("localhost:"), (HostPort{"localhost", ""}));
  EXPECT_EQ(read("127.0.0.1:0"), (HostPort{"127.0.0.1", "0"}));
  EXPECT_EQ(read("[::1]:65535"), (HostPort{"::1", "65535"}));
  EXPECT_EQ(read("[::1]"), (HostPort{"::1", ""}));
  EXPECT_EQ(read("::1:9000"), (HostPort{"::1", "9000"}));
}

TEST(HostPort, nothing_else_is_read) {
  for (const char* bad : {"", ":80", "[]:80", "[::1", "[::1]x", "[::1]80", "host:65536",
                          "host:123456", "host:-1", "host:http", "host: 80"})
    EXPECT_FALSE(parse_host_port(bad)) << bad;
}

TEST(HostPort, is_written_as_it_is_read) {
  for (const char* text : {"localhost:80", "localhost", "[::1]:80", "[::1]"})
    EXPECT_EQ(parse_host_port(text).value_or(HostPort{}).text(), text);
}

}  // namespace
}  // namespace obkit
