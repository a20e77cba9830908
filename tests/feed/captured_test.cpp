#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/feed/protocol.hpp"

namespace obkit::feed {
namespace {

/// Remembers what it is given.
class Listener final : public Protocol {
 public:
  std::vector<Request> open() override { return {}; }
  const Frame& decode(std::string_view text) override {
    messages.emplace_back(text);
    return frame_;
  }
  const Frame& decode_answer(const HttpAnswer& answer) override {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.problem, "");
    answers.push_back({std::string{answer.target}, std::string{answer.body}});
    return frame_;
  }
  std::vector<Request> refresh(const std::string&) override { return {}; }

  std::vector<std::string> messages;
  std::vector<std::pair<std::string, std::string>> answers;

 private:
  Frame frame_;
};

TEST(Captured, a_message_is_decoded_as_it_is) {
  Listener listener;
  (void)decode_captured(listener, R"({"e":"@rest "})");
  EXPECT_EQ(listener.messages, std::vector<std::string>{R"({"e":"@rest "})"});
  EXPECT_TRUE(listener.answers.empty());
}

TEST(Captured, an_answer_comes_back_with_its_target_and_its_body) {
  const std::string body = R"({"bids":[["1", "2"]]})";
  for (const std::string& line :
       {captured_answer("https://api.example.com:9443/api/v3/depth?symbol=AB&limit=5", body),
        "@rest https://api.example.com/api/v3/depth?symbol=AB&limit=5\t" + body,
        "@rest /api/v3/depth?symbol=AB&limit=5 " + body}) {
    Listener listener;
    (void)decode_captured(listener, line);
    ASSERT_EQ(listener.answers.size(), 1U) << line;
    EXPECT_EQ(listener.answers[0].first, "/api/v3/depth?symbol=AB&limit=5");
    EXPECT_EQ(listener.answers[0].second, body);
    EXPECT_TRUE(listener.messages.empty());
  }
}

TEST(Captured, an_answer_that_was_cut_has_no_body) {
  for (const char* line : {"@rest ", "@rest https://api.example.com", "@rest https://a/b\t"}) {
    Listener listener;
    (void)decode_captured(listener, line);
    ASSERT_EQ(listener.answers.size(), 1U) << line;
    EXPECT_EQ(listener.answers[0].second, "");
  }
}

}  // namespace
}  // namespace obkit::feed
