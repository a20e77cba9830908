// Tells when each line of standard input could be read: nanoseconds since 1970, a line each, at the
// end.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

#include <unistd.h>

int main() {
  std::vector<std::int64_t> times;
  times.reserve(1 << 20);
  std::array<char, 65536> block{};
  for (ssize_t count = 1; count > 0;) {
    count = ::read(STDIN_FILENO, block.data(), block.size());
    const std::chrono::nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
    for (const char c :
         std::string_view{block.data(), count > 0 ? static_cast<std::size_t>(count) : 0})
      if (c == '\n') times.push_back(now.count());
  }
  for (const std::int64_t time : times) std::printf("%lld\n", static_cast<long long>(time));
  return 0;
}
