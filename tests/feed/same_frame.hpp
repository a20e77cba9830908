#pragma once

#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "obkit/feed/protocol.hpp"

namespace obkit::feed {

/// Of one message, read the fast way and simdjson's. Fatal where they differ.
inline void expect_same(const Frame& fast, const Frame& slow, const std::string& text) {
  ASSERT_EQ(fast.kind, slow.kind) << text;
  ASSERT_EQ(fast.updates.size(), slow.updates.size()) << text;
  for (std::size_t i = 0; i < fast.updates.size(); ++i) {
    const BookUpdate &a = fast.updates[i], &b = slow.updates[i];
    ASSERT_EQ(a.kind, b.kind) << text;
    ASSERT_EQ(a.symbol, b.symbol) << text;
    ASSERT_EQ(a.pool, b.pool) << text;
    ASSERT_EQ(a.time, b.time) << text;
    ASSERT_EQ(a.lost, b.lost) << text;
    ASSERT_EQ(a.levels, b.levels) << text;
    for (std::size_t row = 0; row < a.levels.size(); ++row) {
      if (a.levels[row].price) {
        ASSERT_EQ(a.levels[row].price->decimals(), b.levels[row].price->decimals()) << text;
      }
    }
  }
}

/// A message with up to two damages: letters that are others, missing, or more, or a piece of it
/// once more.
inline std::string damaged(std::string text, std::string_view letters, std::mt19937& random) {
  const auto pick = [&](std::size_t n) { return random() % n; };
  for (auto n = pick(3); n > 0; --n) {
    const std::size_t at = pick(text.size());
    const auto what = pick(4);
    if (what == 0)
      text[at] = letters[pick(letters.size())];
    else if (what == 1)
      text.erase(at, 1 + pick(3));
    else if (what == 2)
      text.insert(at, 1, letters[pick(letters.size())]);
    else
      text.insert(at, text.substr(pick(text.size()), pick(40)));
  }
  return text;
}

}  // namespace obkit::feed
