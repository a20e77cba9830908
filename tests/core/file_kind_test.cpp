#include "obkit/core/file_kind.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace obkit {
namespace {

using namespace std::string_view_literals;

TEST(FileKind, files_of_obkit_are_known_by_how_they_begin) {
  const std::vector<std::pair<std::string_view, std::string_view>> files{
      {R"({"date":20190823,"time":1,"prices":[1,2],"volumes":[3,4]})", file_kinds::day_file},
      {R"( { "volumes" : [3], "prices" : [1])", file_kinds::day_file},
      {R"({"volumes":[3,4],"direction":0})", file_kinds::dataset},
      {R"({"format":"obkit-model","version":1,"tool":"obtrain 0.1.0",)", file_kinds::model},
      {"{\n  \"format\": \"obkit-manifest\",\n  \"version\": 1", file_kinds::manifest},
      {R"({"timestamp":"2019-08-23T10:11:12.345Z","signal":"BUY","score":0.4})",
       file_kinds::signals},
      {"timestamp,signal,score\n", file_kinds::signals},
      {R"({"direction":"BUY","open_time":"…","open_price":1.0,"close_price":2.0})",
       file_kinds::trades},
      {R"({"time":"2026-08-09T21:26:58.123456Z","price":1.5,"volume":1,"side":"buy"})",
       file_kinds::exchange_trades},
      {"obkit-checkpoint-1\n\0\0"sv, file_kinds::checkpoint},
      {"2021-07-22T22:36:07.865123456Z {\"table\":\"orderBookL2\"}", file_kinds::capture},
      {"2021-07-22T22:36:07Z ", file_kinds::capture}};
  for (const auto& [head, kind] : files) EXPECT_EQ(kind_of_file(head), kind) << head;
}

TEST(FileKind, what_is_no_text_is_named) {
  const std::string zip{"PK\x03\x04", 4};
  const std::string header = zip + std::string(22, 'x');
  const auto member = [&](std::string_view name) {
    return header + static_cast<char>(name.size()) + '\0' + '\0' + '\0' + std::string{name};
  };
  const std::vector<std::pair<std::string, std::string_view>> files{
      {member("volumes.npy"), "arrays of NumPy (.npz)"},
      {member("metadata.json"), "a model of Keras 3"},
      {member("A_20240101.txt"), "zip, which"},
      {zip, "zip, which"},
      {std::string{"\x08\x08\x12\x05obkit", 9}, "a model of ONNX"},
      {"\x89HDF\r\n", "HDF5"},
      {std::string(4096, '\0'), "bytes of zero"},
      {std::string{"{\0", 2}, "UTF-16 without"},
      {"\x7F\x45LF\x02", "a program"},
      {"ab\x01\x02", "bytes that are no text"}};
  for (const auto& [head, name] : files)
    EXPECT_EQ(kind_of_file(head).substr(0, name.size()), name) << head;
}

TEST(FileKind, nothing_is_said_of_other_texts) {
  for (const auto* head :
       {"", "\n", "{", "{}", "abc", R"({"topic":"orderbook.500.XRPUSDT","data":{}})", "1,2,3",
        R"({"format":"other"})", "2021-07-22T22:36:07", "2021-07-22 22:36:07.5Z {}", "time,rate",
        "{\"a\x01\":1}"})
    EXPECT_EQ(kind_of_file(head), "") << head;
  EXPECT_EQ(kind_of_file("<html>").substr(0, 6), "a page");
}

TEST(FileKind, a_wrong_kind_is_named_beside_the_right_one) {
  EXPECT_EQ(wrong_kind(R"({"format":"obkit-model")", file_kinds::dataset),
            "expected a training set (.ds), found a model of obkit, which --model takes");
  EXPECT_EQ(wrong_kind(R"({"format":"obkit-model")", file_kinds::model), "");
  EXPECT_EQ(wrong_kind("whatever", file_kinds::model), "");
}

}  // namespace
}  // namespace obkit
