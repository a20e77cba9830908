#include "junk.hpp"

#include <array>

namespace obkit::exchange {
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
