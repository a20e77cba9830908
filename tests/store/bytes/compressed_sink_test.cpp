#include "obkit/store/compressed_sink.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "obkit/store/input.hpp"

#include "support/memory_source.hpp"

namespace obkit::store {
namespace {

/// Keeps what is written.
class MemorySink final : public ByteSink {
 public:
  explicit MemorySink(std::string& text) : text_{text} {}
  void write(std::string_view bytes) override { text_ += bytes; }
  void flush() override {}
  void close() override { text_ += "<closed>"; }

 private:
  std::string& text_;
};

/// What the bytes hold; the sink must have been closed behind them.
std::string content(std::string bytes) {
  const std::string closed = "<closed>";
  EXPECT_TRUE(bytes.ends_with(closed));
  bytes.resize(bytes.size() - std::min(bytes.size(), closed.size()));
  const auto source = decompressed(memory(bytes), "memory");
  std::string text, block(1 << 16, '\0');
  while (const std::size_t count = source->read(block)) text.append(block, 0, count);
  return text;
}

TEST(CompressedSink, what_was_written_is_read_back_over_any_number_of_frames) {
  std::string text;
  for (int i = 0; text.size() < std::size_t{9} << 20; ++i) text += std::to_string(i) + "\n";
  std::string bytes;
  const auto sink = compressed(std::make_unique<MemorySink>(bytes));
  sink->write(text.substr(0, 10));
  sink->write(text.substr(10));  // longer than two frames
  sink->close();
  EXPECT_LT(bytes.size(), text.size() / 2);
  EXPECT_EQ(content(bytes), text);
}

TEST(CompressedSink, a_flush_hands_all_on_that_was_written) {
  std::string bytes;
  const auto sink = compressed(std::make_unique<MemorySink>(bytes));
  sink->write("first");
  EXPECT_EQ(bytes, "");
  sink->flush();
  EXPECT_EQ(content(bytes + "<closed>"), "first");
  sink->write(", second");
  sink->close();
  EXPECT_EQ(content(bytes), "first, second");
}

TEST(CompressedSink, nothing_is_nothing) {
  std::string bytes;
  compressed(std::make_unique<MemorySink>(bytes))->close();
  EXPECT_EQ(bytes, "<closed>");
}

}  // namespace
}  // namespace obkit::store
