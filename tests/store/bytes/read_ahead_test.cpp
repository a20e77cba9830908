#include "bytes/read_ahead.hpp"

#include <atomic>
#include <random>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "../test_input.hpp"

namespace obkit::store {
namespace {

constexpr std::size_t large = 3 * ReadAhead::begin_size;

std::string random_text(std::size_t size) {
  std::mt19937 random{3};
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

/// What a source met.
struct Log {
  std::set<std::thread::id> threads;
  std::size_t given = 0;
  std::atomic<std::size_t> taken = 0;
  bool ran_too_far = false, destroyed = false;
};

/// Gives `size` bytes in pieces, then ends or fails.
class LoggedSource final : public ByteSource {
 public:
  LoggedSource(Log& log, std::size_t size, bool fails = false)
      : log_{log}, size_{size}, fails_{fails} {}
  LoggedSource(const LoggedSource&) = delete;
  LoggedSource& operator=(const LoggedSource&) = delete;
  ~LoggedSource() override { log_.destroyed = true; }

  std::size_t read(std::span<char> out) override {
    log_.threads.insert(std::this_thread::get_id());
    if (fails_ && log_.given == size_) throw DataError{{.name = "source"}, "broken here"};
    const std::size_t count = std::min({out.size(), size_ - log_.given, std::size_t{70'000}});
    std::fill_n(out.begin(), count, 'x');
    log_.given += count;
    if (log_.given > log_.taken + (ReadAhead::blocks + 1) * ReadAhead::block_size)
      log_.ran_too_far = true;
    return count;
  }

 private:
  Log& log_;
  std::size_t size_;
  bool fails_;
};

TEST(ReadAhead, gives_the_bytes_of_its_source_in_order) {
  const std::string text = random_text(large + 12'345);
  for (const std::size_t block : {std::size_t{777}, std::size_t{100'000}, std::size_t{1} << 22}) {
    ReadAhead ahead{memory(text, block)};
    EXPECT_TRUE(all_of(ahead) == text) << block;
    std::string more(10, '\0');
    EXPECT_EQ(ahead.read(more), 0U) << "the end stays the end";
  }
}

TEST(ReadAhead, needs_no_thread_for_what_is_small) {
  Log log;
  ReadAhead ahead{std::make_unique<LoggedSource>(log, ReadAhead::begin_size - 1)};
  EXPECT_EQ(all_of(ahead).size(), ReadAhead::begin_size - 1);
  EXPECT_EQ(log.threads, std::set{std::this_thread::get_id()});
}

TEST(ReadAhead, reads_what_is_large_on_one_more_thread_a_few_blocks_ahead) {
  Log log;
  ReadAhead ahead{std::make_unique<LoggedSource>(log, 4 * large)};
  std::string block(10'000, '\0');
  while (const std::size_t count = ahead.read(block)) log.taken += count;
  EXPECT_EQ(log.taken, 4 * large);
  EXPECT_EQ(log.threads.size(), 2U);
  EXPECT_FALSE(log.ran_too_far);
}

TEST(ReadAhead, passes_an_error_on_behind_the_bytes_before_it) {
  for (const std::size_t size : {std::size_t{100'000}, large}) {
    Log log;
    ReadAhead ahead{std::make_unique<LoggedSource>(log, size, true)};
    std::string block(5'000, '\0');
    std::size_t taken = 0;
    try {
      while (const std::size_t count = ahead.read(block)) taken += count;
      ADD_FAILURE() << "no error";
    } catch (const DataError& error) {
      EXPECT_STREQ(error.what(), "source: broken here");
    }
    EXPECT_EQ(taken, size);
    EXPECT_THROW((void)ahead.read(block), DataError) << "again";
  }
}

TEST(ReadAhead, leaves_no_thread_behind_when_it_is_destroyed_early) {
  for (std::size_t wanted = ReadAhead::begin_size; wanted < large; wanted += 150'000) {
    Log log;
    {
      ReadAhead ahead{std::make_unique<LoggedSource>(log, 100 * large)};
      std::string block(50'000, '\0');
      for (std::size_t taken = 0; taken <= wanted;) taken += ahead.read(block);
    }
    EXPECT_TRUE(log.destroyed);
    EXPECT_LT(log.given, 2 * large);
  }
}

}  // namespace
}  // namespace obkit::store
