#include "line_store.hpp"

#include <utility>

#include "plain_store.hpp"
#include "zstd_store.hpp"

namespace obkit::store {

LineStore::LineStore(std::string path) : file_{std::move(path)} {
  sync_folder(folder_of(file_.path()));
}

void LineStore::sync() {
  hand_over();
  file_.sync();
}

void LineStore::close() {
  sync();
  file_.close();
}

std::unique_ptr<LineStore> open_line_store(const std::string& path, Form form, IsWhole is_whole) {
  if (form == Form::zstd) return std::make_unique<ZstdStore>(path, is_whole);
  return std::make_unique<PlainStore>(path, is_whole);
}

}  // namespace obkit::store
