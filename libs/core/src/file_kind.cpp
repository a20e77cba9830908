#include "obkit/core/file_kind.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace obkit {
namespace {

using namespace std::string_view_literals;

/// A kind, and how its files begin.
struct Beginning {
  std::string_view magic, name;
};

template <std::size_t Count>
std::string_view find(const std::array<Beginning, Count>& beginnings, std::string_view head) {
  const auto found = std::find_if(beginnings.begin(), beginnings.end(), [&](const Beginning& one) {
    return head.starts_with(one.magic);
  });
  return found == beginnings.end() ? std::string_view{} : found->name;
}

/// The first file of an archive tells who made it.
std::string_view kind_of_zip(std::string_view head) {
  constexpr std::size_t length_at = 26, name_at = 30;
  if (head.size() < name_at) return "zip, which unzip unpacks";
  const auto length = static_cast<unsigned char>(head[length_at]);
  const std::string_view name = head.substr(name_at, length);
  if (name.ends_with(".npy")) return "arrays of NumPy (.npz), which obtrain reads from a file";
  if (name == "metadata.json" || name == "config.json")
    return "a model of Keras 3 (.keras): saved as .h5 it is read";
  return "zip, which unzip unpacks";
}

/// `{"a":1}` and `{ "a" : 1 }` alike have the key "a".
bool has_key(std::string_view json, std::string_view key) {
  const std::string quoted = '"' + std::string{key} + '"';
  for (auto at = json.find(quoted); at != json.npos; at = json.find(quoted, at + 1)) {
    const auto behind = json.find_first_not_of(" \t\r\n", at + quoted.size());
    if (behind != json.npos && json[behind] == ':') return true;
  }
  return false;
}

std::string_view kind_of_object(std::string_view json) {
  const std::string_view begin = json.substr(0, 200);
  if (begin.find(R"("obkit-model")") != begin.npos) return file_kinds::model;
  if (begin.find(R"("obkit-manifest")") != begin.npos) return file_kinds::manifest;
  if (has_key(json, "volumes") && has_key(json, "prices")) return file_kinds::day_file;
  if (has_key(json, "volumes") && has_key(json, "direction")) return file_kinds::dataset;
  if (has_key(json, "price") && has_key(json, "volume") && has_key(json, "time"))
    return file_kinds::exchange_trades;
  if (has_key(json, "signal") && has_key(json, "score")) return file_kinds::signals;
  if (has_key(json, "open_price") && has_key(json, "close_price")) return file_kinds::trades;
  return {};
}

/// "2021-07-22T22:36:07.865123456Z " begins a line.
bool begins_with_time(std::string_view line) {
  constexpr std::string_view shape = "0000-00-00T00:00:00";
  constexpr std::size_t longest = 31;
  if (line.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool is_digit = line[i] >= '0' && line[i] <= '9';
    if (shape[i] == '0' ? !is_digit : line[i] != shape[i]) return false;
  }
  const auto end = line.substr(0, longest).find('Z');
  return end != line.npos && line.substr(end + 1, 1) == " ";
}

std::string_view kind_of_text(std::string_view head) {
  constexpr std::array beginnings{
      Beginning{"obkit-checkpoint-", file_kinds::checkpoint},
      Beginning{"timestamp,signal,score", file_kinds::signals},
      Beginning{"direction,open_time,", file_kinds::trades},
      Beginning{"<", "a page of HTML or XML: was a download refused?"},
      Beginning{"version https://git-lfs",
                "a pointer of Git LFS, for which git lfs pull fetches the file"}};
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  if (const auto kind = find(beginnings, head); !kind.empty()) return kind;
  constexpr std::size_t longest_pointer = 4096;
  if (head.substr(0, longest_pointer).find("/annex/objects/") != head.npos)
    return "a pointer of git-annex, for which git annex get fetches the file";
  if (head.starts_with('{')) return kind_of_object(head);
  return begins_with_time(head) ? file_kinds::capture : std::string_view{};
}

}  // namespace

std::string_view foreign_format(std::string_view head) {
  constexpr std::array formats{
      Beginning{"\xFD\x37zXZ"sv, "xz, which unxz unpacks"},
      Beginning{"BZh"sv, "bzip2, which bunzip2 unpacks"},
      Beginning{"\x04\x22\x4D\x18"sv, "lz4, which unlz4 unpacks"},
      Beginning{"7z\xBC\xAF"sv, "7z, which 7z x unpacks"},
      Beginning{"Rar!"sv, "rar, which unrar unpacks"},
      Beginning{"\x1F\x8B"sv, "gzip, which gunzip unpacks"},
      Beginning{"\x28\xB5\x2F\xFD"sv, "zstd, which unzstd unpacks"},
      Beginning{"PK\x05\x06"sv, "an empty zip archive"},
      Beginning{"\x93NUMPY"sv, "an array of NumPy (.npy)"},
      Beginning{"\x89HDF"sv, "HDF5, as Keras writes its models"},
      Beginning{"PAR1"sv, "Parquet"},
      Beginning{"DBN\x01"sv, "Databento's DBN: encoded as CSV it is read"},
      Beginning{"DBN\x02"sv, "Databento's DBN: encoded as CSV it is read"},
      Beginning{"DBN\x03"sv, "Databento's DBN: encoded as CSV it is read"},
      Beginning{"ARROW1"sv, "Arrow (Feather)"},
      Beginning{"SQLite format 3"sv, "a database of SQLite"},
      Beginning{"\x7F\x45LF"sv, "a program"},
      Beginning{"%PDF"sv, "PDF"},
      Beginning{"\x89PNG"sv, "a picture (PNG)"},
      Beginning{"\xEF\xBB\xBF"sv, "UTF-8 with a byte order mark, which is to go"},
      Beginning{"\xFF\xFE"sv, "UTF-16, which iconv -f UTF-16 -t UTF-8 turns into text"},
      Beginning{"\xFE\xFF"sv, "UTF-16, which iconv -f UTF-16 -t UTF-8 turns into text"},
      Beginning{"\0\0"sv, "bytes of zero: was its writer cut off?"}};
  if (const auto format = find(formats, head); !format.empty()) return format;
  if (head.starts_with("PK\x03\x04")) return kind_of_zip(head);
  // The first field is the version of its format, a small number.
  if (head.size() > 2 && head[0] == '\x08' && head[1] > '\0' && head[1] < ' ')
    return "a model of ONNX";
  if (head.size() >= 2 && (head[0] == '\0') != (head[1] == '\0'))
    return "UTF-16 without a byte order mark";
  const auto is_control = [](char c) {
    return static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\r' && c != '\n';
  };
  constexpr std::size_t looked_at = 8;
  const std::string_view begin = head.substr(0, looked_at);
  // One alone is a damaged line.
  return std::count_if(begin.begin(), begin.end(), is_control) > 1 ? "bytes that are no text"
                                                                   : std::string_view{};
}

std::string_view kind_of_file(std::string_view head) {
  const std::string_view foreign = foreign_format(head);
  return foreign.empty() ? kind_of_text(head) : foreign;
}

std::string wrong_kind(std::string_view head, std::string_view wanted) {
  const std::string_view found = kind_of_file(head);
  if (found.empty() || found == wanted) return {};
  return "expected " + std::string{wanted.substr(0, wanted.find(','))} + ", found " +
         std::string{found};
}

}  // namespace obkit
