#include "obkit/exchange/signature.hpp"

#include <gtest/gtest.h>

namespace obkit::exchange {
namespace {

// Key and secret are those of BitMEX's documentation of API keys.
const Credentials known{"LAqUlngMIQkIUjXMUreyu3qn",
                        "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO"};
const std::string expires = "1518064236";
const std::string signature = "6d459dc02866d35a2b965edeecc68063d488e296b77982235fc6eca24b934945";
const Timestamp in_time = *parse_epoch_seconds("1518064235.5");

TEST(Signature, is_the_hmac_of_verb_path_and_expiry) {
  EXPECT_EQ(sign_realtime(known.secret, expires), signature);
}

TEST(Signature, holds_until_it_expires) {
  EXPECT_EQ(refute({known.key, expires, signature}, known, in_time), "");
  EXPECT_EQ(refute({known.key, expires, signature}, known, *parse_epoch_seconds(expires)),
            "This request has expired - `expires` is in the past. Current time: 1518064236");
}

TEST(Signature, is_refused_when_anything_differs) {
  EXPECT_EQ(refute({"other", expires, signature}, known, in_time), "Invalid API Key.");
  EXPECT_EQ(refute({known.key, expires, "6d45"}, known, in_time), "Signature not valid.");
  EXPECT_EQ(refute({known.key, "1518064237", signature}, known, in_time), "Signature not valid.");
  EXPECT_EQ(refute({known.key, "soon", signature}, known, in_time), "'expires' must be a number.");
  EXPECT_EQ(refute({"", expires, signature}, {}, in_time), "Invalid API Key.");
}

}  // namespace
}  // namespace obkit::exchange
