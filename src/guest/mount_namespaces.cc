// Reads and writes the limits that say which process is where.
#include "guest/mount_namespaces.hh"

#include <dirent.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <ranges>
#include <set>

namespace linnet {
namespace {

constexpr u64 tag_base = u64{1} << 62;

const bound_files nothing_bound;

u64 read_tag(pid_t pid) {
  rlimit limit;
  if (prlimit(pid, RLIMIT_RSS, nullptr, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  return limit.rlim_cur > tag_base ? limit.rlim_cur - tag_base : 0;
}

void collect_tags(std::set<u64>& used) {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), closedir);
  while (const dirent* d = proc ? readdir(proc.get()) : nullptr)
    if (d->d_name[0] >= '0' && d->d_name[0] <= '9') used.insert(read_tag(atoi(d->d_name)));
}

}  // namespace

std::string bound_source(const bound_files& bound, std::string_view path, bool& mount_point) {
  for (const bound_file& b : std::views::reverse(bound)) {
    if (!path.starts_with(b.target)) continue;
    const std::string_view rest = path.substr(b.target.size());
    if (!rest.empty() && rest.front() != '/') continue;
    mount_point = rest.empty();
    return b.source + std::string(rest);
  }
  return {};
}

u64 mount_namespaces::number_of(pid_t tgid) {
  const auto known = of_process_.find(tgid);
  if (known != of_process_.end()) return known->second;
  return of_process_[tgid] = read_tag(tgid);
}

const bound_files& mount_namespaces::of(pid_t tgid) {
  const auto it = bound_.find(number_of(tgid));
  return it == bound_.end() ? nothing_bound : it->second;
}

int mount_namespaces::unshare(pid_t tgid) {
  if (bound_.size() >= look_at_) forget_unused();
  rlimit limit;
  if (prlimit(tgid, RLIMIT_RSS, nullptr, &limit) != 0) return errno;
  limit.rlim_cur = tag_base + last_ + 1;
  if (prlimit(tgid, RLIMIT_RSS, &limit, nullptr) != 0) return errno;
  const bound_files& before = of(tgid);
  ++last_;
  if (!before.empty()) bound_.emplace(last_, before);
  of_process_[tgid] = last_;
  return 0;
}

void mount_namespaces::bind(pid_t tgid, std::string target, std::string source) {
  bound_[number_of(tgid)].push_back({std::move(target), std::move(source)});
}

bool mount_namespaces::unbind(pid_t tgid, std::string_view target) {
  const auto it = bound_.find(number_of(tgid));
  if (it == bound_.end()) return false;
  bound_files& bound = it->second;
  const auto last = std::ranges::find(std::views::reverse(bound), target, &bound_file::target);
  if (last == bound.rend()) return false;
  bound.erase(std::next(last).base());
  if (bound.empty()) bound_.erase(it);
  return true;
}

void mount_namespaces::forget_unused() {
  std::set<u64> used{0};
  // Twice, for a process may be born behind the reader's back while its parent ends in front.
  collect_tags(used);
  collect_tags(used);
  std::erase_if(bound_, [&](const auto& b) { return !used.contains(b.first); });
  look_at_ = std::max<size_t>(64, 2 * bound_.size());
}

}  // namespace linnet
