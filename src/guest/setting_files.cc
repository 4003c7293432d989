// The pipes by which guests write settings.
#include "guest/setting_files.hh"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include <cerrno>

namespace linnet {

setting_files::~setting_files() {
  for (auto& [inode, e] : open_) loop_.unwatch(e.ours.get());
}

unique_fd setting_files::open(setting_file file) {
  int ends[2];
  // The reader's end alone must not block; the writer's is the guest's.
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  unique_fd ours(ends[0]), theirs(ends[1]);
  struct stat st;
  if (fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0 || fstat(ours.get(), &st) != 0) return {};
  loop_.watch(ours.get(), EPOLLIN, [this](u32) { drain(); });
  on_open(*file.ns);
  open_.insert_or_assign(st.st_ino, entry{std::move(file), std::move(ours)});
  return theirs;
}

const setting_file* setting_files::by_inode(ino_t inode) const {
  const auto it = open_.find(inode);
  return it == open_.end() ? nullptr : &it->second.file;
}

bool setting_files::drain_one(entry& e) {
  char text[4096];
  for (;;) {
    const ssize_t n = read(e.ours.get(), text, sizeof text);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    (void)pseudo_write(*e.file.ns, e.file.tree, e.file.path, {text, static_cast<size_t>(n)});
  }
}

void setting_files::drain() {
  for (auto it = open_.begin(); it != open_.end();) {
    if (drain_one(it->second)) {
      ++it;
      continue;
    }
    loop_.unwatch(it->second.ours.get());
    on_close(*it->second.file.ns);
    it = open_.erase(it);
  }
}

}  // namespace linnet
