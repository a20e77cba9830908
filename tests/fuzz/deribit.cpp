// Lines are frames of Deribit: whatever they say, the decoder survives and the books stay in order.

#include "obkit/feed/deribit.hpp"

#include <sstream>
#include <string>

#include "books.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace obkit;
  feed::deribit::Decoder decoder;
  fuzz::Books books;
  std::istringstream lines{fuzz::to_text(data, size)};
  for (std::string line; std::getline(lines, line);) books.hear(decoder.decode(line));
  return 0;
}
