#include "obsave/captures.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"

namespace obkit::obsave {
namespace {

void tell(const store::OpenedCapture& file) {
  if (file.cut_bytes > 0)
    spdlog::warn("{}: cut a torn end of {} bytes off", file.path, file.cut_bytes);
  spdlog::debug("{} {}", file.had_lines ? "appending to" : "writing", file.path);
}

}  // namespace

Captures::Captures(const store::CaptureOptions& options, std::span<const std::string> symbols) {
  for (const std::string& symbol : symbols) {
    store::CaptureOptions own = options;
    own.symbol = symbol;
    writers_.emplace(symbol, store::CaptureWriter{std::move(own), tell});
  }
}

template <class Action>
void Captures::attempt(Action action) {
  if (!trouble_.empty() && !std::exchange(may_try_, false)) {
    has_lost_ = true;
    return;
  }
  try {
    const bool recovers = !trouble_.empty();
    // Frames are missing in all of them, also in those that could have been written.
    if (recovers)
      for (auto& [symbol, writer] : writers_) writer.disconnect();
    action();
    if (!recovers) return;
    // A writer gathers frames, so only the disk tells whether it takes them.
    for (auto& [symbol, writer] : writers_) writer.sync();
    spdlog::warn("the capture is written again");
    trouble_.clear();
  } catch (const IoError& error) {
    has_lost_ = true;
    if (trouble_.empty())
      spdlog::error("{}; the capture goes on when it can be written again", error.what());
    trouble_ = error.what();
  }
}

void Captures::write(const feed::Frame& frame, std::string_view text, Timestamp received) {
  attempt([&] {
    if (frame.updates.empty())
      for (auto& [symbol, writer] : writers_) writer.write(received, text);
    const std::string* before = nullptr;  // several updates of a symbol are still one text
    for (const BookUpdate& update : frame.updates) {
      if (before != nullptr && *before == update.symbol) continue;
      before = &update.symbol;
      if (const auto writer = writers_.find(update.symbol); writer != writers_.end())
        writer->second.write(received, text);
    }
  });
}

void Captures::disconnect() {
  attempt([&] {
    for (auto& [symbol, writer] : writers_) writer.disconnect();
  });
}

void Captures::sync() {
  attempt([&] {
    for (auto& [symbol, writer] : writers_) writer.sync();
  });
}

void Captures::close() {
  for (auto& [symbol, writer] : writers_) writer.close();
}

void Captures::hide(const std::vector<std::string>& secrets) {
  for (auto& [symbol, writer] : writers_) writer.redact(secrets);
}

bool Captures::wants_images() { return trouble_.empty() && std::exchange(has_lost_, false); }

}  // namespace obkit::obsave
