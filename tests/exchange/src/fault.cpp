#include "obkit/exchange/fault.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "obkit/exchange/protocol.hpp"

namespace obkit::exchange {

namespace {

struct Name {
  Fault fault;
  std::string_view text;
};

constexpr std::array names{Name{Fault::cut, "cut"},
                           Name{Fault::cut_in_frame, "cut_in_frame"},
                           Name{Fault::half_open, "half_open"},
                           Name{Fault::stall, "stall"},
                           Name{Fault::close, "close"},
                           Name{Fault::ping, "ping"},
                           Name{Fault::garbage_bytes, "garbage_bytes"},
                           Name{Fault::garbage_text, "garbage_text"},
                           Name{Fault::binary_message, "binary_message"},
                           Name{Fault::large_message, "large_message"},
                           Name{Fault::too_many_requests, "too_many_requests"},
                           Name{Fault::maintenance, "maintenance"},
                           Name{Fault::errors, "errors"},
                           Name{Fault::strangers, "strangers"},
                           Name{Fault::questions, "questions"},
                           Name{Fault::silence, "silence"},
                           Name{Fault::cut_json, "cut_json"},
                           Name{Fault::padded_frame, "padded_frame"},
                           Name{Fault::unknown_update, "unknown_update"},
                           Name{Fault::unknown_delete, "unknown_delete"},
                           Name{Fault::moved_insert, "moved_insert"},
                           Name{Fault::crossing, "crossing"},
                           Name{Fault::duplicate_partial, "duplicate_partial"},
                           Name{Fault::empty_partial, "empty_partial"},
                           Name{Fault::out_of_order, "out_of_order"},
                           Name{Fault::lost_delta, "lost_delta"},
                           Name{Fault::clock_ahead, "clock_ahead"},
                           Name{Fault::clock_behind, "clock_behind"},
                           Name{Fault::lost_trades, "lost_trades"},
                           Name{Fault::doubled_trades, "doubled_trades"},
                           Name{Fault::early_deltas, "early_deltas"},
                           Name{Fault::refuse_get, "refuse_get"},
                           Name{Fault::late_answer, "late_answer"},
                           Name{Fault::old_answer, "old_answer"},
                           Name{Fault::refuse_upgrade, "refuse_upgrade"},
                           Name{Fault::expired_certificate, "expired_certificate"},
                           Name{Fault::unknown_issuer, "unknown_issuer"},
                           Name{Fault::foreign_certificate, "foreign_certificate"},
                           Name{Fault::nameless_certificate, "nameless_certificate"},
                           Name{Fault::restart, "restart"}};

std::optional<unsigned> parse_value(std::string_view text) {
  unsigned value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_http_error(unsigned value) { return value >= 400 && value <= 599; }
bool is_close_code(unsigned value) {
  return value >= 1000 && value <= 4999 && value != 1005 && value != 1006;
}

/// False when the fault has no value, or not this one.
bool set_value(Injection& injection, unsigned value) {
  switch (injection.fault) {
    case Fault::refuse_upgrade:
    case Fault::refuse_get:
      injection.status = value;
      return is_http_error(value);
    case Fault::close:
      injection.code = static_cast<std::uint16_t>(value);
      return is_close_code(value);
    case Fault::stall:
    case Fault::late_answer:
    case Fault::restart:
      injection.time = std::chrono::milliseconds{value};
      return true;
    case Fault::lost_trades:
    case Fault::doubled_trades:
    case Fault::early_deltas:
    case Fault::old_answer:
    case Fault::expired_certificate:
    case Fault::unknown_issuer:
    case Fault::foreign_certificate:
    case Fault::nameless_certificate:
    case Fault::errors:
    case Fault::strangers:
      injection.count = value;
      return true;
    case Fault::large_message:
    case Fault::padded_frame:
      injection.size = value;
      return true;
    default:
      return false;
  }
}

}  // namespace

Reach reach_of(Fault fault) {
  if (fault < Fault::silence) return Reach::connections;
  if (fault < Fault::early_deltas) return Reach::subscriptions;
  if (fault < Fault::refuse_get) return Reach::next_subscriptions;
  if (fault < Fault::refuse_upgrade) return Reach::next_answers;
  return fault < Fault::restart ? Reach::next_connections : Reach::server;
}

std::string_view to_string(Fault fault) {
  return std::find_if(names.begin(), names.end(),
                      [fault](const Name& one) { return one.fault == fault; })
      ->text;
}

std::vector<Fault> faults_of(Venue venue) {
  std::vector<Fault> out;
  for (const Name& one : names) {
    const bool is_of_rows = one.fault == Fault::unknown_update ||
                            one.fault == Fault::moved_insert || one.fault == Fault::strangers;
    if (one.fault == Fault::lost_trades || one.fault == Fault::doubled_trades) continue;
    if (is_of_rows && protocol(venue).is_batched()) continue;
    if (one.fault == Fault::questions && !protocol(venue).asks()) continue;
    const bool is_of_partials = one.fault == Fault::duplicate_partial ||
                                one.fault == Fault::empty_partial ||
                                one.fault == Fault::early_deltas;
    const bool is_of_answers = reach_of(one.fault) == Reach::next_answers;
    if (protocol(venue).sends_partials() ? is_of_answers : is_of_partials) continue;
    // Its snapshots come first of all, before the acknowledgement.
    if (one.fault == Fault::early_deltas && venue == Venue::coinbase) continue;
    out.push_back(one.fault);
  }
  return out;
}

std::optional<Injection> parse_injection(std::string_view text) {
  const std::size_t equals = text.find('=');
  const auto* const found = std::find_if(names.begin(), names.end(), [&](const Name& one) {
    return one.text == text.substr(0, equals);
  });
  if (found == names.end()) return std::nullopt;
  Injection injection;
  injection.fault = found->fault;
  if (equals == std::string_view::npos) return injection;
  const auto value = parse_value(text.substr(equals + 1));
  if (!value || !set_value(injection, *value)) return std::nullopt;
  return injection;
}

}  // namespace obkit::exchange
