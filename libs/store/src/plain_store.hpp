#pragma once

#include <string>
#include <string_view>

#include "line_store.hpp"

namespace obkit::store {

/// Lines as they are: each write() reaches the file.
class PlainStore final : public LineStore {
 public:
  PlainStore(std::string path, IsWhole is_whole);

  void write(std::string_view lines) override { file_.write(lines); }
  void hand_over() override {}
  [[nodiscard]] bool holds_back() const override { return false; }

 private:
  [[nodiscard]] LineTail read_tail() const;
};

}  // namespace obkit::store
