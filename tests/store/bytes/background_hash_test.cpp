#include <random>
#include <string>

#include <gtest/gtest.h>

#include "bytes/sha256.hpp"

namespace obkit::store {
namespace {

TEST(BackgroundHash, is_that_of_all_pieces_small_and_large) {
  std::mt19937 random{1};
  for (int turn = 0; turn < 20; ++turn) {
    BackgroundHash hash;
    Sha256 whole;
    for (auto pieces = random() % 12; pieces > 0; --pieces) {
      std::string piece(random() % 3 == 0 ? random() % 300'000 : random() % 2'000, ' ');
      for (std::size_t i = 0; i < piece.size(); i += 97) piece[i] = static_cast<char>(random());
      hash.add(piece);
      whole.add(piece);
    }
    ASSERT_EQ(hash.hex(), whole.hex());
  }
}

TEST(BackgroundHash, can_be_given_up_while_it_works) {
  for (int turn = 0; turn < 20; ++turn) {
    BackgroundHash hash;
    hash.add(std::string(200'000, 'x'));
  }
}

}  // namespace
}  // namespace obkit::store
