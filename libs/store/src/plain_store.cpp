#include "plain_store.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "obkit/core/error.hpp"

#include "compression.hpp"

namespace obkit::store {

PlainStore::PlainStore(std::string path, IsWhole is_whole) : LineStore{std::move(path)} {
  if (compression_of(head_of(file_.handle())) != Compression::none)
    throw IoError{IoError::During::create, file_.path(), "what is there is compressed"};
  const LineTail tail = read_tail();
  last_line_ = tail.last_line();
  if (tail.rest().empty()) return;
  if (is_whole(tail.rest())) {
    file_.write("\n");
    last_line_ = tail.rest();
  } else {
    cut_bytes_ = tail.rest().size();
    file_.truncate(file_.size() - cut_bytes_);
  }
}

LineTail PlainStore::read_tail() const {
  for (std::uint64_t want = std::uint64_t{64} * 1024;; want *= 2) {
    const std::uint64_t length = std::min(want, file_.size());
    const auto source = open_range(file_.handle(), file_.size() - length, file_.size());
    LineTail tail{*source};
    if (length == file_.size() || tail.has_line_before()) return tail;
  }
}

}  // namespace obkit::store
