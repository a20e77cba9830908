#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "obsave/watch/status.hpp"

namespace obkit::obsave {
namespace {

TEST(WithoutMetrics, they_are_refused_in_one_line) {
  Options options;
  options.out = "-";
  options.metrics = "127.0.0.1:0";
  complete(options);
  try {
    StatusMonitor{options};
    FAIL() << "it was taken";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "--metrics: this build of obsave has no metrics");
  }
}

}  // namespace
}  // namespace obkit::obsave
