// ioctls on a seccomp listener; man 2 seccomp_unotify.
#include "guest/listener.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace linnet {

void listener::prefer_same_cpu(bool same) {
  if (same == same_cpu_) return;
  same_cpu_ = same;
  // SECCOMP_IOCTL_NOTIF_SET_FLAGS and SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP of Linux 6.6; headers may be older.
  constexpr unsigned long set_flags = _IOW('!', 4, u64);
  constexpr u64 sync_wake_up = 1;
  ioctl(fd_.get(), set_flags, same ? sync_wake_up : u64{0});
}

bool listener::pending() const {
  pollfd p{fd_.get(), POLLIN, 0};
  return poll(&p, 1, 0) == 1 && (p.revents & POLLIN);
}

std::optional<seccomp_notif> listener::receive() {
  seccomp_notif n{};
  while (ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, &n) != 0) {
    if (errno != EINTR) return std::nullopt;
    n = {};
  }
  return n;
}

bool listener::still_valid(u64 id) const {
  return ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

bool listener::respond(u64 id, s64 value, int error, u32 flags) {
  seccomp_notif_resp r{};
  r.id = id;
  r.val = value;
  r.error = error;
  r.flags = flags;
  int rc;
  do rc = ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, &r);
  while (rc != 0 && errno == EINTR);
  return rc == 0;
}

bool listener::send(u64 id, s64 value) {
  return value < 0 ? respond(id, 0, static_cast<int>(value), 0) : respond(id, value, 0, 0);
}

bool listener::send_continue(u64 id) { return respond(id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE); }

int listener::send_fd(u64 id, int fd, bool cloexec, int number) {
  seccomp_notif_addfd a{};
  a.id = id;
  a.flags = SECCOMP_ADDFD_FLAG_SEND | (number < 0 ? 0 : SECCOMP_ADDFD_FLAG_SETFD);
  a.newfd = number < 0 ? 0 : static_cast<u32>(number);
  a.srcfd = static_cast<u32>(fd);
  a.newfd_flags = cloexec ? O_CLOEXEC : 0;
  for (;;) {
    const int there = ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &a);
    if (there >= 0) return there;
    if (errno != EINTR) return -errno;
  }
}

int listener::lend_fd(u64 id, int fd) {
  seccomp_notif_addfd a{};
  a.id = id;
  a.srcfd = static_cast<u32>(fd);
  a.newfd_flags = O_CLOEXEC;
  for (;;) {
    const int there = ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &a);
    if (there >= 0) return there;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace linnet
