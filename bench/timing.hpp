#pragma once

#include <cstddef>
#include <ctime>

/// Of this process: what other programs take of a shared machine does not count.
inline double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Calls `work` for about so long, after a short start. Returns processor seconds a call.
template <class Work>
double time_of(double seconds, Work work) {
  for (int i = 0; i < 20; ++i) work();
  const double begin = processor_seconds();
  std::size_t calls = 0;
  double passed = 0;
  do {
    for (int i = 0; i < 10; ++i) work();
    calls += 10;
    passed = processor_seconds() - begin;
  } while (passed < seconds);
  return passed / static_cast<double>(calls);
}
