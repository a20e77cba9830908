#include "obkit/store/input.hpp"

#include <cstdint>
#include <functional>

#include <gmock/gmock.h>
#include <zlib.h>
#include <zstd.h>

#include "obkit/core/error.hpp"

#include "../test_input.hpp"
#include "bytes/compression.hpp"

namespace obkit::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string zstd(const std::string& text) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx};
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);  // as the zstd program does
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress2(context.get(), out.data(), out.size(), text.data(), text.size()));
  return out;
}

std::string gzip(std::string text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// Half a megabyte that does not compress to nothing.
std::string long_text() {
  std::string text;
  for (unsigned i = 0, x = 1; i < 50'000; ++i) text += std::to_string(x = x * 1664525 + 1013904223);
  return text;
}

std::string read(std::string bytes, std::size_t block = 1 << 20) {
  const auto source = decompressed(memory(std::move(bytes), block), "x");
  return all_of(*source);
}

TEST(Input, gives_plain_bytes_as_they_are) {
  for (const char* text : {"", "{", R"({"a":1})", "(", "(\xB5/!", "\x1Fno gzip"})
    for (const std::size_t block : {1U, 3U, 100U}) EXPECT_EQ(read(text, block), text);
}

TEST(Input, decompresses_by_content_in_blocks_of_any_size) {
  const std::string text = long_text();
  for (const std::size_t block : {7U, 1000U, 1U << 20U}) {
    EXPECT_EQ(read(zstd(text), block), text);
    EXPECT_EQ(read(gzip(text), block), text);
  }
  EXPECT_EQ(read(zstd("")), "");
  EXPECT_EQ(read(gzip("")), "");
}

/// A frame whose one block holds `text` as it is. Window: 1 KiB << (byte / 8), and byte % 8 eighths
/// more (RFC 8878, 3.1.1.1.2).
std::string frame_of_window(unsigned char byte, const std::string& text) {
  constexpr unsigned last = 1;
  const auto block = static_cast<unsigned>(text.size()) << 3U | last;
  std::string frame{"\x28\xB5\x2F\xFD\0", 5};
  frame += static_cast<char>(byte);
  for (const unsigned shift : {0U, 8U, 16U}) frame += static_cast<char>(block >> shift & 255U);
  return frame + text;
}

constexpr unsigned char two_gibibytes = 21 << 3, one_gibibyte = 20 << 3;

TEST(Input, reads_zstd_windows_of_up_to_two_gibibytes) {
  for (const std::size_t block : {1U, 5U, 1000U})
    EXPECT_EQ(read(frame_of_window(two_gibibytes, "one ") + frame_of_window(3, "two"), block),
              "one two");
}

std::string why_not(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Input, refuses_longer_zstd_windows_and_says_so) {
  for (const std::size_t block : {1U, 1000U}) {
    EXPECT_EQ(
        why_not([&] { (void)read(zstd("a") + frame_of_window(two_gibibytes + 1, "b"), block); }),
        "x: expected a zstd window of at most 2048 MiB, found 2304 MiB");
    EXPECT_EQ(why_not([&] { (void)read(frame_of_window(255, "text"), block); }),
              "x: expected a zstd window of at most 2048 MiB, found 3932160 MiB");
  }
}

TEST(Input, a_zstd_window_that_memory_does_not_hold_says_what_it_needs) {
  const std::string large = frame_of_window(one_gibibyte, "text");
  const auto read_with = [](std::string bytes, std::uint64_t mebibytes) {
    return all_of(*zstd_source(memory(std::move(bytes), 3), "x", mebibytes << 20U));
  };
  EXPECT_EQ(read_with(large, 1024), "text");
  EXPECT_THROW((void)read_with(large, 1023), IoError);
  EXPECT_EQ(why_not([&] { (void)read_with(zstd("first") + large, 1023); }),
            "cannot read x: its zstd window needs 1024 MiB of memory, which are not there: "
            "compress it again without --long");
  // Where the header says that the content is short, no more is taken than that.
  std::string short_one = large;
  short_one[4] = '\x80';  // four bytes of size behind the window
  short_one.insert(6, std::string{"\4\0\0\0", 4});
  EXPECT_EQ(read_with(short_one, 1), "text");
}

/// Content is at most given once: 1 MiB of noise, zeros, the same noise.
TEST(Input, finds_what_lies_more_than_128_MiB_back) {
  constexpr std::size_t mebibyte = std::size_t{1} << 20, zeros = 140;
  std::string noise(mebibyte, '\0');
  for (std::uint32_t i = 0, x = 1; i < noise.size(); ++i)
    noise[i] = static_cast<char>((x = x * 1664525 + 1013904223) >> 24U);
  const std::string text = noise + std::string(zeros * mebibyte, '\0') + noise;
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx};
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, 28);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, 1);
  std::string packed(2 * mebibyte, '\0');
  const std::size_t size =
      ZSTD_compress2(context.get(), packed.data(), packed.size(), text.data(), text.size());
  ASSERT_FALSE(ZSTD_isError(size)) << ZSTD_getErrorName(size);
  packed.resize(size);
  ASSERT_LT(size, noise.size() + noise.size() / 10);  // the noise is there once
  const auto source = decompressed(memory(packed), "x");
  std::string block(mebibyte, '\0');
  std::size_t at = 0;
  while (const std::size_t count = source->read(block)) {
    ASSERT_EQ(text.compare(at, count, block, 0, count), 0) << at;
    at += count;
  }
  EXPECT_EQ(at, text.size());
}

TEST(Input, goes_on_with_frames_and_members_that_follow) {
  EXPECT_EQ(read(zstd("one ") + zstd("two ") + zstd("three")), "one two three");
  EXPECT_EQ(read(gzip("one ") + gzip("two ") + gzip("three")), "one two three");
}

TEST(Input, skips_a_skippable_zstd_frame_in_front) {
  const std::string skippable{"\x50\x2A\x4D\x18\x04\0\0\0abcd", 12};
  EXPECT_EQ(read(skippable + zstd("text")), "text");
}

/// What comes of bytes that were cut, before that is told.
std::string read_cut(std::string bytes, std::size_t block) {
  const auto source = decompressed(memory(std::move(bytes), block), "x");
  std::string all, part(block, '\0');
  try {
    while (const std::size_t count = source->read(part)) all.append(part, 0, count);
    ADD_FAILURE() << "it was not told";
  } catch (const EarlyEnd& error) {
    EXPECT_STREQ(error.what(), "x: the compressed stream ends early");
  }
  return all;
}

TEST(Input, a_compressed_stream_that_was_cut_says_so_behind_what_is_whole_of_it) {
  const std::string text = long_text();
  for (const std::string& whole : {zstd(text), gzip(text)}) {
    for (const std::size_t size : {std::size_t{5}, whole.size() / 2, whole.size() - 1}) {
      for (const std::size_t block : {std::size_t{1} << 20U, std::size_t{977}}) {
        const std::string part = read_cut(whole.substr(0, size), block);
        EXPECT_EQ(part, text.substr(0, part.size()));
      }
    }
  }
  EXPECT_EQ(read_cut(zstd("whole ") + zstd("lost").substr(0, 6), 100), "whole ");
  EXPECT_EQ(read_cut(gzip("whole ") + gzip("lost").substr(0, 3), 100), "whole ");
  EXPECT_EQ(read_cut(gzip("no checksum").substr(0, gzip("no checksum").size() - 8), 100),
            "no checksum");
}

TEST(Input, refuses_a_damaged_compressed_stream_by_name) {
  for (std::string bytes : {zstd(long_text()), gzip(long_text())}) {
    for (std::size_t i = 1000; i < 1100; ++i) bytes[i] = static_cast<char>(~bytes[i]);
    try {
      (void)read(bytes);
      FAIL();
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), testing::MatchesRegex("x: damaged (zstd|gzip) stream: .+"));
    }
  }
  EXPECT_THROW((void)read(zstd("good") + "garbage"), DataError);
}

TEST(Input, gives_what_a_live_stream_has_flushed_without_waiting_for_more) {
  const std::string text = "{\"a\":1}\n";
  auto source = std::make_unique<MemorySource>(zstd(text) + zstd(text), zstd(text).size());
  const MemorySource& watched = *source;
  const auto input = decompressed(std::move(source), "x");
  std::string block(1000, '\0');
  EXPECT_EQ(input->read(block), text.size());
  EXPECT_LE(watched.reads(), 3);  // four bytes, the rest of the block, no more
}

TEST(ExpandInputs, leaves_files_and_standard_input_as_they_are) {
  const ScratchFolder folder;
  const std::vector<std::string> paths{folder.file("b.log", ""), "-", folder.file("a", "")};
  EXPECT_EQ(expand_inputs(paths, FileKind::day_file), paths);
}

TEST(ExpandInputs, a_folder_is_its_day_files_by_date_then_name) {
  const ScratchFolder folder;
  const auto a2 = folder.file("A_20190824.txt", ""), b1 = folder.file("B_20190823.txt.zst", "");
  const auto a1 = folder.file("A_20190823.txt", "");
  for (const char* other : {"A_20190823.ds", "A_20190823.manifest.json", "A_20190823.txt.part",
                            "A_20191399.txt", "_20190823.txt", "notes.txt", "A20190823.txt"})
    (void)folder.file(other, "");
  std::filesystem::create_directory(folder.path() + "/D_20190823.txt");
  const std::vector<std::string> paths{folder.path()};
  EXPECT_THAT(expand_inputs(paths, FileKind::day_file), ElementsAre(a1, b1, a2));
}

TEST(ExpandInputs, a_folder_is_its_datasets_those_without_a_date_first) {
  const ScratchFolder folder;
  const auto b = folder.file("B_20190823.ds", ""), a = folder.file("A_20190824.ds.zst", "");
  const auto plain = folder.file("training.ds", "");
  const std::vector<std::string> paths{folder.path()};
  EXPECT_THAT(expand_inputs(paths, FileKind::dataset), ElementsAre(plain, b, a));
}

TEST(ExpandInputs, refuses_a_day_that_is_there_plain_and_compressed) {
  const ScratchFolder folder;
  const auto plain = folder.file("A_20190823.txt", ""), zst = folder.file("A_20190823.txt.zst", "");
  const std::vector<std::string> paths{folder.path()};
  try {
    (void)expand_inputs(paths, FileKind::day_file);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(plain + " and "), HasSubstr(zst)));
  }
}

TEST(ExpandInputs, refuses_what_is_missing_and_a_folder_without_a_file_of_the_kind) {
  const ScratchFolder folder;
  const auto message = [&](const std::string& path, FileKind kind) -> std::string {
    try {
      const std::vector<std::string> paths{path};
      (void)expand_inputs(paths, kind);
    } catch (const IoError& error) {
      EXPECT_EQ(error.during(), IoError::During::open);
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message(folder.path() + "/none", FileKind::day_file), HasSubstr("No such file"));
  EXPECT_THAT(message(folder.path(), FileKind::day_file),
              HasSubstr("no day-file (SYMBOL_YYYYMMDD.txt) in this folder"));
  EXPECT_THAT(message(folder.path(), FileKind::dataset),
              HasSubstr("no dataset (NAME.ds) in this folder"));
}

TEST(DaysOutOfOrder, names_the_first_that_is) {
  using Files = std::vector<std::string>;
  const auto told = [](const Files& files, FileKind kind = FileKind::day_file) {
    return days_out_of_order(files, kind).value_or("");
  };
  EXPECT_EQ(told({"a/X_20260101.txt", "a/X_20260102.txt.zst", "b/Y_20250101.txt", "-"}), "");
  EXPECT_EQ(told({"X_20260103.txt", "Y_20260101.txt", "X_20260102.txt", "X_20260101.txt"}),
            "days out of order: X_20260102.txt comes behind X_20260103.txt");
  EXPECT_EQ(told({"a/X_20260103.txt", "b/X_20260103.txt"}),
            "days out of order: b/X_20260103.txt comes behind a/X_20260103.txt");
  EXPECT_EQ(told({"X_20260103.ds", "X_20260102.npz"}, FileKind::dataset),
            "days out of order: X_20260102.npz comes behind X_20260103.ds");
}

TEST(SymbolOfDayFile, is_what_stands_before_the_date) {
  EXPECT_EQ(symbol_of_day_file("books/BTCUSD_PERP_20240808.txt.zst"), "BTCUSD_PERP");
  EXPECT_EQ(symbol_of_day_file("XBTUSD_20190823.txt"), "XBTUSD");
  for (const char* other : {"-", "XBTUSD.txt", "XBTUSD_2019082.txt", "XBTUSD_20190823.ds", ""})
    EXPECT_EQ(symbol_of_day_file(other), "") << other;
}

TEST(Input, the_symbol_of_a_dataset_stands_before_its_date) {
  for (const char* path : {"sets/BTCUSD_PERP_20240808.ds", "BTCUSD_PERP_20240808.ds.zst",
                           "BTCUSD_PERP_20240808.ds.gz", "x/BTCUSD_PERP_20240808.npz"})
    EXPECT_EQ(symbol_of_dataset(path), "BTCUSD_PERP") << path;
  for (const char* other : {"samples.ds", "XBTUSD_20190823.txt", "XBTUSD_20191323.ds", "-", ""})
    EXPECT_EQ(symbol_of_dataset(other), "") << other;
}

}  // namespace
}  // namespace obkit::store
