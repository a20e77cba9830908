#include "obsave/live/memory.hpp"

#include <cstdlib>  // which says whether it is glibc

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace obkit::obsave {

void free_giants_at_once() {
#ifdef __GLIBC__
  // Else the first giant that is freed raises both limits beyond its size. The usual whole book,
  // about 1 MiB, stays below them.
  constexpr int giant = 4 << 20, unused = 8 << 20;
  ::mallopt(M_MMAP_THRESHOLD, giant);
  ::mallopt(M_TRIM_THRESHOLD, unused);
#endif
}

}  // namespace obkit::obsave
