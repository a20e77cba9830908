#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/prctl.h>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "obsave/live/live.hpp"
#include "obsave/options.hpp"

// NOLINTBEGIN(concurrency-mt-unsafe): the environment of one thread

namespace obkit::obsave {
namespace {

namespace fs = std::filesystem;

class CredentialsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "obkit_credentials_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    clear();
  }
  void TearDown() override {
    clear();
    fs::remove_all(folder_);
  }
  static void clear() {
    ::unsetenv(key_variable);
    ::unsetenv(secret_variable);
  }
  std::string file(const std::string& text, fs::perms perms) {
    const fs::path path = folder_ / "key";
    std::ofstream{path} << text;
    fs::permissions(path, perms);
    return path.string();
  }
  fs::path folder_;
};

constexpr auto mine = fs::perms::owner_read | fs::perms::owner_write;

TEST(Credentials, are_two_lines_or_two_assignments) {
  for (const char* text : {"key\nsecret\n", "key\r\n\n  secret",
                           "# mine\nOBKIT_API_KEY=key\nOBKIT_API_SECRET=secret\n",
                           "OBKIT_API_SECRET=\"secret\"\nOBKIT_API_KEY=\"key\""}) {
    const auto found = parse_credentials(text);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->key, "key");
    EXPECT_EQ(found->secret, "secret");
  }
}

TEST(Credentials, are_nothing_else) {
  for (const char* text :
       {"", "key", "key\nsecret\nmore", "OBKIT_API_KEY=key\nsecret", "OBKIT_API_KEY=key\nOTHER=x",
        "key with blanks\nsecret", "OBKIT_API_KEY=\nOBKIT_API_SECRET=secret"})
    EXPECT_FALSE(parse_credentials(text)) << text;
}

TEST_F(CredentialsTest, of_the_environment_come_as_a_pair_or_not_at_all) {
  EXPECT_FALSE(find_credentials(""));
  ::setenv(key_variable, "key", 1);
  EXPECT_THROW(static_cast<void>(find_credentials("")), UsageError);
  ::setenv(secret_variable, "secret", 1);
  EXPECT_EQ(find_credentials("")->secret, "secret");
  ::setenv(secret_variable, "two\nlines", 1);
  EXPECT_THROW(static_cast<void>(find_credentials("")), UsageError);
}

TEST_F(CredentialsTest, of_a_file_come_before_the_environment) {
  ::setenv(key_variable, "other", 1);
  EXPECT_EQ(find_credentials(file("key\nsecret\n", mine))->key, "key");
}

TEST_F(CredentialsTest, a_file_that_others_may_read_is_refused) {
  for (const auto others : {fs::perms::group_read, fs::perms::others_read})
    EXPECT_THROW(static_cast<void>(find_credentials(file("key\nsecret\n", mine | others))),
                 UsageError);
}

TEST_F(CredentialsTest, a_file_without_them_or_none_at_all_is_an_error_that_tells_no_secret) {
  EXPECT_THROW(static_cast<void>(find_credentials((folder_ / "none").string())), IoError);
  try {
    static_cast<void>(find_credentials(file("s3cret", mine)));
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string{error.what()}.find("s3cret"), std::string::npos);
  }
}

TEST_F(CredentialsTest, and_a_proxys_password_are_in_no_core_dump) {
  Options options;
  options.venue = feed::find_venue("bitmex");
  options.url = "wss://localhost:1/";
  ::prctl(PR_SET_DUMPABLE, 1);
  ::setenv("https_proxy", "http://localhost:1", 1);
  static_cast<void>(session_options(options));
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 1);
  ::setenv("https_proxy", "http://user:password@localhost:1", 1);
  static_cast<void>(session_options(options));
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 0);
  ::prctl(PR_SET_DUMPABLE, 1);
  ::unsetenv("https_proxy");
}

}  // namespace
}  // namespace obkit::obsave

// NOLINTEND(concurrency-mt-unsafe)
