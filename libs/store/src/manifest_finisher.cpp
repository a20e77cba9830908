#include "manifest_finisher.hpp"

#include <chrono>
#include <utility>

#include "take_up.hpp"

namespace obkit::store {

void ManifestFinisher::start(std::string day_file, Manifest manifest) {
  collect();
  running_ =
      std::async(std::launch::async, finish_manifest, std::move(day_file), std::move(manifest));
}

void ManifestFinisher::check() {
  if (running_.valid() && running_.wait_for(std::chrono::seconds{0}) == std::future_status::ready)
    collect();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ManifestFinisher::join() {
  collect();
  check();
}

void ManifestFinisher::collect() {
  if (!running_.valid()) return;
  try {
    running_.get();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

}  // namespace obkit::store
