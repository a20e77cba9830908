#include "obkit/store/trade_reader.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/json_line.hpp"

#include "day_file/day_file_name.hpp"

namespace obkit::store {

namespace {

enum Key : std::size_t { time, price, volume, side, recv, id, gap, off };
constexpr std::array<JsonKey, 8> keys{{{"time", true},
                                       {"price", true},
                                       {"volume", true},
                                       {"side"},
                                       {"recv"},
                                       {"id"},
                                       {"gap"},
                                       {"off"}}};
static_assert(keys[off].name == "off");

}  // namespace

class TradeReader::Implementation {
 public:
  Implementation(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line)
      : records_{std::move(source), std::move(name), bad_line, file_kinds::exchange_trades} {}

  bool next() {
    if (!records_.next([this](std::string_view line) { parse(line); })) return false;
    if (records_.lost_lines()) trade.gap = true;
    ReadReport& report = records_.report();
    if (report.books++ > 0 && trade.trade.time < last_time_) ++report.time_went_back;
    last_time_ = trade.trade.time;
    return true;
  }

  [[nodiscard]] const RecordReader& records() const { return records_; }

  RecordedTrade trade;

 private:
  void parse(std::string_view line) {
    trade = {};
    json_.begin(records_.lines(), line);
    while (const auto key = json_.next_key()) read_value(*key);
  }

  void read_value(std::size_t key) {
    switch (key) {
      case time:
        return read_time(json_.text());
      case price:
        trade.trade.price = json_.price();
        break;
      case volume:
        trade.trade.volume = json_.volume();
        break;
      case side:
        return read_side(json_.text());
      case recv:
        trade.recv = Timestamp{std::chrono::nanoseconds{json_.integer("nanoseconds since 1970")}};
        break;
      case id:
        trade.trade.id = json_.text();
        break;
      case gap:
        trade.gap = json_.boolean();
        break;
      default:
        trade.trade.off = json_.text();
    }
  }

  void read_time(std::string_view text) {
    const auto found = times_.read(text);
    if (!found)
      json_.refuse_value("expected a time as 2026-08-09T21:26:58.123456Z, found " + shown(text));
    trade.trade.time = *found;
  }

  void read_side(std::string_view text) {
    if (text != "buy" && text != "sell")
      json_.refuse_value("expected buy or sell, found " + shown(text));
    trade.trade.aggressor = text == "buy" ? Aggressor::buyer : Aggressor::seller;
  }

  RecordReader records_;
  JsonLine json_{keys};
  IsoReader times_;
  Timestamp last_time_;
};

TradeReader::TradeReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line)
    : implementation_{
          std::make_unique<Implementation>(std::move(source), std::move(name), bad_line)} {}
TradeReader::TradeReader(TradeReader&&) noexcept = default;
TradeReader& TradeReader::operator=(TradeReader&&) noexcept = default;
TradeReader::~TradeReader() = default;

bool TradeReader::next() { return implementation_->next(); }
const RecordedTrade& TradeReader::trade() const { return implementation_->trade; }
void TradeReader::mark_gap() { implementation_->trade.gap = true; }
const ReadReport& TradeReader::report() const { return implementation_->records().report(); }
bool TradeReader::lost_lines() const { return implementation_->records().lost_lines(); }

std::vector<std::string> trade_files(const std::string& path, const std::string& symbol) {
  std::vector<std::string> files = expand_inputs(std::span{&path, 1}, FileKind::trade_file);
  if (files.size() == 1 && files.front() == path) return files;
  if (!symbol.empty()) {
    const auto is_other = [&](const auto& file) { return symbol_of_trade_file(file) != symbol; };
    files.erase(std::remove_if(files.begin(), files.end(), is_other), files.end());
    if (files.empty())
      throw IoError{IoError::During::open, path, "no trades of " + symbol + " in this folder"};
    return files;
  }
  const std::string first = symbol_of_trade_file(files.front());
  for (const std::string& file : files)
    if (const std::string other = symbol_of_trade_file(file); other != first)
      throw UsageError{path + " has trades of " + first + " and of " + other +
                       ": name the files of one"};
  return files;
}

namespace {

/// Whether `next` is, by its name, of the day behind that of `file`.
bool is_next_day(const std::string& file, const std::string& next) {
  const auto before = parse_trade_file_name(file), behind = parse_trade_file_name(next);
  if (!before || !behind || before->symbol != behind->symbol) return false;
  const auto day = [](const DatedName& name) {
    return to_timestamp({.date = std::stoi(name.date), .time = 0}).value_or(Timestamp{});
  };
  return day(*behind) - day(*before) == std::chrono::days{1};
}

}  // namespace

TradeStream::TradeStream(std::vector<std::string> inputs, BadLine bad_line, InputHashes* hashes)
    : inputs_{std::move(inputs)}, bad_line_{bad_line}, hashes_{hashes} {}

bool TradeStream::next() {
  while (!reader_ || !reader_->next()) {
    if (reader_) finish();
    if (opened_ == inputs_.size()) return false;
    const std::string& input = inputs_[opened_++];
    reader_.emplace(hashes_ == nullptr ? store::open_input(input) : hashes_->open_input(input),
                    display_name(input), bad_line_);
    is_first_ = true;
  }
  index_ = opened_ - 1;
  const Timestamp time = trade().trade.time;
  if (std::exchange(is_first_, false) && last_input_) {
    if (time < last_time_) ++finished_.time_went_back;
    if (lost_lines_ || !is_next_day(inputs_[*last_input_], inputs_[index_])) reader_->mark_gap();
  }
  lost_lines_ = false;
  last_input_ = index_;
  last_time_ = time;
  return true;
}

ReadReport TradeStream::report() const {
  ReadReport all = finished_;
  if (reader_) all += reader_->report();
  return all;
}

void TradeStream::finish() {
  finished_ += reader_->report();
  lost_lines_ = lost_lines_ || reader_->lost_lines();
  reader_.reset();
}

}  // namespace obkit::store
