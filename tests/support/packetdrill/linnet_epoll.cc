// poll and epoll over Linnet's sockets. An epoll set keeps, for each descriptor, whether something has woken it since it
// was last found without events (level-triggered) or last told of (edge-triggered).
#include <algorithm>

#include "tests/support/packetdrill/linnet_kernel.hh"

namespace linnet::packetdrill {

int linnet_kernel::poll(pollfd* fds, nfds_t n, int timeout) {
  int ready = 0;
  file* first = nullptr;
  for (nfds_t i = 0; i < n; ++i) {
    fds[i].revents = 0;
    if (fds[i].fd < 0) continue;
    const auto it = files_.find(fds[i].fd);
    if (it == files_.end()) {
      fds[i].revents = POLLNVAL;
    } else if (it->second->s) {
      if (!first) first = it->second.get();
      fds[i].revents = static_cast<short>(sock_poll(*it->second->s) &
                                          (static_cast<u32>(fds[i].events) | POLLERR | POLLHUP));
    }
    ready += fds[i].revents != 0;
  }
  if (ready || timeout == 0 || !first) {
    if (first) first->deadline = -1;
    return ready;
  }
  const s64 r = sleep_or_give_up(*first, timeout < 0 ? ktime_max : timeout * ns_per_ms, ETIMEDOUT);
  return errno == ERESTART ? static_cast<int>(r) : 0;
}

int linnet_kernel::epoll_create(int size) {
  if (size <= 0) return static_cast<int>(fail(EINVAL));
  auto f = std::make_unique<file>();
  f->epoll = true;
  return add_file(std::move(f));
}

int linnet_kernel::epoll_ctl(int epfd, int op, int fd, epoll_event* e) {
  file *set = find(epfd), *target = find(fd);
  if (!set || !target) return -1;
  if (!set->epoll || set == target) return static_cast<int>(fail(EINVAL));
  if (!target->s) return static_cast<int>(fail(EPERM));
  const auto it = std::ranges::find(set->interests, fd, &file::interest::fd);
  const bool there = it != set->interests.end();
  switch (op) {
    case EPOLL_CTL_ADD:
      if (there) return static_cast<int>(fail(EEXIST));
      set->interests.push_back({fd, target, *e});
      return 0;
    case EPOLL_CTL_MOD:
      if (!there) return static_cast<int>(fail(ENOENT));
      *it = {fd, target, *e};
      return 0;
    case EPOLL_CTL_DEL:
      if (!there) return static_cast<int>(fail(ENOENT));
      set->interests.erase(it);
      return 0;
    default: return static_cast<int>(fail(EINVAL));
  }
}

int linnet_kernel::epoll_wait(int epfd, epoll_event* events, int max, int timeout) {
  file* set = find(epfd);
  if (!set) return -1;
  if (!set->epoll || max <= 0) return static_cast<int>(fail(EINVAL));
  int n = 0;
  for (auto& i : set->interests) {
    if (n == max) break;
    if (i.of->woken) i.ready = true;
    if (!i.ready || i.spent) continue;
    i.of->woken = false;
    const u32 mask = sock_poll(*i.of->s) & (i.event.events | EPOLLERR | EPOLLHUP);
    if (!mask) {
      i.ready = false;
      continue;
    }
    events[n] = i.event;
    events[n++].events = mask;
    if (i.event.events & EPOLLET) i.ready = false;
    if (i.event.events & EPOLLONESHOT) i.spent = true;
  }
  if (n || timeout == 0) {
    set->deadline = -1;
    return n;
  }
  const s64 r = sleep_or_give_up(*set, timeout < 0 ? ktime_max : timeout * ns_per_ms, ETIMEDOUT);
  return errno == ERESTART ? static_cast<int>(r) : 0;
}

}  // namespace linnet::packetdrill
