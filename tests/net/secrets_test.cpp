#include "obkit/net/secrets.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "obkit/core/encoding.hpp"

namespace obkit::net {
namespace {

constexpr const char* key = "LAqUlngMIQkIUjXMUreyu3qn";
constexpr const char* secret = "chN/C1+HqSbg-Wt_Q/WyrS";

std::string hidden(std::string_view text) {
  Secrets secrets;
  secrets.set({key, secret});
  return std::string{secrets.hide(text)};
}

std::string hex(const std::string& text) {
  return to_hex(std::basic_string<unsigned char>(text.begin(), text.end()));
}

std::string stars(std::size_t count) { return std::string(count, '*'); }

TEST(Secrets, are_hidden_wherever_they_stand) {
  EXPECT_EQ(hidden(std::string{"{\"a\":\""} + key + "\",\"b\":\"" + secret + "\"}"),
            "{\"a\":\"" + stars(24) + "\",\"b\":\"" + stars(22) + "\"}");
  EXPECT_EQ(hidden(std::string{key} + key), stars(48));
  EXPECT_EQ(hidden("bye LAQULNGMIQKIUJXMUREYU3QN!"), "bye " + stars(24) + "!");
}

TEST(Secrets, other_texts_are_as_they_were_and_not_copied) {
  const std::string text = R"({"table":"orderBookL2","data":[{"id":1,"s":"\u0041\\%41"}]})";
  Secrets secrets;
  EXPECT_EQ(secrets.hide(text).data(), text.data());
  secrets.set({key, secret});
  EXPECT_EQ(secrets.hide(text).data(), text.data());
  EXPECT_EQ(secrets.hide(""), "");
}

TEST(Secrets, are_hidden_with_escapes_of_json_and_percent) {
  std::string json, twice, percent, percent_twice;
  for (const char c : std::string{secret}) {
    const std::string digits = hex({c});
    json += "\\u00" + digits;
    twice += "\\\\\\u00" + digits;
    percent += "%" + digits;
    percent_twice += "%25" + digits;
  }
  for (const std::string& escaped : {json, twice, percent, percent_twice})
    EXPECT_EQ(hidden("<" + escaped + ">"), "<" + stars(escaped.size()) + ">") << escaped;
  EXPECT_EQ(hidden(R"(x chN\/C1%2BHqSbg-Wt_Q\/WyrS)"), "x " + stars(26));
}

TEST(Secrets, are_hidden_in_hex_and_in_base64) {
  EXPECT_EQ(hidden(hex(key)), stars(48));
  for (const char* before : {"", "a", "ab", "abc"}) {
    const std::string text = to_base64(std::string{before} + secret + ":");
    const std::string found = hidden(text);
    EXPECT_GE(std::count(found.begin(), found.end(), '*'), 28) << text << " " << found;
  }
}

TEST(Secrets, are_hidden_with_escapes_of_programs_and_of_html) {
  std::string program, decimal, hexadecimal;
  for (const char c : std::string{key}) {
    program += "\\x" + hex({c});
    decimal += "&#" + std::to_string(static_cast<int>(c)) + ";";
    hexadecimal += "&#X" + hex({c}) + ";";
  }
  for (const std::string& escaped : {program, decimal, hexadecimal})
    EXPECT_EQ(hidden("<" + escaped + ">"), "<" + stars(escaped.size()) + ">") << escaped;
  for (const char* text : {"&", "&#", "&#;", "&#x;", "&#x", "&#9999999;", "&amp;", "\\x", "\\x4"})
    EXPECT_EQ(hidden(text), text);
}

TEST(Secrets, are_hidden_where_they_are_broken_over_lines) {
  for (const std::string line_end :
       {"\n", "\r\n", "\r\n  ", R"(\n)", R"(\\r\\n)", "%0D%0A", "&#10;"}) {
    const std::string half = std::string{key}.substr(0, 5), rest = std::string{key}.substr(5);
    std::string text = half;
    text.append(line_end).append(rest);
    EXPECT_EQ(hidden("<" + text + ">"), "<" + stars(text.size()) + ">") << text;
    std::string broken = to_base64(secret);
    broken.insert(9, line_end).insert(4, line_end);
    EXPECT_EQ(hidden(broken).substr(0, 28), stars(28)) << broken;
  }
  std::string with_colons;
  for (const char c : std::string{key}) with_colons += hex({c}) + ":";
  EXPECT_EQ(hidden(with_colons), stars(71) + ":");
  EXPECT_EQ(hidden("L\n\n\n\n\nAqUlngMIQ"), "L\n\n\n\n\nAqUlngMIQ");
}

TEST(Secrets, that_are_short_are_not_found_in_times) {
  Secrets secrets;
  secrets.set({"123456"});
  EXPECT_EQ(secrets.hide("12:34:56 12 34 56 123456"), "12:34:56 12 34 56 ******");
}

TEST(Secrets, are_hidden_where_they_were_cut) {
  EXPECT_EQ(hidden("{\"info\":\"LAqUlngMIQ"), "{\"info\":\"" + stars(10));
  EXPECT_EQ(hidden("LAqUlng"), "LAqUlng") << "so short is no secret";
}

TEST(Secrets, of_a_few_characters_are_not_looked_for) {
  Secrets secrets;
  secrets.set({"***", "", "1", "%%%%%%%", "\\\\\\\\\\\\\\"});
  EXPECT_EQ(secrets.hide("1 *** {\"id\":1}"), "1 *** {\"id\":1}");
}

TEST(Secrets, that_look_like_escapes_are_found_as_they_are) {
  Secrets secrets;
  secrets.set({"%41%42%43%44", R"(a\u0041bcdefg)"});
  EXPECT_EQ(secrets.hide("<%41%42%43%44>"), "<" + stars(12) + ">");
  EXPECT_EQ(secrets.hide(R"(<a\u0041bcdefg>)"), "<" + stars(13) + ">");
}

TEST(Secrets, cost_no_more_than_reading_whatever_the_text) {
  for (const char* part : {"\\", "%25", "LAqUlng", "\\u004", "chN/", "&#6", "L\n\n\n\n"}) {
    std::string text;
    while (text.size() < 1'000'000) text += part;
    EXPECT_EQ(hidden(text), text);
  }
}

}  // namespace
}  // namespace obkit::net
