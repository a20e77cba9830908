#include "obkit/store/zip_file.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <zip.h>

#include "obkit/core/error.hpp"
#include "obkit/store/json_line.hpp"

#include "bytes/prefixed_source.hpp"

namespace obkit::store {
namespace {

#ifdef ZIP_ER_TRUNCATED_ZIP  // newer libzip tells it apart
constexpr int truncated = ZIP_ER_TRUNCATED_ZIP;
#else
constexpr int truncated = ZIP_ER_NOZIP;
#endif

}  // namespace

void ZipMember::Close::operator()(::zip_file* file) const { ::zip_fclose(file); }

void ZipMember::refuse() const {
  throw DataError{{.name = path_},
                  name_ + ": it cannot be read: " + ::zip_file_strerror(file_.get())};
}

std::size_t ZipMember::read(std::span<char> block) {
  const auto count = ::zip_fread(file_.get(), block.data(), block.size());
  if (count < 0) refuse();
  return static_cast<std::size_t>(count);
}

void ZipMember::skip(std::uint64_t count) {
  if (can_seek_ && count > 0) {
    if (::zip_fseek(file_.get(), static_cast<zip_int64_t>(count), SEEK_CUR) != 0) refuse();
    return;
  }
  std::array<char, std::size_t{16} * 1024> passed;
  while (count > 0) {
    const std::size_t got = read(std::span{passed}.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(count, passed.size()))));
    if (got == 0) return;
    count -= got;
  }
}

ZipFile::ZipFile(const std::string& path) : path_{path} {
  int code = 0;
  if (::zip* const archive = ::zip_open(path.c_str(), ZIP_RDONLY, &code); archive != nullptr) {
    archive_.reset(archive, [](::zip* opened) { ::zip_discard(opened); });
    return;
  }
  zip_error_t error;
  ::zip_error_init_with_code(&error, code);
  const std::string reason = ::zip_error_strerror(&error);
  ::zip_error_fini(&error);
  // Its directory stands at its end.
  if (code == ZIP_ER_NOZIP || code == truncated)
    throw DataError{{.name = path}, "the zip archive ends early"};
  throw DataError{{.name = path}, "the zip archive cannot be read: " + reason};
}

std::size_t ZipFile::count() const {
  return static_cast<std::size_t>(::zip_get_num_entries(archive_.get(), 0));
}

ZipFile::Entry ZipFile::entry(std::uint64_t index) const {
  zip_stat_t status;
  if (::zip_stat_index(archive_.get(), index, 0, &status) != 0)
    throw DataError{
        {.name = path_},
        std::string{"the zip archive cannot be read: "} + ::zip_strerror(archive_.get())};
  return {.index = index,
          .name = status.name,
          .size = status.size,
          .packed_size = status.comp_size,
          .is_stored = status.comp_method == ZIP_CM_STORE};
}

std::optional<ZipFile::Entry> ZipFile::find(const std::string& name) const {
  const auto index = ::zip_name_locate(archive_.get(), name.c_str(), 0);
  if (index < 0) return std::nullopt;
  return entry(static_cast<std::uint64_t>(index));
}

std::unique_ptr<ZipMember> ZipFile::open(const Entry& entry) const {
  ::zip_file* const file = ::zip_fopen_index(archive_.get(), entry.index, 0);
  if (file == nullptr)
    throw DataError{{.name = path_},
                    shown(entry.name) + ": it cannot be read: " + ::zip_strerror(archive_.get())};
  std::unique_ptr<ZipMember> member{new ZipMember};
  member->path_ = path_;
  member->name_ = shown(entry.name);
  member->archive_ = archive_;
  member->file_.reset(file);
  member->can_seek_ = entry.is_stored;
  return member;
}

bool is_zip(const std::string& path) {
  std::error_code error;
  if (path == "-" || !std::filesystem::is_regular_file(path, error)) return false;
  constexpr std::string_view magic = "PK\x03\x04", of_empty = "PK\x05\x06";
  const std::string head = read_head(*open_source(path), magic.size());
  return head == magic || head == of_empty;
}

}  // namespace obkit::store
