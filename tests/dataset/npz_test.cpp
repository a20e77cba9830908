#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include <gmock/gmock.h>

#include "obkit/core/error.hpp"

#include "books.hpp"
#include "npz_files.hpp"
#include "support/memory_sink.hpp"

namespace obkit::dataset {
namespace {

using testing::ElementsAre;

std::vector<Sample> random_samples(std::mt19937& random, int count, const std::string& label) {
  std::vector<Sample> samples;
  for (int i = 0; i < count; ++i) {
    samples.push_back(
        {.volumes = {},
         .direction = static_cast<std::uint8_t>(random() % (label.empty() ? 2 : 3)),
         .time = DateTime{.date = 20190823, .time = static_cast<int>(random() % 60000)},
         .label = label});
    for (int k = 0; k < 4; ++k)
      samples.back().volumes.push_back(static_cast<float>(random() % 1000) / 8);
  }
  return samples;
}

TEST_F(NpzTest, samples_are_read_as_they_were_written) {
  std::mt19937 random{1};
  for (const int count : {0, 1, 2, 1000, 50'000}) {
    for (const std::string label : {"", "horizon=50,flat=1bp"}) {
      const auto samples = random_samples(random, count, label);
      const auto file = write("a.npz", samples, label.empty() ? "next" : label);
      EXPECT_EQ(lines_of(read({file})), lines_of(samples));
    }
  }
}

TEST_F(NpzTest, a_file_and_a_pipe_get_the_same_bytes) {
  std::mt19937 random{4};
  for (const int count : {0, 1, 100'000}) {
    const auto samples = random_samples(random, count, "");
    std::string piped;
    bool is_closed = false;
    write(std::make_unique<MemorySink>(piped, is_closed), samples, "next", 4);
    EXPECT_TRUE(is_closed);
    EXPECT_TRUE(bytes_of(write("a.npz", samples)) == piped) << count;
  }
}

TEST_F(NpzTest, the_flow_and_the_moves_are_read_as_they_were_written) {
  std::mt19937 random{3};
  for (const std::string label : {"", "every", "horizon=50,flat=1bp"}) {
    auto samples = random_samples(random, 3000, label);
    for (Sample& sample : samples) {
      for (std::size_t i = 0; i < flow_count; ++i)
        sample.flow.push_back((static_cast<double>(random() % 1000) - 500) / 7);
      if (!label.starts_with("horizon")) sample.move = 1 + random() % 100;
    }
    const auto file = write("a.npz", samples, label.empty() ? "next" : label);
    EXPECT_EQ(lines_of(read({file})), lines_of(samples));
  }
}

TEST_F(NpzTest, archives_and_files_of_lines_are_one_stream) {
  std::mt19937 random{2};
  const auto first = random_samples(random, 3, ""), second = random_samples(random, 2, "");
  std::string text;
  for (const auto& line : lines_of(second)) text += line;
  write_bytes(path("b.ds"), text);
  const std::vector<std::string> inputs{write("a.npz", first), path("b.ds"), write("none.npz", {}),
                                        write("c.npz", first)};
  SampleReader reader{inputs};
  std::vector<std::size_t> from;
  for (Sample sample; reader.next(sample);) from.push_back(reader.input_index());
  EXPECT_THAT(from, ElementsAre(0, 0, 0, 1, 1, 3, 3, 3));
}

TEST_F(NpzTest, archives_of_others_are_read) {
  const std::vector<std::pair<std::string, std::string>> entries{
      {"volumes", npy("<f8", "(2, 2)", raw<double>({0.1, 2, 3, 1e300}))},
      {"direction", npy("<i8", "(2,)", raw<std::int64_t>({1, 0}))},
      {"further", "whatever"}};
  for (const auto method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    const auto samples = read({archive("a.npz", entries, method)});
    ASSERT_EQ(samples.size(), 2U);
    EXPECT_THAT(samples[0].volumes, ElementsAre(0.1, 2));
    EXPECT_THAT(samples[1].volumes, ElementsAre(3, 1e300));
    EXPECT_EQ(samples[0].direction, 1);
    EXPECT_EQ(samples[0].time, std::nullopt);
    EXPECT_EQ(samples[0].label, "");
  }
}

/// The bytes of each number turned around.
std::string reversed(std::string bytes, std::size_t item) {
  for (std::size_t i = 0; i < bytes.size(); i += item)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + item));
  return bytes;
}

TEST_F(NpzTest, volumes_may_be_of_any_type_of_numbers) {
  const std::vector<std::pair<std::string, std::string>> types{
      {"|u1", raw<std::uint8_t>({1, 2, 3, 200})},
      {"<i2", raw<std::int16_t>({1, 2, 3, 200})},
      {"<u8", raw<std::uint64_t>({1, 2, 3, 200})},
      {">i4", reversed(raw<std::int32_t>({1, 2, 3, 200}), 4)},
      {">f4", reversed(raw<float>({1, 2, 3, 200}), 4)},
      {"<f2", raw<std::uint16_t>({0x3C00, 0x4000, 0x4200, 0x5A40})}};
  for (const auto& [type, bytes] : types) {
    const auto samples = read({archive("a.npz", {{"volumes", npy(type, "(2, 2)", bytes)},
                                                 {"direction", npy("|b1", "(2,)", {"\1\0", 2})}})});
    ASSERT_EQ(samples.size(), 2U) << type;
    EXPECT_THAT(samples[0].volumes, ElementsAre(1, 2)) << type;
    EXPECT_THAT(samples[1].volumes, ElementsAre(3, 200)) << type;
    EXPECT_EQ(samples[0].direction, 1);
  }
}

TEST_F(NpzTest, times_are_nanoseconds_or_any_unit_of_numpy) {
  // 2019-08-23T10:11:12.345Z, and some nanoseconds in the units that have them.
  const std::vector<std::pair<std::string, std::int64_t>> times{
      {"<i8", 1'566'555'072'345'678'901},
      {"<M8[ns]", 1'566'555'072'345'678'901},
      {"<M8[us]", 1'566'555'072'345'678},
      {"<M8[ms]", 1'566'555'072'345},
      {"<u8", 1'566'555'072'345'000'000}};
  for (const auto& [type, time] : times) {
    const auto samples =
        read({archive("a.npz", {{"volumes", npy("<f4", "(1, 2)", raw<float>({1, 2}))},
                                {"direction", npy("|u1", "(1,)", "")},
                                {"timestamp", npy(type, "(1,)", raw<std::int64_t>({time}))}})});
    ASSERT_EQ(samples.size(), 1U) << type;
    EXPECT_EQ(samples[0].time, (DateTime{20190823, 101112345})) << type;
  }
}

TEST_F(NpzTest, columns_one_behind_the_other_are_the_same_samples) {
  constexpr std::size_t rows = 20'000, depth = 6;  // more than is read at once
  std::vector<std::int32_t> by_rows, by_columns;
  for (std::size_t i = 0; i < rows * depth; ++i)
    by_rows.push_back(static_cast<std::int32_t>(i * 7919 % 100'000));
  for (std::size_t c = 0; c < depth; ++c)
    for (std::size_t r = 0; r < rows; ++r) by_columns.push_back(by_rows[r * depth + c]);
  const std::string shape = "(20000, 6)";
  const std::string direction = npy("|u1", "(20000,)", std::string(rows, '\1'));
  for (const auto method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    const auto c_order = archive(
        "c.npz", {{"volumes", npy("<i4", shape, raw(by_rows))}, {"direction", direction}}, method);
    const auto fortran =
        archive("f.npz",
                {{"volumes", npy("<i4", shape, raw(by_columns), "True")}, {"direction", direction}},
                method);
    EXPECT_EQ(lines_of(read({fortran})), lines_of(read({c_order})));
  }
}

TEST_F(NpzTest, the_same_samples_give_the_same_bytes) {
  std::mt19937 random{3};
  const auto samples = random_samples(random, 100, "");
  EXPECT_EQ(bytes_of(write("a.npz", samples)), bytes_of(write("b.npz", samples)));
}

TEST_F(NpzTest, samples_that_are_none_can_be_skipped_and_are_counted) {
  const auto file =
      archive("a.npz", {{"volumes", npy("<f4", "(3, 2)", raw<float>({1, 2, -1, 2, 5, 6}))},
                        {"direction", npy("|u1", "(3,)", std::string{"\0\1\1", 3})}});
  SampleReader reader{{file}, store::BadLine::skip};
  Sample sample;
  ASSERT_TRUE(reader.next(sample));
  ASSERT_TRUE(reader.next(sample));
  EXPECT_THAT(sample.volumes, ElementsAre(5, 6));
  EXPECT_FALSE(reader.next(sample));
  EXPECT_THAT(warnings(reader.report()),
              ElementsAre("1 malformed line skipped, the first: " + file +
                          ": sample 2: expected a volume >= 0, found -1"));
}

/// Whatever is done to the file: samples, or an error that names it.
void expect_samples_or_error(const std::string& file) {
  try {
    SampleReader reader{{file}};
    for (Sample sample; reader.next(sample);) ASSERT_EQ(sample.volumes.size() % 2, 0U);
  } catch (const DataError& error) {
    EXPECT_EQ(std::string{error.what()}.substr(0, file.size()), file);
  }
}

TEST_F(NpzTest, a_damaged_archive_is_an_error_and_never_worse) {
  std::mt19937 random{4};
  const std::string bytes =
      bytes_of(write("whole.npz", random_samples(random, 3, "every"), "every"));
  const std::string file = path("damaged.npz");
  for (std::size_t length = 4; length < bytes.size(); ++length) {
    write_bytes(file, bytes.substr(0, length));
    EXPECT_THROW((void)read({file}), DataError) << length;
    std::string flipped = bytes;
    flipped[length] = static_cast<char>(flipped[length] ^ 1 << length % 8);
    write_bytes(file, flipped);
    expect_samples_or_error(file);
  }
}

}  // namespace
}  // namespace obkit::dataset
