#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "line_store.hpp"
#include "zstd_frames.hpp"

namespace obkit::store {

/// Lines in whole zstd frames, each written at once: what is in the file always decompresses. A
/// frame ends with hand_over() and before it would hold more than frame_content bytes.
class ZstdStore final : public LineStore {
 public:
  ZstdStore(std::string path, IsWhole is_whole);

  void write(std::string_view lines) override;
  void hand_over() override;
  [[nodiscard]] bool holds_back() const override { return !lines_.empty(); }

 private:
  void refuse_another_format() const;
  void drop_torn_frames(FrameList& frames);
  void cut_behind(const FrameList& frames);
  void heal_last_line(const FrameList& frames, IsWhole is_whole);
  void rewrite_without_end(std::uint64_t offset, std::uint64_t kept);

  FrameMaker maker_;
  std::string lines_;   ///< of the frame to come
  std::string frames_;  ///< kept for its memory
};

}  // namespace obkit::store
