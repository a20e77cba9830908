#include "book_faults.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

namespace obkit::exchange {

namespace {

/// No source issues such an id.
constexpr std::uint64_t unknown_id = std::uint64_t{1} << 52U;
constexpr std::int64_t odd_size = 100;

std::string true_text(const BookFrame& frame, const Scene& scene) {
  return frame.text.empty() ? scene.protocol.write(frame, scene.channel) : frame.text;
}

std::vector<std::string> written(const std::vector<BookFrame>& frames, const Scene& scene) {
  std::vector<std::string> out;
  out.reserve(frames.size());
  for (const BookFrame& one : frames) out.push_back(true_text(one, scene));
  return out;
}

/// White space before the last brace.
std::string padded(std::string text, std::size_t size) {
  if (text.size() < size) text.insert(text.size() - 1, size - text.size(), ' ');
  return text;
}

/// A row that is in no book, one spread below the lowest bid.
Row stranger(const Scene& scene, Price spread) {
  const Price lowest = scene.book.levels(Side::bid, scene.book.row_count()).back().price;
  return {unknown_id, Side::bid, lowest - spread, odd_size, scene.book.time()};
}

std::vector<BookFrame> corrupted(Fault fault, const BookFrame& frame, const Scene& scene) {
  const Price bid = scene.book.levels(Side::bid, 1).front().price;
  const Price ask = scene.book.levels(Side::ask, 1).front().price;
  const Protocol& protocol = scene.protocol;
  if (fault == Fault::unknown_update)
    return protocol.with(frame, BookAction::update, stranger(scene, ask - bid));
  if (fault == Fault::unknown_delete)
    return protocol.with(frame, BookAction::remove, stranger(scene, ask - bid));
  if (fault == Fault::crossing)
    return protocol.with(frame, BookAction::insert,
                         {unknown_id, Side::bid, ask + ask - bid, odd_size, scene.book.time()});
  const auto rows = scene.book.rows();
  Row best =
      *std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.side == Side::bid; });
  best.price = bid + bid - ask;
  return protocol.with(frame, BookAction::insert, best);
}

/// As a server's clock that is wrong would have it. A frame of a capture stays as it is.
std::string at_another_time(BookFrame frame, std::chrono::hours off, const Scene& scene) {
  frame.time += off;
  for (Row& row : frame.rows) row.changed += off;
  return true_text(frame, scene);
}

/// Whether a client that saw nothing between `seen` and the frame has another book behind it.
bool shows_loss(const TrueBook& seen, const BookFrame& frame, const Scene& scene) {
  for (const Side side : {Side::bid, Side::ask}) {
    std::map<std::int64_t, std::int64_t> sizes;  // by price, the best first
    const auto key = [&](Price price) {
      return side == Side::bid ? -price.units() : price.units();
    };
    for (const auto& level : seen.levels(side, seen.row_count()))
      sizes[key(level.price)] = level.size;
    for (const Row& row : frame.rows) {
      if (row.side != side || row.left_window) continue;
      if (row.action == BookAction::remove)
        sizes.erase(key(*row.price));
      else
        sizes[key(*row.price)] = *row.size;
    }
    const auto truth = scene.book.levels(side, scene.book.row_count());
    const bool is_same =
        sizes.size() >= truth.size() &&
        std::equal(truth.begin(), truth.end(), sizes.begin(),
                   [&](const TrueBook::PriceLevel& level, const auto& size) {
                     return size.first == key(level.price) && size.second == level.size;
                   });
    if (!is_same) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> BookFaults::mangle(const BookFrame& frame, const Scene& scene) {
  const Injection injection = armed_.front();
  const bool has_both_sides =
      !scene.book.levels(Side::bid, 1).empty() && !scene.book.levels(Side::ask, 1).empty();
  if (frame.action == BookAction::partial || !has_both_sides) return {true_text(frame, scene)};
  if (injection.fault == Fault::lost_delta || injection.fault == Fault::out_of_order)
    return lose(frame, scene);
  if (injection.fault != Fault::silence) armed_.pop_front();
  return one_frame(injection, frame, scene);
}

/// What is sent instead of a delta by the faults that need no second one.
BookFaults::Texts BookFaults::one_frame(const Injection& injection, const BookFrame& frame,
                                        const Scene& scene) {
  const std::string text = true_text(frame, scene);
  BookFrame image = scene.protocol.image(frame.channel, scene.book, scene.now);
  switch (injection.fault) {
    case Fault::silence:
      return {};
    case Fault::cut_json:
      return {text.substr(0, text.size() / 2)};
    case Fault::padded_frame:
      return {padded(scene.receiver.numbered(text), injection.size)};
    case Fault::clock_ahead:
      return {at_another_time(frame, std::chrono::hours{3 * 24}, scene)};
    case Fault::clock_behind:
      return {at_another_time(frame, std::chrono::hours{-30 * 365 * 24}, scene)};
    case Fault::empty_partial:
      image.rows.clear();
      [[fallthrough]];
    case Fault::duplicate_partial:
      return {text, scene.protocol.write_partial({image}, {scene.channel}, scene.channel.symbol)};
    default:
      return corrupt(injection.fault, frame, scene);
  }
}

BookFaults::Texts BookFaults::corrupt(Fault fault, const BookFrame& frame, const Scene& scene) {
  const std::vector<BookFrame> frames = corrupted(fault, frame, scene);
  last_corrupt_ = frames.back().change_id;
  return written(frames, scene);
}

/// From the first frame that another can depend on, frames are lost (or late) until one does: so
/// the first thing that a client sees of the loss shows it.
BookFaults::Texts BookFaults::lose(const BookFrame& frame, const Scene& scene) {
  std::string text = scene.receiver.numbered(true_text(frame, scene));
  if (!scene.protocol.is_numbered()) return lose_from_sight(frame, scene, std::move(text));
  if (losing_ && depends_on_lost(frame)) return finish(std::move(text));
  const bool brings = frame.action == BookAction::insert || frame.action == BookAction::change;
  losing_ = losing_ || brings;
  if (!losing_) return {std::move(text)};
  if (frame.action == BookAction::insert)
    for (const Row& row : frame.rows) lost_ids_.insert(row.id);
  return hold(std::move(text));
}

BookFaults::Texts BookFaults::hold(std::string text) {
  if (armed_.front().fault == Fault::out_of_order) held_.push_back(std::move(text));
  return {};
}

/// Where nothing but a checksum tells of a loss: until the book of a client is another.
BookFaults::Texts BookFaults::lose_from_sight(const BookFrame& frame, const Scene& scene,
                                              std::string text) {
  if (!seen_) {
    seen_ = scene.book;
    return {std::move(text)};
  }
  if (losing_ && shows_loss(*seen_, frame, scene)) return finish(std::move(text));
  losing_ = true;
  return hold(std::move(text));
}

/// A change depends on the one before it, an update or delete on the insert of its ids. A change
/// behind the true one whose number a corruption took seems to follow that corruption.
bool BookFaults::depends_on_lost(const BookFrame& frame) const {
  if (frame.action == BookAction::change) return frame.previous_change_id != last_corrupt_;
  return std::any_of(frame.rows.begin(), frame.rows.end(), [&](const Row& row) {
    return frame.action != BookAction::insert && lost_ids_.contains(row.id);
  });
}

BookFaults::Texts BookFaults::finish(std::string text) {
  Texts out{std::move(text)};
  out.insert(out.end(), std::make_move_iterator(held_.begin()),
             std::make_move_iterator(held_.end()));
  forget_lost();
  armed_.pop_front();
  return out;
}

void BookFaults::forget_lost() {
  held_.clear();
  lost_ids_.clear();
  seen_.reset();
  losing_ = false;
}

namespace {

constexpr char final_text = '\x81';
constexpr char length_of_64_bits = 127;

}  // namespace

std::string half_frame(std::string_view text) {
  std::string out{final_text, length_of_64_bits};
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>((text.size() >> static_cast<unsigned>(shift)) & 0xFFU);
  return out.append(text.substr(0, text.size() / 2));
}

std::string no_websocket() {
  return "HTTP/1.1 502 Bad Gateway\r\nServer: awselb/2.0\r\nContent-Length: 0\r\n\r\n";
}

std::string no_json() { return "}{ \xE2\x82\xBF \xC3\xA9tat de si\xC3\xA8ge [[[[,,,\"\\u12"; }

std::string all_bytes() {
  std::string out;
  for (unsigned byte = 0; byte < 256; ++byte) out += static_cast<char>(byte);
  return out;
}

}  // namespace obkit::exchange
