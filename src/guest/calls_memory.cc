// mmap on a packet socket: its rings appear in the guest's memory. A carrier is a socket and can't be mapped, so the
// guest's thread is made to map the ring's own memory instead (injection.hh); the descriptors for that are gone again
// before its call returns.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest/carrier.hh"
#include "guest/injection.hh"
#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"
#include "net/core/shared_pages.hh"

namespace linnet {
namespace {

// Copies of the parts' descriptors in the guest.
struct lent {
  u64 fd;
  u64 length;
};

// Maps the parts one behind the other. The first mapping takes all the room; the others are put into it. Of the
// types of mapping, MAP_SHARED_VALIDATE is as good as MAP_SHARED and isn't trapped. Root may lock as much memory as he likes
// (netsniff-ng does); his user on the host may not.
s64 map_parts(injection& in, const guest_call& c, const std::vector<lent>& parts) {
  const u64 prot = c.args[2];
  const u64 flags = (c.args[3] & ~u64{MAP_TYPE | MAP_LOCKED}) | MAP_SHARED_VALIDATE;
  const auto at = in.call(SYS_mmap, {c.args[0], c.args[1], prot, flags, parts[0].fd, 0});
  if (!at) return -ENOMEM;
  s64 end = *at;
  for (size_t i = 0; *at > 0 && i < parts.size(); end += static_cast<s64>(parts[i++].length)) {
    if (i == 0) continue;
    const auto more = in.call(SYS_mmap, {static_cast<u64>(end), parts[i].length, prot,
                                         flags | MAP_FIXED, parts[i].fd, 0});
    if (!more || *more < 0) return -ENOMEM;
  }
  return *at;
}

}  // namespace

call_reply sys_mmap(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(4));
  if (!on) return call_reply::pass();
  const u64 page = static_cast<u64>(sysconf(_SC_PAGESIZE));
  const u64 length = (c.args[1] + page - 1) / page * page;
  const auto parts = sock_mmap(on->sock(), length, c.args[5]);
  if (!parts) return call_reply::fail(parts.error().code);
  if (is_traced(c.tid)) {
    s.complain.say("a packet socket's ring can't be mapped into a program that is being traced");
    return call_reply::fail(EPERM);
  }
  std::vector<lent> there;
  for (const shared_pages* p : *parts) {
    const unique_fd fd(p->open());
    const int number = fd ? s.lend(c, fd.get()) : -EMFILE;
    if (number < 0) return call_reply::fail(-number);
    there.push_back({static_cast<u64>(number), p->size()});
  }
  auto in = injection::stop(c.tid, c.nr);
  // A signal was faster, or the thread is dead: nobody waits for an answer, and the call may be made again. What was
  // lent stays with the process.
  if (!in) return in.error() == EPERM ? call_reply::fail(EPERM) : call_reply::served();
  const s64 at = map_parts(*in, c, there);
  for (const lent& l : there) (void)in->call(SYS_close, {l.fd});
  in->finish(at);
  s.rings.enter(*on, c.tgid, c.int_arg(4));
  return call_reply::served();
}

}  // namespace linnet
