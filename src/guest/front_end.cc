// Channels come and go; requests are noticed, carried out and answered.
#include "guest/front_end.hh"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"

namespace linnet {

using front::channel;
using front::verdict;

namespace {

constexpr size_t most_channels = 4096;
constexpr size_t most_watched = 16;
constexpr ktime look_for = 30 * ns_per_us;
constexpr int looks_in_a_row = 32;  // then descriptors and timers have their turn

bool one_processor() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < 2;
}

// The host's clock, for how long to look; no time of the world's comes of it.
ktime host_now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * ns_per_sec + t.tv_nsec;
}

bool moves_messages(u32 nr) {
  return nr == SYS_sendto || nr == SYS_recvfrom || nr == SYS_sendmsg || nr == SYS_recvmsg ||
         nr == SYS_sendmmsg || nr == SYS_recvmmsg;
}

void store(u32& word, u32 value) { __atomic_store_n(&word, value, __ATOMIC_SEQ_CST); }

// Memory whose size nobody can change any more, or a guest could take it away under us.
unique_fd make_memory() {
  unique_fd fd(static_cast<int>(
      syscall(SYS_memfd_create, "linnet-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING)));
  if (!fd || ftruncate(fd.get(), sizeof(channel)) != 0 ||
      fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return {};
  return fd;
}

}  // namespace

front_end::front_end(supervisor& s) : s_(s), policy_(one_processor()) {}

front_end::~front_end() {
  for (auto& [tid, c] : channels_) munmap(c.at, sizeof(channel));
}

call_reply front_end::trapped(const guest_call& call) {
  if (call.int_arg(1) == front::hello) return say_hello(call);
  const auto it = channels_.find(call.tid);
  if (it == channels_.end()) return call_reply::fail(EBADF);
  if (call.int_arg(1) == front::bye) {
    drop(call.tid);
    return call_reply::value(0);
  }
  shared_channel& c = it->second;
  if (!c.noticed && !notice(c)) return call_reply::value(0);  // answered already
  rung_.push_back(call.id);
  return call_reply::served();
}

call_reply front_end::say_hello(const guest_call& call) {
  drop(call.tid);  // of a program that this one has replaced
  if (!allowed_ || channels_.size() >= most_channels) return call_reply::fail(EAGAIN);
  unique_fd fd = make_memory();
  if (!fd) return call_reply::fail(ENOMEM);
  void* at = mmap(nullptr, sizeof(channel), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (at == MAP_FAILED) return call_reply::fail(ENOMEM);
  channels_.emplace(
      call.tid,
      shared_channel{.tid = call.tid, .tgid = call.tgid, .at = static_cast<channel*>(at)});
  return call_reply::descriptor(std::move(fd), true);
}

void front_end::drop(pid_t tid) {
  const auto it = channels_.find(tid);
  if (it == channels_.end()) return;
  for (auto* list : {&noticed_, &done_, &watched_}) std::erase(*list, &it->second);
  munmap(it->second.at, sizeof(channel));
  channels_.erase(it);
}

void front_end::process_gone(pid_t tgid) {
  std::vector<pid_t> tids;
  for (const auto& [tid, c] : channels_)
    if (c.tgid == tgid) tids.push_back(tid);
  for (pid_t tid : tids) drop(tid);
}

bool front_end::notice(shared_channel& c) {
  const u32 asked = front::load(c.at->asked);
  if (c.noticed || asked == c.answered) return false;
  c.asked = asked;
  c.noticed = true;
  noticed_.push_back(&c);
  return true;
}

bool front_end::notice_watched() {
  bool any = false;
  for (shared_channel* c : watched_) any |= notice(*c);
  return any;
}

bool front_end::serve() {
  if (noticed_.empty()) return false;
  for (shared_channel* c : std::exchange(noticed_, {})) {
    carry_out(*c);
    done_.push_back(c);
  }
  return true;
}

void front_end::carry_out(shared_channel& c) {
  if (!memory_.take(*c.at) || !moves_messages(memory_.asked().nr))
    return memory_.reply(verdict::ordinary, 0);
  const front::request& q = memory_.asked();
  c.cpu = q.cpu;
  c.inode = q.inode;
  guest_call call{.id = 0,
                  .tid = c.tid,
                  .tgid = c.tgid,
                  .nr = static_cast<int>(q.nr),
                  .ip = 0,
                  .args = std::to_array(q.args),
                  .mem = guest_memory(c.tid, nullptr, &memory_),
                  .ns = &s_.namespaces.of(c.tgid, c.tid),
                  .inode = q.inode};
  const call_reply r = dispatch_call(s_, call);
  switch (r.what) {
    case call_reply::kind::value: return memory_.reply(verdict::value, r.number);
    case call_reply::kind::wait: return memory_.reply(verdict::would_block, 0);
    case call_reply::kind::pass:
      return memory_.reply(s_.has_stream(q.inode) ? verdict::host_serves : verdict::elsewhere, 0);
    default: return memory_.reply(verdict::ordinary, 0);
  }
}

void front_end::publish(listener& l, bool busy) {
  if (!done_.empty()) {
    const bool look_on = policy_.worth();
    for (shared_channel* c : std::exchange(done_, {})) {
      c->noticed = false;
      c->answered = c->asked;
      c->at->reply.unshown = s_.is_unshown(c->inode);
      if (look_on) watch(*c);
      store(c->at->answered, c->answered);
    }
    const ktime now = look_on ? host_now() : 0;
    look_until_ = look_on ? now + look_for : 0;
    // Who looks or works while the guest runs wants a processor of its own.
    l.prefer_same_cpu(!policy_.hopeful() && !busy);
  }
  for (u64 id : std::exchange(rung_, {})) l.send(id, 0);
  if (look_until_) step_aside(host_now());
}

bool front_end::looking() const { return look_until_ && host_now() < look_until_; }

// A guest that we have to share a processor with can't ask while we look, and the host's scheduler leaves us together,
// for we were woken by each other. So we go to another one, once, and may be moved at will from then on.
void front_end::step_aside(ktime now) {
  if (now < next_step_) return;
  const auto here = static_cast<u32>(sched_getcpu());
  if (std::ranges::none_of(watched_, [here](const shared_channel* c) { return c->cpu == here; }))
    return;
  cpu_set_t all;
  if (sched_getaffinity(0, sizeof all, &all) != 0 || here >= CPU_SETSIZE) return;
  cpu_set_t others = all;
  CPU_CLR(here, &others);
  if (CPU_COUNT(&others) > 0 && sched_setaffinity(0, sizeof others, &others) == 0)
    sched_setaffinity(0, sizeof all, &all);
  next_step_ = now + step_gap_;
  step_gap_ = std::min(step_gap_ * 2, ktime{ns_per_sec});
  look_until_ = host_now() + look_for;
}

void front_end::watch(shared_channel& c) {
  if (c.watched) return;
  if (watched_.size() == most_watched) {
    store(watched_.front()->at->watched, 0);
    watched_.front()->watched = false;
    watched_.erase(watched_.begin());
  }
  c.watched = true;
  store(c.at->watched, 1);
  watched_.push_back(&c);
}

void front_end::stop_watching() {
  for (shared_channel* c : watched_) {
    c->watched = false;
    store(c->at->watched, 0);
  }
  look_until_ = 0;
}

bool front_end::look() {
  if (!noticed_.empty()) return true;
  if (watched_.empty()) return false;
  for (int i = 0; i < looks_in_a_row; ++i) {
    if (notice_watched()) {
      if (look_until_) {
        policy_.paid();
        step_gap_ = ns_per_ms;
      }
      return true;
    }
    if (!look_until_) break;
    front::cpu_relax();
  }
  if (host_now() < look_until_) return true;
  if (look_until_) policy_.in_vain();
  stop_watching();
  // One that asked in this moment may have seen that it is watched.
  const bool any = notice_watched();
  watched_.clear();
  return any;
}

}  // namespace linnet
