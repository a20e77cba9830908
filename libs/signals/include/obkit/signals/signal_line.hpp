#pragma once

#include <string>

#include "obkit/core/time.hpp"
#include "obkit/signals/strategy.hpp"

namespace obkit::signals {

/// `{"date":20190823,"time":101112345,"signal":"BUY","score":0.4142}` and a line feed.
void append_json_line(std::string& out, DateTime time, const Verdict& verdict);

/// The header of append_csv_line(): `date,time,signal,score` and a line feed.
[[nodiscard]] std::string csv_header();

/// `20190823,101112345,BUY,0.4142` and a line feed.
void append_csv_line(std::string& out, DateTime time, const Verdict& verdict);

/// `2019-08-23T10:11:12.345Z BUY 0.414` and a line feed, for people: the score has three decimals.
void append_text_line(std::string& out, DateTime time, const Verdict& verdict);

}  // namespace obkit::signals
