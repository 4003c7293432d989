// Reads and writes the tags, and asks the host who still holds a namespace.
#include "guest/netns_registry.hh"

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "guest/process_table.hh"

namespace linnet {
namespace {

std::optional<u32> read_tag(pid_t supervisor, pid_t pid) {
  rlimit limit;
  if (prlimit(pid, RLIMIT_RTTIME, nullptr, &limit) != 0) return std::nullopt;
  return netns_of_tag(supervisor, limit.rlim_cur);
}

int write_tag(pid_t supervisor, pid_t pid, u32 inum) {
  const rlimit limit{netns_tag(supervisor, inum), RLIM_INFINITY};
  return prlimit(pid, RLIMIT_RTTIME, &limit, nullptr) == 0 ? 0 : errno;
}

// A process that has ended but is not waited for yet still shows its limits.
bool is_zombie(pid_t pid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  unique_fd fd(open(path, O_RDONLY | O_CLOEXEC));
  const ssize_t n = fd ? read(fd.get(), text, sizeof text - 1) : -1;
  if (n <= 0) return true;
  const std::string_view stat(text, static_cast<size_t>(n));
  const size_t name_end = stat.rfind(')');
  return name_end == stat.npos || name_end + 2 >= stat.size() || stat[name_end + 2] == 'Z' ||
         stat[name_end + 2] == 'X';
}

// A write lease is granted only on a file that nobody else has open.
bool opened_elsewhere(const unique_fd& handle) {
  if (fcntl(handle.get(), F_SETLEASE, F_WRLCK) != 0) return true;
  fcntl(handle.get(), F_SETLEASE, F_UNLCK);
  return false;
}

}  // namespace

netns_registry::netns_registry(world& w, const private_dir& dir)
    : w_(w), dir_(dir), self_(getpid()) {
  unique_fd first(
      open(dir.ns_file(w.init_net->inum).c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0444));
  inotify_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (inotify_) inotify_add_watch(inotify_.get(), dir.ns().c_str(), IN_CLOSE);
}

net* netns_registry::find(u32 inum) const { return net_by_inum(w_, inum); }

net& netns_registry::of(pid_t tgid, pid_t tid) {
  if (!overrides_.empty())
    if (const auto it = overrides_.find(tid); it != overrides_.end() && it->second.tgid == tgid)
      if (net* n = find(it->second.inum)) return *n;
  auto known = tags_.find(tgid);
  if (known == tags_.end())
    known = tags_.emplace(tgid, read_tag(self_, tgid).value_or(w_.init_net->inum)).first;
  net* n = find(known->second);
  return n ? *n : *w_.init_net;
}

net* netns_registry::of_process(pid_t pid) const {
  if (pid == 1) return w_.init_net;
  const auto inum = read_tag(self_, pid);
  return inum ? find(*inum) : nullptr;
}

net* netns_registry::of_path(std::string_view path) const {
  std::string_view inside;
  if (!dir_.contains(path, inside) || !inside.starts_with("ns/")) return nullptr;
  inside.remove_prefix(3);
  u32 inum = 0;
  const auto [end, ec] = std::from_chars(inside.data(), inside.data() + inside.size(), inum);
  return ec == std::errc() && end == inside.data() + inside.size() ? find(inum) : nullptr;
}

net* netns_registry::create() {
  net& n = net_create(w_, *w_.cpus.front());
  unique_fd file(open(dir_.ns_file(n.inum).c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0444));
  if (!file) {
    net_put_user(n);
    return nullptr;
  }
  created_[n.inum].handle = std::move(file);
  return &n;
}

int netns_registry::enter(pid_t tgid, pid_t tid, net& n) {
  sweep_wanted_ = true;  // it may leave one that nobody else holds
  overrides_.erase(tid);
  if (thread_count(tgid) > 1) {
    overrides_[tid] = {tgid, n.inum};
    return 0;
  }
  tags_.erase(tgid);
  return write_tag(self_, tgid, n.inum);
}

void netns_registry::process_gone(pid_t tgid) {
  std::erase_if(overrides_, [tgid](const auto& o) { return o.second.tgid == tgid; });
  tags_.erase(tgid);
  if (!created_.empty()) sweep_wanted_ = true;
}

void netns_registry::bind_name(const std::string& name, net& n) { names_[name] = n.inum; }

bool netns_registry::unbind_name(const std::string& name) {
  sweep_wanted_ = true;
  return names_.erase(name) != 0;
}

std::string netns_registry::name_of(const net& n) const {
  for (const auto& [name, inum] : names_)
    if (inum == n.inum) return name;
  return {};
}

net* netns_registry::by_name(const std::string& name) const {
  const auto it = names_.find(name);
  return it == names_.end() ? nullptr : find(it->second);
}

void netns_registry::hold(net& n) {
  if (const auto it = created_.find(n.inum); it != created_.end()) ++it->second.sockets;
}

void netns_registry::release(net& n) {
  const auto it = created_.find(n.inum);
  if (it != created_.end() && --it->second.sockets == 0) sweep_wanted_ = true;
}

bool netns_registry::any_process_in(u32 inum) const {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), closedir);
  if (!proc) return true;
  while (const dirent* d = readdir(proc.get())) {
    const pid_t pid = d->d_name[0] >= '0' && d->d_name[0] <= '9' ? atoi(d->d_name) : 0;
    if (pid > 0 && read_tag(self_, pid) == inum && !is_zombie(pid)) return true;
  }
  return false;
}

bool netns_registry::held(net& n, const holders& h) const {
  if (h.sockets > 0 || opened_elsewhere(h.handle)) return true;
  if (std::ranges::any_of(names_, [&](const auto& b) { return b.second == n.inum; })) return true;
  if (std::ranges::any_of(overrides_, [&](const auto& o) { return o.second.inum == n.inum; }))
    return true;
  // Twice, for a process may be born behind the reader's back while its parent ends in front.
  return any_process_in(n.inum) || any_process_in(n.inum);
}

void netns_registry::sweep() {
  if (!std::exchange(sweep_wanted_, false)) return;
  std::vector<net*> gone;
  for (const auto& [inum, by] : created_)
    if (net* n = find(inum); n && !held(*n, by)) gone.push_back(n);
  for (net* n : gone) {
    created_.erase(n->inum);
    unlink(dir_.ns_file(n->inum).c_str());
    net_put_user(*n);
  }
}

void netns_registry::handles_closed() {
  char events[4096];
  while (read(inotify_.get(), events, sizeof events) > 0) {
  }
  if (!created_.empty()) sweep_wanted_ = true;
}

}  // namespace linnet
