// Every reason to refuse an archive of arrays, by name.
#include <limits>
#include <map>

#include "obkit/core/error.hpp"

#include "books.hpp"
#include "npz_files.hpp"

namespace obkit::dataset {
namespace {

class NpzErrorTest : public NpzTest {
 protected:
  /// The message for an archive of two good samples with some arrays replaced (empty: left out),
  /// with "a" for its path.
  std::string message(const std::map<std::string, std::string>& replaced) {
    std::map<std::string, std::string> arrays{
        {"volumes", npy("<f4", "(2, 2)", raw<float>({1, 2, 3, 4}))},
        {"direction", npy("|u1", "(2,)", std::string{"\0\1", 2})},
        {"date", npy("<i4", "(2,)", raw<std::int32_t>({20190823, 20190824}))},
        {"time", npy("<i4", "(2,)", raw<std::int32_t>({1, 2}))},
        {"label", npy("<U4", "()", raw<std::int32_t>({'m', 'i', 'n', 'e'}))}};
    for (const auto& [name, bytes] : replaced) arrays[name] = bytes;
    std::erase_if(arrays, [](const auto& array) { return array.second.empty(); });
    return message_of({archive("a", {arrays.begin(), arrays.end()})});
  }

  std::string message_of(const std::vector<std::string>& inputs) {
    try {
      return std::to_string(read(inputs).size()) + " samples";
    } catch (const DataError& error) {
      return "a" + std::string{error.what()}.substr(inputs.back().size());
    }
  }
};

TEST_F(NpzErrorTest, none_for_good_arrays_with_or_without_times_and_label) {
  EXPECT_EQ(message({}), "2 samples");
  EXPECT_EQ(message({{"date", ""}, {"time", ""}, {"label", ""}}), "2 samples");
}

TEST_F(NpzErrorTest, missing_arrays) {
  EXPECT_EQ(message({{"volumes", ""}}), "a: expected the array 'volumes'");
  EXPECT_EQ(message({{"direction", ""}}), "a: expected the array 'direction'");
  EXPECT_EQ(message({{"direction", ""}, {"label", ""}}), "a: expected the array 'direction'");
  EXPECT_EQ(message({{"direction", ""},
                     {"label", npy("<U4", "()", raw<std::int32_t>({'n', 'o', 'n', 'e'}))}}),
            "a: its books have no labels: obdataset --label none made it, for other programs");
  EXPECT_EQ(message({{"time", ""}}), "a: expected the arrays 'date' and 'time', found one of them");
}

TEST_F(NpzErrorTest, arrays_of_another_type_or_shape) {
  const std::string volumes = "a: volumes.npy: expected numbers, samples by levels";
  EXPECT_EQ(message({{"volumes", npy("<U1", "(2, 2)", std::string(16, '\0'))}}), volumes);
  EXPECT_EQ(message({{"volumes", npy("<f4", "(2,)", std::string(8, '\0'))}}), volumes);
  EXPECT_EQ(message({{"volumes", npy("<f4", "(2, 3)", std::string(24, '\0'))}}),
            "a: volumes.npy: expected as many bids as asks, found 3");
  EXPECT_EQ(message({{"volumes", npy("<f4", "(2, 0)", "")}}),
            "a: volumes.npy: expected as many bids as asks, found 0");
  EXPECT_EQ(message({{"direction", npy("<f4", "(2,)", std::string(8, '\0'))}}),
            "a: direction.npy: expected integers, one for each sample");
  EXPECT_EQ(message({{"timestamp", npy("<f8", "(2,)", std::string(16, '\0'))}}),
            "a: timestamp.npy: expected integers, one for each sample");
  EXPECT_EQ(message({{"volumes", npy("<M8[ns]", "(2, 2)", std::string(32, '\0'))}}), volumes);
  EXPECT_EQ(message({{"time", npy("<i4", "(1,)", std::string(4, '\0'))}}),
            "a: time.npy: expected 2, as many as samples, found 1");
  EXPECT_EQ(message({{"label", npy("<U4", "(1,)", std::string(16, '\0'))}}),
            "a: label.npy: expected one text");
}

TEST_F(NpzErrorTest, headers_that_are_none) {
  EXPECT_EQ(message({{"date", "0123456789"}}),
            "a: date.npy: expected an array of NumPy, found something else");
  EXPECT_EQ(message({{"date", "x"}}), "a: date.npy: it ends too early");
  EXPECT_EQ(message({{"date", std::string{"\x93NUMPY\x04\x00", 8}}}),
            "a: date.npy: expected version 1 to 3 of the array, found 4");
  EXPECT_EQ(message({{"date", std::string{"\x93NUMPY\x02\x00\xff\xff\xff\xff", 12}}}),
            "a: date.npy: expected a header of at most 65536 bytes, found 4294967295");
  const std::string layout =
      "a: date.npy: expected whole numbers, floats of at most 8 bytes, datetime64 or text, found "
      "{'descr': '";
  EXPECT_EQ(message({{"date", npy("<f16", "(2,)", "")}}).substr(0, layout.size()), layout);
  EXPECT_EQ(message({{"date", npy("|O", "(2,)", "")}}).substr(0, layout.size()), layout);
  EXPECT_EQ(message({{"date", npy("<M8[D]", "(2,)", "")}}).substr(0, layout.size()), layout);
  EXPECT_EQ(message({{"date", npy("<i4", "(2, 1, 1)", "")}}).substr(0, layout.size()), layout);
  EXPECT_EQ(message({{"date", npy("<i4", "(-2,)", "")}}).substr(0, layout.size()), layout);
  EXPECT_EQ(message({{"date", npy("<i4", "(2,)", "", "1")}}).substr(0, layout.size()), layout);
}

TEST_F(NpzErrorTest, too_many_columns_one_behind_the_other) {
  const std::string wide = npy("|u1", "(2, 514)", std::string(1028, '\1'), "True");
  EXPECT_EQ(message({{"volumes", wide}}),
            "a: volumes.npy: expected at most 512 levels in Fortran's order, found 514");
}

TEST_F(NpzErrorTest, a_shape_that_the_file_does_not_hold_is_not_believed) {
  EXPECT_EQ(message({{"date", npy("<i4", "(2,)", "1234")}})
                .find("a: date.npy: expected as many bytes as "),
            0U);
  const std::string huge = npy("<f8", "(1152921504606846976, 1152921504606846976)", "");
  EXPECT_NE(message({{"volumes", huge}}).find("as its shape says"), std::string::npos);
}

TEST_F(NpzErrorTest, values_that_are_no_samples) {
  const auto volumes = [&](float value) {
    return message({{"volumes", npy("<f4", "(2, 2)", raw<float>({1, 2, 3, value}))}});
  };
  EXPECT_EQ(volumes(-1), "a: sample 2: expected a volume >= 0, found -1");
  EXPECT_EQ(volumes(std::numeric_limits<float>::infinity()),
            "a: sample 2: expected a volume >= 0, found inf");
  EXPECT_EQ(volumes(std::numeric_limits<float>::quiet_NaN()),
            "a: sample 2: expected a volume >= 0, found nan");
  const std::string three = npy("|i1", "(2,)", "\2\3");
  EXPECT_EQ(message({{"direction", three}}),
            "a: sample 2: expected direction 0 (falls), 1 (rises) or 2 (stays), found 3");
  EXPECT_EQ(message({{"direction", three}, {"label", ""}}),
            "a: sample 1: expected direction 0 (falls) or 1 (rises), found 2");
  EXPECT_EQ(message({{"direction", npy("|i1", "(2,)", "\xff\1")}}),
            "a: sample 1: expected direction 0 (falls), 1 (rises) or 2 (stays), found -1");
  EXPECT_EQ(message({{"date", npy("<i4", "(2,)", raw<std::int32_t>({20190823, 20190231}))}}),
            "a: sample 2: expected a date and time that exist, found 20190231 2");
  const auto second_time = [&](const std::string& type, std::int64_t time) {
    return message({{"timestamp", npy(type, "(2,)", raw<std::int64_t>({1, time}))}});
  };
  EXPECT_EQ(second_time("<i8", -1), "a: sample 2: expected a time from 1970 to 2261, found -1");
  EXPECT_EQ(second_time("<M8[s]", 9'300'000'000),
            "a: sample 2: expected a time from 1970 to 2261, found 9300000000");
  constexpr std::int64_t first_of_2262 = 9'214'646'400'000'000'000;
  EXPECT_EQ(second_time("<i8", first_of_2262 - 1), "2 samples");
  EXPECT_EQ(second_time("<i8", first_of_2262),
            "a: sample 2: expected a time from 1970 to 2261, found 9214646400000000000");
  EXPECT_EQ(message({{"date", npy("<u8", "(2,)", std::string(16, '\xff'))}})
                .find("a: sample 1: expected a date and "),
            0U);
}

TEST_F(NpzErrorTest, another_depth_or_rule_than_the_samples_before) {
  const std::vector<Sample> two{
      {.volumes = {1, 2}, .direction = 1, .time = DateTime{20190823, 1}, .label = {}}};
  const std::vector<Sample> four{
      {.volumes = {1, 2, 3, 4}, .direction = 1, .time = DateTime{20190823, 1}, .label = {}}};
  EXPECT_EQ(message_of({write("x", two, "next", 2), write("a", four)}),
            "a: volumes.npy: expected 2 as in the samples before, found 4");
  EXPECT_EQ(message_of({write("x", four, "every"), write("a", four)}),
            "a: label.npy: expected the rule 'every' of the samples before, found 'next'");
  write_bytes(path("x"), line_of(two[0]));
  EXPECT_EQ(message_of({path("x"), write("a", four)}),
            "a: volumes.npy: expected 2 as in the samples before, found 4");
}

TEST_F(NpzErrorTest, what_is_no_flow_and_no_move) {
  std::vector<double> numbers(28, 1);
  EXPECT_EQ(message({{"flow", npy("<f8", "(2, 14)", raw(numbers))}}), "2 samples");
  EXPECT_EQ(message({{"flow", npy("<f8", "(14, 2)", raw(numbers))}}),
            "a: flow.npy: expected floats in C order, 2 by 14");
  EXPECT_EQ(message({{"flow", npy("<i8", "(2, 14)", raw(numbers))}}),
            "a: flow.npy: expected floats in C order, 2 by 14");
  numbers[27] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(message({{"flow", npy("<f8", "(2, 14)", raw(numbers))}}),
            "a: sample 2: expected a finite flow, found inf");
  EXPECT_EQ(message({{"move", npy("<i8", "(2,)", raw<std::int64_t>({1, 0}))}}),
            "a: sample 2: expected a number of a move, above 0, found 0");
  const Sample without{
      .volumes = {1, 2, 3, 4}, .direction = 1, .time = DateTime{20190823, 1}, .label = {}};
  Sample with = without;
  with.flow.assign(flow_count, 0);
  with.move = 1;
  EXPECT_EQ(message_of({write("x", {without}), write("a", {with})}),
            "a: flow.npy: expected no flow as in the samples before, found the flow");
}

TEST_F(NpzErrorTest, an_archive_without_its_end) {
  write_bytes(path("a"), "PK\x03\x04 and nothing more");
  EXPECT_EQ(message_of({path("a")}), "a: the zip archive ends early");
}

}  // namespace
}  // namespace obkit::dataset
