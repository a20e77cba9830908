#include "obkit/dataset/sample_reader.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "obkit/core/error.hpp"
#include "obkit/dataset/dataset_writer.hpp"

#include "books.hpp"

namespace obkit::dataset {
namespace {

using store::BadLine;
using testing::ElementsAre;

class SampleReaderTest : public testing::Test {
 protected:
  SampleReaderTest()
      : folder_{std::filesystem::path{testing::TempDir()} /
                ("obkit_dataset_" + std::to_string(::getpid()))} {
    std::filesystem::create_directories(folder_);
  }
  ~SampleReaderTest() override { std::filesystem::remove_all(folder_); }

  /// Writes a file; its path.
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream{folder_ / name, std::ios::binary} << text;
    return folder_ / name;
  }

  /// The message for a dataset of this text, with "d" for its path.
  std::string message(const std::string& text) {
    const std::string path = file("d", text);
    SampleReader reader{{path}};
    Sample sample;
    try {
      while (reader.next(sample)) continue;
    } catch (const DataError& error) {
      return "d" + std::string{error.what()}.substr(path.size());
    }
    return "no error";
  }

 private:
  std::filesystem::path folder_;
};

std::vector<Sample> all_of(SampleReader& reader) {
  std::vector<Sample> samples;
  for (Sample sample; reader.next(sample);) samples.push_back(sample);
  return samples;
}

TEST_F(SampleReaderTest, reads_what_append_sample_writes) {
  const Sample sample{.volumes = {1, 2.5, 0.1 + 0.2, 1e20},
                      .direction = 1,
                      .time = DateTime{.date = 20190823, .time = 503531},
                      .label = {}};
  EXPECT_EQ(
      line_of(sample),
      R"({"volumes":[1,2.5,0.30000000000000004,1e+20],"direction":1,"date":20190823,"time":503531})"
      "\n");
  SampleReader reader{{file("a", line_of(sample))}};
  const auto samples = all_of(reader);
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(line_of(samples[0]), line_of(sample));
}

TEST_F(SampleReaderTest, reads_files_of_the_original) {
  SampleReader reader{{file("a", "{\"volumes\": [100, 2000], \"direction\": 0}\n")}};
  const auto samples = all_of(reader);
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_THAT(samples[0].volumes, ElementsAre(100, 2000));
  EXPECT_EQ(samples[0].direction, 0);
  EXPECT_EQ(samples[0].time, std::nullopt);
  EXPECT_EQ(samples[0].label, "");
}

TEST_F(SampleReaderTest, a_label_that_names_the_default_is_the_default) {
  const std::string line = R"({"volumes":[1,2],"direction":0,"label":"next"})";
  SampleReader reader{{file("a", line + "\n"
                                        R"({"volumes":[1,2],"direction":0})"
                                        "\n")}};
  const auto samples = all_of(reader);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].label, "");
}

TEST_F(SampleReaderTest, another_label_is_kept) {
  const Sample sample{.volumes = {1, 2}, .direction = 0, .time = {}, .label = "horizon=50"};
  SampleReader reader{{file("a", line_of(sample))}};
  EXPECT_EQ(all_of(reader).at(0).label, "horizon=50");
}

TEST_F(SampleReaderTest, reads_several_files_as_one_stream) {
  const std::string line = R"({"volumes":[1,2],"direction":0})"
                           "\n";
  SampleReader reader{{file("a", line), file("empty", ""), file("b", line + line)}};
  std::vector<std::size_t> inputs;
  for (Sample sample; reader.next(sample);) inputs.push_back(reader.input_index());
  EXPECT_THAT(inputs, ElementsAre(0, 2, 2));
}

TEST_F(SampleReaderTest, an_empty_dataset_has_no_samples) {
  SampleReader reader{{file("a", "")}};
  EXPECT_TRUE(all_of(reader).empty());
  EXPECT_TRUE(warnings(reader.report()).empty());
}

TEST_F(SampleReaderTest, a_torn_last_line_is_reported_and_ignored) {
  const auto path = file("a", "{\"volumes\":[1,2],\"direction\":0}\n{\"volumes\":[1,");
  SampleReader reader{{path}};
  EXPECT_EQ(all_of(reader).size(), 1U);
  EXPECT_THAT(warnings(reader.report()),
              ElementsAre(path + ":2: the last line is torn, it is ignored"));
}

TEST_F(SampleReaderTest, malformed_lines_can_be_skipped_and_are_counted) {
  const auto path = file("a", "x\n{\"volumes\":[1,2],\"direction\":0}\n\n");
  SampleReader reader{{path}, BadLine::skip};
  EXPECT_EQ(all_of(reader).size(), 1U);
  EXPECT_EQ(reader.report().skipped, 2U);
}

TEST_F(SampleReaderTest, refuses_keys_that_are_missing_or_of_another_type) {
  EXPECT_EQ(message("{\"direction\":0}\n"), "d:1: expected the key 'volumes'");
  EXPECT_EQ(message("{\"volumes\":[1,2]}\n"), "d:1: expected the key 'direction'");
  EXPECT_EQ(message("{\"volumes\":[1,2],\"direction\":0,\"date\":20190823}\n"),
            "d:1: expected the key 'time' beside 'date'");
  EXPECT_EQ(message("{\"volumes\":[1,2],\"direction\":0,\"time\":1}\n"),
            "d:1: expected the key 'date' beside 'time'");
  EXPECT_EQ(message("{\"volumes\":[1,2],\"direction\":0,\"label\":1}\n"),
            "d:1: key 'label': expected a text, found 1");
}

TEST_F(SampleReaderTest, refuses_volumes_that_are_no_volumes) {
  EXPECT_EQ(message("{\"volumes\":[1,NaN],\"direction\":0}\n"),
            "d:1: key 'volumes', item 2: expected a volume >= 0, found NaN");
  EXPECT_EQ(message("{\"volumes\":[-1,1],\"direction\":0}\n"),
            "d:1: key 'volumes', item 1: expected a volume >= 0, found -1");
  EXPECT_EQ(message("{\"volumes\":[1,2,3],\"direction\":0}\n"),
            "d:1: key 'volumes': expected as many bids as asks, found 3");
  EXPECT_EQ(message("{\"volumes\":[],\"direction\":0}\n"),
            "d:1: key 'volumes': expected as many bids as asks, found 0");
}

TEST_F(SampleReaderTest, refuses_a_direction_that_is_none) {
  for (const char* direction : {"3", "-1", "0.5", "\"0\"", "null"}) {
    EXPECT_EQ(message("{\"volumes\":[1,2],\"direction\":" + std::string{direction} + "}\n"),
              "d:1: key 'direction': expected 0 (falls), 1 (rises) or 2 (stays), found " +
                  std::string{direction});
  }
}

TEST_F(SampleReaderTest, the_default_rule_knows_no_third_class_and_others_may) {
  const std::string stays = R"({"volumes":[1,2],"direction":2)";
  const std::string expected = "d:1: key 'direction': expected 0 (falls) or 1 (rises), found 2";
  EXPECT_EQ(message(stays + "}\n"), expected);
  EXPECT_EQ(message(stays + ",\"label\":\"next\"}\n"), expected);
  SampleReader reader{{file("a", stays + ",\"label\":\"horizon=5,flat=1bp\"}\n")}};
  EXPECT_EQ(all_of(reader).at(0).direction, 2);
}

TEST_F(SampleReaderTest, refuses_mixed_depth) {
  EXPECT_EQ(
      message("{\"volumes\":[1,2],\"direction\":0}\n{\"volumes\":[1,2,3,4],\"direction\":0}\n"),
      "d:2: key 'volumes': expected 2 as in the samples before, found 4");
}

TEST_F(SampleReaderTest, refuses_samples_of_different_label_rules) {
  EXPECT_EQ(message("{\"volumes\":[1,2],\"direction\":0}\n"
                    "{\"volumes\":[1,2],\"direction\":0,\"label\":\"every\"}\n"),
            "d:2: key 'label': expected the rule 'next' of the samples before, found 'every'");
}

const std::string flow_text = "0,-0.5,1e-17,3,4,5,6,7,8,9,10,11,12,-13";

TEST_F(SampleReaderTest, reads_the_flow_and_the_move) {
  const std::string line = "{\"volumes\":[1,2],\"direction\":0,\"label\":\"every\",\"flow\":[" +
                           flow_text + "],\"move\":7}\n";
  SampleReader reader{{file("a", line + line)}};
  const auto samples = all_of(reader);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_THAT(samples[1].flow, ElementsAre(0, -0.5, 1e-17, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -13));
  EXPECT_EQ(samples[1].move, 7U);
  EXPECT_EQ(line_of(samples[1]), line);
}

TEST_F(SampleReaderTest, refuses_what_is_no_flow_and_no_move) {
  const std::string begin = "{\"volumes\":[1,2],\"direction\":0,\"flow\":[";
  const std::string good = begin + flow_text + "]}\n";
  EXPECT_EQ(message(begin + "1,2]}\n"), "d:1: key 'flow': expected 14 numbers, found 2");
  EXPECT_EQ(message(begin + "1,null]}\n"),
            "d:1: key 'flow', item 2: expected a number, found null");
  EXPECT_EQ(message(begin + "1,1e999]}\n"),
            "d:1: key 'flow', item 2: expected a number, found 1e999");
  EXPECT_EQ(message(begin + flow_text + "],\"move\":0}\n"),
            "d:1: key 'move': expected a number of a move, above 0, found 0");
  EXPECT_EQ(message(good + "{\"volumes\":[1,2],\"direction\":0}\n"),
            "d:2: key 'flow': expected the flow as in the samples before, found no flow");
  EXPECT_EQ(message("{\"volumes\":[1,2],\"direction\":0}\n" + good),
            "d:2: key 'flow': expected no flow as in the samples before, found the flow");
}

TEST_F(SampleReaderTest, a_file_that_is_missing_is_an_io_error) {
  SampleReader reader{{"/nonexistent/a.ds"}};
  Sample sample;
  EXPECT_THROW((void)reader.next(sample), IoError);
}

}  // namespace
}  // namespace obkit::dataset
