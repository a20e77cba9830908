#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/core/encoding.hpp"
#include "obkit/core/host_port.hpp"

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

TEST(Printable, is_what_is_harmless) {
  for (const char* text : {"", "BTC-PERPETUAL", "a \\ b \"c\" %1", "é ☃ 𝄞 漢字"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, shows_what_would_move_a_terminal_or_end_a_line) {
  EXPECT_EQ(printable("\x1b[2J\x07\r\n\t\x7f"), R"(\x1b[2J\x07\r\n\t\x7f)");
  EXPECT_EQ(printable(std::string{"a\0b", 3}), R"(a\x00b)");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m \xe2\x80\xae \xe2\x80\xa8 \xef\xbb\xbf"),
            R"(\u009b31m \u202e \u2028 \ufeff)");
}

TEST(Printable, shows_bytes_that_are_no_utf_8) {
  EXPECT_EQ(printable("\xff"), R"(\xff)");
  EXPECT_EQ(printable("latin1_\xc9.ds"), R"(latin1_\xc9.ds)");
  EXPECT_EQ(printable("\xe2\x82"), R"(\xe2\x82)") << "cut";
  EXPECT_EQ(printable("\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80"),
            R"(\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80)")
      << "overlong, half of a pair, too large";
}

TEST(Utf8, a_character_has_one_to_four_bytes) {
  for (const std::string text : {"a", "\u00e9", "\u20ac", "\U0001F600", "\uffff"})
    EXPECT_EQ(utf8_length(text + "x"), text.size()) << text;
  for (const char* text : {"\x80", "\xC9", "\xC9x", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xE2\x82", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"})
    EXPECT_EQ(utf8_length(text), 0U)
        << to_hex(std::span{reinterpret_cast<const unsigned char*>(text), std::strlen(text)});
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
