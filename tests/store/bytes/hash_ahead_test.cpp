#include "bytes/hash_ahead.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "../test_input.hpp"

namespace obkit::store {
namespace {

constexpr std::size_t large = 3 * HashAhead::begin_size + 12'345;

std::string random_text(std::size_t size) {
  std::mt19937 random{3};
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

/// Gives what another does, then fails.
class Broken final : public ByteSource {
 public:
  explicit Broken(std::unique_ptr<ByteSource> source) : source_{std::move(source)} {}

  std::size_t read(std::span<char> out) override {
    const std::size_t count = source_->read(out);
    if (count == 0) throw DataError{{.name = "source"}, "broken here"};
    return count;
  }

 private:
  std::unique_ptr<ByteSource> source_;
};

TEST(HashAhead, gives_the_bytes_of_its_source_and_then_their_hash) {
  const ScratchFolder folder;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1000}, HashAhead::begin_size, large}) {
    const std::string text = random_text(size);
    const std::string expected = sha256_of_file(folder.file("bytes", text));
    for (const Ahead ahead : {Ahead::no, Ahead::yes}) {
      for (const std::size_t block : {std::size_t{777}, std::size_t{1} << 22}) {
        std::optional<std::string> told;
        HashAhead source{memory(text, block), ahead,
                         [&](std::string hash) { told = std::move(hash); }};
        EXPECT_TRUE(all_of(source) == text) << size << ' ' << block;
        EXPECT_EQ(told, expected) << size << ' ' << block;
        std::string more(10, '\0');
        EXPECT_EQ(source.read(more), 0U) << "the end stays the end";
      }
    }
  }
}

TEST(HashAhead, passes_an_error_on_behind_the_bytes_before_it_and_tells_no_hash) {
  for (const std::size_t size : {std::size_t{100'000}, large}) {
    bool told = false;
    HashAhead source{std::make_unique<Broken>(memory(random_text(size))), Ahead::yes,
                     [&](const std::string&) { told = true; }};
    std::string block(5'000, '\0');
    std::size_t taken = 0;
    try {
      while (const std::size_t count = source.read(block)) taken += count;
      ADD_FAILURE() << "no error";
    } catch (const DataError& error) {
      EXPECT_STREQ(error.what(), "source: broken here");
    }
    EXPECT_EQ(taken, size);
    EXPECT_THROW((void)source.read(block), DataError) << "again";
    EXPECT_FALSE(told);
  }
}

TEST(HashAhead, tells_no_hash_of_what_was_not_read_to_its_end) {
  const std::string text = random_text(large);
  for (std::size_t wanted = 0; wanted < large - 2 * HashAhead::begin_size; wanted += 150'000) {
    bool told = false;
    {
      HashAhead source{memory(text), Ahead::yes, [&](const std::string&) { told = true; }};
      std::string block(50'000, '\0');
      for (std::size_t taken = 0; taken <= wanted;) taken += source.read(block);
    }
    EXPECT_FALSE(told) << wanted;
  }
}

}  // namespace
}  // namespace obkit::store
