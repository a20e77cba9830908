#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

/// What the exchange can be made to do wrong. A fault changes what is sent, never what is true.
enum class Fault : std::uint8_t {
  // Of connections, at once; what is queued is sent before, but for cut and half_open.
  cut,                ///< the TCP connection ends: no close frame, no TLS goodbye
  cut_in_frame,       ///< half of a frame's bytes, then a TCP reset
  half_open,          ///< nothing is read or written any more, the connection stays
  stall,              ///< the same for `time`; then all goes on where it was
  close,              ///< a close frame with `code` and `reason`
  ping,               ///< a websocket ping; no fault, but clients must answer
  garbage_bytes,      ///< bytes that are no websocket
  garbage_text,       ///< a text message that is no JSON
  binary_message,     ///< a binary message
  large_message,      ///< valid JSON of `size` bytes about something else than the book
  too_many_requests,  ///< the venue's error about the rate; at Deribit the end of the session
  maintenance,        ///< the venue's words about maintenance; an end that they tell comes
  errors,             ///< `count` of the venue's errors that say `reason`
  strangers,          ///< a message about `count` symbols that nobody asked for (BitMEX)
  questions,          ///< asks for answers without end, and reads none (Deribit)

  // Of subscriptions, from their next book frame on; a new subscription is free of them.
  silence,            ///< no more frames; pings are answered
  cut_json,           ///< half of the frame's text
  padded_frame,       ///< white space makes it `size` bytes: still a good frame
  unknown_update,     ///< an update of an id that never was (BitMEX)
  unknown_delete,     ///< a delete of an id, or a price, that is not in the book
  moved_insert,       ///< an insert of a known id with another price (BitMEX)
  crossing,           ///< a bid above the best ask
  duplicate_partial,  ///< one more partial, of the book as it is
  empty_partial,      ///< a partial without rows
  out_of_order,       ///< frames are late and come behind one that depends on them
  lost_delta,         ///< frames are lost; the next one depends on them
  clock_ahead,        ///< a true frame that bears a time three days ahead
  clock_behind,       ///< a true frame that bears a time thirty years ago

  // Of subscriptions to trades, from their next message on. Not among faults_of(): nobody else
  // hears of them.
  lost_trades,     ///< `count` messages are lost
  doubled_trades,  ///< `count` messages come twice

  // Of the next `count` subscriptions.
  early_deltas,  ///< some deltas come before the partial

  // Of the next `count` GETs, where books come by HTTP.
  refuse_get,   ///< HTTP `status`
  late_answer,  ///< comes after `time`
  old_answer,   ///< that of an earlier GET of the same, where there was one

  // Of the next `count` upgrades and TLS handshakes.
  refuse_upgrade,        ///< HTTP `status`, with the body that such a status came with
  expired_certificate,   ///< of the right authority
  unknown_issuer,        ///< of another authority
  foreign_certificate,   ///< of the right authority for another host
  nameless_certificate,  ///< of the right authority; the host is its subject's common name alone

  // Of the server.
  restart,  ///< all connections are cut, nothing listens for `time`, then it does again
};

/// What a fault is of.
enum class Reach : std::uint8_t {
  connections,
  subscriptions,
  next_subscriptions,
  next_answers,
  next_connections,
  server
};
[[nodiscard]] Reach reach_of(Fault fault);

/// As written in code: "cut_in_frame".
[[nodiscard]] std::string_view to_string(Fault fault);
/// What can go wrong at a venue.
[[nodiscard]] std::vector<Fault> faults_of(Venue venue);

/// A fault and whom it hits.
struct Injection {
  Fault fault = Fault::cut;
  std::string symbol = {};  ///< of subscriptions; empty: all
  std::optional<std::uint64_t> connection =
      {};  ///< the n-th websocket connection, from 0; empty: all

  std::chrono::milliseconds time{1000};
  std::uint64_t count = 1;
  unsigned status = 503;
  std::chrono::seconds retry_after{1};  ///< of status 418, 429 and 503
  std::uint16_t code = 1012;            ///< of a close frame: 1000 to 4999
  /// Of a close frame (at most 123 bytes; "restart" where empty), of errors, of a refused upgrade.
  /// `{key}` and `{signature}` stand for what the client signed its upgrade with.
  std::string reason = {};
  std::size_t size = std::size_t{20} << 20U;
};

/// `NAME` or `NAME=VALUE`, where the value is the one thing to say about that fault: the status of
/// refuse_upgrade and refuse_get, the code of close, milliseconds of stall, late_answer and
/// restart, the count of others of what comes next, the bytes of large_message and padded_frame.
/// Empty for anything else.
[[nodiscard]] std::optional<Injection> parse_injection(std::string_view text);

}  // namespace obkit::exchange
