#pragma once

namespace obkit::obsave {

/// From now on the system has back what the process frees of giants: messages of many megabytes.
/// glibc would keep some of it for the next one, as long as the process lives. Before threads.
void free_giants_at_once();

}  // namespace obkit::obsave
