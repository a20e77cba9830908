#include "obsave/captures.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

namespace obkit::obsave {
namespace {

void tell(const store::OpenedCapture& file) {
  if (file.cut_bytes > 0)
    spdlog::warn("{}: cut a torn end of {} off", file.path, counted(file.cut_bytes, "byte"));
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
void Captures::attempt(Writers::value_type& one, Action action) {
  auto& [symbol, writer] = one;
  if (troubles_.empty()) {
    try {
      return action(writer);
    } catch (const IoError& error) {
      incomplete_.insert(symbol);
      return troubles_.begin(symbol, error);
    }
  }
  const bool recovers = troubles_.of(symbol) != nullptr;
  if (recovers) incomplete_.insert(symbol);
  if (!troubles_.may_try(symbol)) return;
  try {
    if (recovers) writer.disconnect();
    action(writer);
    // A writer gathers frames, so only the disk tells whether it takes them.
    if (recovers) writer.sync();
    troubles_.end(symbol);
  } catch (const IoError& error) {
    incomplete_.insert(symbol);
    troubles_.begin(symbol, error);
  }
}

template <class Action>
void Captures::for_each(Scope connection, Action action) {
  if (connection.empty())
    for (auto& one : writers_) action(one);
  for (const std::string& symbol : connection)
    if (const auto one = writers_.find(symbol); one != writers_.end()) action(*one);
}

template <class Action>
void Captures::attempt_each(Scope connection, Action action) {
  for_each(connection, [&](Writers::value_type& one) { attempt(one, action); });
}

void Captures::write(const feed::Frame& frame, std::string_view text, Timestamp received,
                     Scope connection) {
  const auto keep = [&](store::CaptureWriter& writer) { writer.write(received, text); };
  if (frame.updates.empty() && frame.trades.empty()) attempt_each(connection, keep);
  for (const TradeUpdate& update : frame.trades)
    if (const auto writer = writers_.find(update.symbol); writer != writers_.end())
      attempt(*writer, keep);
  const std::string* before = nullptr;  // several updates of a symbol are still one text
  for (const BookUpdate& update : frame.updates) {
    if (before != nullptr && *before == update.symbol) continue;
    before = &update.symbol;
    if (const auto writer = writers_.find(update.symbol); writer != writers_.end())
      attempt(*writer, keep);
  }
  if (!frame.elsewhere.empty()) keep_elsewhere(frame, received, connection);
}

void Captures::keep_elsewhere(const feed::Frame& frame, Timestamp received, Scope connection) {
  for_each(connection, [&](Writers::value_type& one) {
    const auto is_of_it = [&](const auto& update) { return update.symbol == one.first; };
    if (std::any_of(frame.updates.begin(), frame.updates.end(), is_of_it) ||
        std::any_of(frame.trades.begin(), frame.trades.end(), is_of_it))
      return;
    attempt(one, [&](store::CaptureWriter& writer) { writer.write(received, frame.elsewhere); });
  });
}

void Captures::disconnect(Scope connection) {
  attempt_each(connection, [](store::CaptureWriter& writer) { writer.disconnect(); });
}

void Captures::sync() {
  attempt_each({}, [](store::CaptureWriter& writer) { writer.begin_sync(); });
}

void Captures::close() {
  for_each_one(writers_, [](store::CaptureWriter& writer) { writer.close(); });
}

std::vector<std::string> Captures::wants_images(Scope connection) {
  const auto is_in_scope = [&](const std::string& symbol) {
    return connection.empty() ||
           std::find(connection.begin(), connection.end(), symbol) != connection.end();
  };
  std::vector<std::string> symbols;
  for (const std::string& symbol : incomplete_)
    if (troubles_.of(symbol) == nullptr && is_in_scope(symbol)) symbols.push_back(symbol);
  for (const std::string& symbol : symbols) incomplete_.erase(symbol);
  return symbols;
}

}  // namespace obkit::obsave
