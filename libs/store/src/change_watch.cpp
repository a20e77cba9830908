#include "change_watch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace obkit::store {
namespace {

constexpr std::uint32_t folder_events =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

OwnedDescriptor::~OwnedDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

void ChangeWatch::WakeUp::operator()() const noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto count = ::write(descriptor, &one, sizeof one);
}

ChangeWatch::ChangeWatch(const std::string& folder, std::stop_token stop, std::optional<int> pipe)
    : stop_{std::move(stop)},
      pipe_{pipe},
      events_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)},
      stopped_{::eventfd(0, EFD_CLOEXEC)},
      folder_{::inotify_add_watch(events_.get(), folder.c_str(), folder_events)},
      on_stop_{stop_, WakeUp{stopped_.get()}} {}

void ChangeWatch::watch_file(const std::string& path) {
  if (file_ >= 0) ::inotify_rm_watch(events_.get(), file_);
  file_ = ::inotify_add_watch(events_.get(), path.c_str(), IN_MODIFY);
}

ChangeWatch::Wake ChangeWatch::wait(std::chrono::milliseconds longest) {
  // A descriptor below 0 is left out by poll().
  std::array<pollfd, 3> ready{
      {{events_.get(), POLLIN, 0}, {stopped_.get(), POLLIN, 0}, {pipe_.value_or(-1), 0, 0}}};
  const int count = ::poll(ready.data(), ready.size(), static_cast<int>(longest.count()));
  if (stop_.stop_requested() || (ready[2].revents & POLLERR) != 0) return Wake::stop;
  return count > 0 && ready[0].revents != 0 ? read_events() : Wake::around;
}

/// Takes all that have come.
ChangeWatch::Wake ChangeWatch::read_events() const {
  Wake wake = Wake::file;
  alignas(inotify_event) std::array<char, 8192> bytes;  // NOLINT(*-member-init)
  for (;;) {
    const ssize_t count = ::read(events_.get(), bytes.data(), bytes.size());
    if (count <= 0) return wake;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event{};
      std::memcpy(&event, bytes.data() + at, sizeof event);
      if (event.wd != file_) wake = Wake::around;  // an overflow of the queue has no watch
      at += sizeof event + event.len;
    }
  }
}

}  // namespace obkit::store
