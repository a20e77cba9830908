#include "obkit/signals/signal_line.hpp"

#include <array>
#include <charconv>

#include "obkit/core/number.hpp"

namespace obkit::signals {

void append_json_line(std::string& out, DateTime time, const Verdict& verdict) {
  out.append(R"({"date":)");
  append_integer(out, time.date);
  out.append(R"(,"time":)");
  append_integer(out, time.time);
  out.append(R"(,"signal":")").append(to_string(verdict.signal)).append(R"(","score":)");
  append_number(out, verdict.score);
  out.append("}\n");
}

std::string csv_header() { return "date,time,signal,score\n"; }

void append_csv_line(std::string& out, DateTime time, const Verdict& verdict) {
  append_integer(out, time.date);
  out += ',';
  append_integer(out, time.time);
  out.append(",").append(to_string(verdict.signal)).append(",");
  append_number(out, verdict.score);
  out += '\n';
}

void append_text_line(std::string& out, DateTime time, const Verdict& verdict) {
  std::array<char, 16> score{};  // "-1.000" at most
  const auto end = std::to_chars(score.data(), score.data() + score.size(), verdict.score,
                                 std::chars_format::fixed, 3);
  append_iso(out, time);
  out.append(" ").append(to_string(verdict.signal)).append(" ");
  out.append(score.data(), end.ptr).append("\n");
}

}  // namespace obkit::signals
