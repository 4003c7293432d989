// From request to answer: who calls, from which namespace, what to answer, and what to do when the guest has
// gone meanwhile. Then the waiting calls, and the ends of carriers and processes.
#include "guest/supervisor.hh"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "guest/socket_waiters.hh"
#include "guest/stream_carrier.hh"
#include "guest/supervisor_calls.hh"
#include "guest/syscall_abi.hh"
#include "net/core/sock.hh"

namespace linnet {
namespace {

constexpr int requests_per_round = 64;  // then timers and packets have their turn
// Of looks at what nobody tells of: first and last.
constexpr ktime first_sweep_gap = 20 * ns_per_ms, first_look_gap = ns_per_ms,
                last_sweep_gap = ns_per_sec;

// How many sockets there may be: each has a descriptor here. Processes have one too, and some are opened while a call is served.
u64 socket_limit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return RLIM_INFINITY;
  return limit.rlim_cur - std::min<u64>(limit.rlim_cur / 4, 256);
}

replay_cache::key key_of(const guest_call& c) { return {c.nr, c.ip, c.args}; }

}  // namespace

supervisor::supervisor(world& world_, event_loop& loop_, private_dir dir_)
    : w(world_),
      loop(loop_),
      dir(std::move(dir_)),
      namespaces(w, dir),
      processes(loop, [this](pid_t tgid) { process_ended(tgid); }),
      settings(loop),
      views(dir),
      front(*this),
      most_sockets_(socket_limit()) {
  settings.on_open = [this](net& n) { namespaces.hold(n); };
  settings.on_close = [this](net& n) { namespaces.release(n); };
  if (namespaces.watch_fd() >= 0)
    loop.watch(namespaces.watch_fd(), EPOLLIN, [this](u32) { namespaces.handles_closed(); });
  w.net_by_fd = [this](const cred& who, int fd) { return net_of_descriptor(who, fd); };
  w.net_by_pid = [this](const cred&, u32 pid) {
    return namespaces.of_process(static_cast<pid_t>(pid));
  };
  w.net_name = [this](const net& n) { return namespaces.name_of(n); };
  loop.before_wait([this] { flush(); });
}

supervisor::~supervisor() {
  w.net_by_fd = {};
  w.net_by_pid = {};
  w.net_name = {};
  if (namespaces.watch_fd() >= 0) loop.unwatch(namespaces.watch_fd());
  if (channel_.fd() >= 0) loop.unwatch(channel_.fd());
  while (!carriers_.empty()) drop_carrier(carriers_.begin()->second.get());
}

void supervisor::serve(listener l) {
  channel_ = std::move(l);
  channel_.prefer_same_cpu(true);
  loop.serve_last(channel_.fd());
  loop.watch(channel_.fd(), EPOLLIN, [this](u32 events) {
    if (events & EPOLLIN) return on_request();
    loop.unwatch(channel_.fd());  // the last guest is gone
  });
}

void supervisor::on_request() {
  for (int i = 0; i < requests_per_round; ++i) {
    // What was closed before a call must be seen before it: the loop looks.
    if (i > 0 && (!carriers_.empty() || !channel_.pending())) return;
    if (const auto request = channel_.receive()) serve_one(*request);
  }
}

void supervisor::serve_one(const seccomp_notif& n) {
  page_.forget();
  show_all();
  guest_call call{.id = n.id,
                  .tid = static_cast<pid_t>(n.pid),
                  .tgid = 0,
                  .nr = n.data.nr,
                  .ip = n.data.instruction_pointer,
                  .args = {},
                  .mem = guest_memory(static_cast<pid_t>(n.pid), &page_),
                  .ns = nullptr};
  std::copy(std::begin(n.data.args), std::end(n.data.args), call.args.begin());
  if (const auto it = waiting_.find(call.tid); it != waiting_.end()) {
    interrupted(it->second.call);
    waiting_.erase(it);
  }
  if (n.data.arch != native_audit_arch ||
      (x32_syscall_bit && static_cast<u32>(call.nr) >= x32_syscall_bit)) {
    if (call.nr != -1)
      complain.say("a program of another architecture (32-bit?) was started: refused, ENOSYS");
    channel_.send(call.id, -ENOSYS);
    return;
  }
  if (!settings.empty()) settings.drain();
  if (const auto known = replays_.take(call.tid, key_of(call))) {
    if (!channel_.send(call.id, *known)) replays_.remember(call.tid, key_of(call), *known);
    return;
  }
  if (passes_unseen(*this, call)) {
    channel_.send_continue(call.id);
    return;
  }
  call.tgid = processes.tgid_of(call.tid);
  if (call.tgid == 0) return;  // killed meanwhile
  call.ns = &namespaces.of(call.tgid, call.tid);
  answer(call, dispatch_call(*this, call));
}

void supervisor::answer(guest_call& call, call_reply reply) {
  switch (reply.what) {
    case call_reply::kind::pass: channel_.send_continue(call.id); return;
    case call_reply::kind::wait:
      waiting_.insert_or_assign(call.tid, waiting_call{call, reply.on, ++waiting_order_});
      return;
    case call_reply::kind::served: return;
    case call_reply::kind::descriptor:
      // After ENOENT nobody has the descriptor; closing ours ends what it stands for.
      if (const int there =
              channel_.send_fd(call.id, reply.fd.get(), reply.cloexec, reply.number_wanted);
          there < 0) {
        if (reply.listener) give_back(reply);
        if (there != -ENOENT) channel_.send(call.id, there);
      } else if (reply.on && reply.on->as_stream()) {
        reply.on->as_stream()->remember(end_of(call, there), call.tgid);
      }
      return;
    case call_reply::kind::value: answers_.emplace_back(call, std::move(reply)); return;
  }
}

void supervisor::send_answers() {
  for (auto& [call, reply] : std::exchange(answers_, {}))
    if (!channel_.send(call.id, reply.number)) answer_lost(call, reply);
}

// The descriptor of a connection did not come to the guest, who has as many as he may, or was interrupted: the connection
// waits for the next accept.
void supervisor::give_back(call_reply& reply) {
  carrier* listener = carrier_of(reply.listener);
  struct stat st;
  if (!listener || fstat(reply.fd.get(), &st) != 0) return;
  listener->as_stream()->give_back({std::move(reply.fd), st.st_ino});
  listener->refill();
  if (!std::exchange(listener->woken, true)) woken_.push_back(listener);
}

call_reply supervisor::hand_over(stream_carrier::accepted a, bool nonblock, bool cloexec) {
  int on = nonblock;
  (void)ioctl(a.end.get(), FIONBIO, &on);
  call_reply reply = call_reply::descriptor(std::move(a.end), cloexec);
  reply.on = carrier_of(a.inode);
  return reply;
}

void supervisor::answer_lost(const guest_call& call, call_reply& reply) {
  if (reply.undo) {
    reply.undo();
  } else {
    replays_.remember(call.tid, key_of(call), reply.number);
  }
}

// A call that waited has ended, by a signal. What it had sent by then is its result if it is repeated.
void supervisor::interrupted(const guest_call& call) {
  if (call.moved) replays_.remember(call.tid, key_of(call), static_cast<s64>(call.moved));
}

carrier* supervisor::find_carrier(const guest_call& call, int fd) {
  if (carriers_.empty()) return nullptr;
  const ino_t inode = call.inode ? call.inode : link_inode(descriptor_link(call.tid, fd), "socket");
  carrier* c = inode ? carrier_of(inode) : nullptr;
  if (!c) return nullptr;
  c->sock().owner.pid = static_cast<u32>(call.tgid);
  stream_carrier* stream = c->as_stream();
  asked_ = c;
  if (stream) {
    stream->remember(end_of(call, fd), call.tgid);
    if (unlikely(stream->has_ended())) stream->match_errors();
  }
  // Of what was written before a channel's request the loop has told.
  if (call.inode) c->asked_in = round_;
  if (stream || !call.inode) c->take_writes();
  return c;
}

carrier* supervisor::carrier_of(ino_t inode) const {
  const auto it = carriers_.find(inode);
  return it == carriers_.end() ? nullptr : it->second.get();
}

socket* supervisor::socket_of(ino_t inode) const {
  carrier* c = carrier_of(inode);
  return c ? &c->sock() : nullptr;
}

bool supervisor::has_stream(ino_t inode) const {
  carrier* c = carrier_of(inode);
  return c && c->as_stream();
}

call_reply supervisor::adopt(socket_ptr s, bool nonblock, bool cloexec) {
  unique_fd theirs;
  socket* raw = s.get();
  auto owned = carrier::create(std::move(s), nonblock, theirs);
  if (!owned) return call_reply::fail(errno == EMFILE || errno == ENFILE ? ENFILE : ENOBUFS);
  carrier* c = owned.get();
  raw->wake = &supervisor::on_wake;
  raw->wake_arg = this;
  raw->ino = c->inode();
  by_socket_[raw] = c;
  namespaces.hold(*raw->ns);
  const auto watch = [this, c](u32 events) {
    loop.watch(c->fd(), events | EPOLLIN | EPOLLRDHUP | EPOLLET,
               [this, c](u32 ready) { on_carrier(c, ready); });
  };
  stream_carrier* stream = c->as_stream();
  if (stream) stream->on_full = [watch] { watch(EPOLLOUT); };
  watch(stream ? 0u : u32{EPOLLOUT});
  carriers_.insert_or_assign(c->inode(), std::move(owned));
  c->refill();
  call_reply reply = call_reply::descriptor(std::move(theirs), cloexec);
  reply.on = c;
  return reply;
}

guest_end supervisor::end_of(const guest_call& call, int fd) {
  return [this, tgid = call.tgid, fd, inode = call.inode] {
    unique_fd theirs = processes.duplicate(tgid, fd);
    struct stat st;  // who says what a descriptor is may be wrong by now
    if (inode && theirs && (fstat(theirs.get(), &st) != 0 || st.st_ino != inode)) theirs.reset();
    return theirs;
  };
}

bool supervisor::nonblocking(const guest_call& call, int fd) {
  if (call.inode) return false;  // it knows, and is told that the call would wait
  const unique_fd theirs = processes.duplicate(call.tgid, fd);
  return theirs && (fcntl(theirs.get(), F_GETFL) & O_NONBLOCK);
}

int supervisor::lend(const guest_call& call, int fd) { return channel_.lend_fd(call.id, fd); }

cred supervisor::cred_of(const guest_call& call) const {
  return {.pid = static_cast<u32>(call.tgid)};
}

void supervisor::on_wake(socket& s, void* self) {
  auto& here = *static_cast<supervisor*>(self);
  const auto it = here.by_socket_.find(&s);
  if (it == here.by_socket_.end()) return;  // it is being closed
  if (!std::exchange(it->second->woken, true)) here.woken_.push_back(it->second);
  if (sock_poll(s) & (EPOLLERR | EPOLLRDHUP | EPOLLHUP)) here.in_error_.insert(&s);
}

bool supervisor::any_error() const {
  std::erase_if(in_error_, [this](const socket* s) {
    return !by_socket_.at(const_cast<socket*>(s))->has_error();
  });
  return !in_error_.empty();
}

bool supervisor::any_wrong() const {
  std::erase_if(wrong_heads_, [](const socket* s) { return !sock_head_is_wrong(*s); });
  return !wrong_heads_.empty();
}

// Poll doesn't look at what a socket has that is shut for reading.
bool supervisor::somebody_waits(const socket& s) {
  if (sock_poll(s) & EPOLLRDHUP) return false;
  return waits_for_socket(processes, static_cast<pid_t>(s.owner.pid), static_cast<ino_t>(s.ino));
}

// A checksum that is wrong is found so when somebody looks. Who waits for the socket in a call that the host serves looks now;
// else it is for the next call to find.
void supervisor::look_at_head(carrier& c) {
  socket& s = c.sock();
  if (!sock_head_is_wrong(s)) return;
  if (somebody_waits(s))
    sock_drop_wrong(s);
  else
    note_wrong(s);
}

void supervisor::note_wrong(socket& s) {
  wrong_heads_.insert(&s);
  look_gap_ = first_look_gap;
  next_look_ = w.now() + look_gap_;
}

// Who comes to wait in such a call later is noticed ever more seldom.
void supervisor::look_at_wrong_heads() {
  if (w.now() < next_look_ || !any_wrong()) return;
  look_gap_ = std::min(2 * look_gap_, last_sweep_gap);
  next_look_ = w.now() + look_gap_;
  for (socket* s : wrong_heads_)
    if (somebody_waits(*s)) sock_drop_wrong(*s);
}

void supervisor::on_carrier(carrier* c, u32 events) {
  stream_carrier* stream = c->as_stream();
  if (stream && (events & EPOLLOUT)) stream->has_room();
  // Where there is only room, nothing was written.
  bool ended = (events & ~u32{EPOLLOUT}) && !c->take_writes();
  if (!ended && (events & (EPOLLHUP | EPOLLERR))) ended = !stream || stream->hang_up();
  if (!ended) {
    c->refill();
    if (!stream) look_at_head(*c);
    if (stream && stream->over()) return stream_over(*stream);
  }
  if (!ended) return;
  drop_carrier(c);
  // What closing has sent arrives before the next descriptor is looked at, as on Linux before close(2) returns.
  world_poll(w);
}

std::vector<pid_t> supervisor::waiters_of(const carrier& c) const {
  std::vector<pid_t> tids;
  for (const auto& [tid, waiting] : waiting_)
    if (waiting.on == &c) tids.push_back(tid);
  return tids;
}

void supervisor::stream_over(stream_carrier& c) {
  if (!c.has_guest()) return drop_carrier(&c);
  loop.unwatch(c.fd());
  c.end();
  over_.push_back(&c);
  sweep_gap_ = first_sweep_gap;
  next_sweep_ = w.now() + sweep_gap_;
  retry(waiters_of(c));
}

void supervisor::sweep_over() {
  if (over_.empty() || w.now() < next_sweep_) return;
  sweep_gap_ = std::min(2 * sweep_gap_, last_sweep_gap);
  next_sweep_ = w.now() + sweep_gap_;
  for (stream_carrier* c : std::vector(over_))
    if (!c->has_guest()) drop_carrier(c);
}

void supervisor::call_done() {
  carrier* c = std::exchange(asked_, nullptr);
  if (!c) return;
  stream_carrier* stream = c->as_stream();
  if (stream && unlikely(stream->has_ended())) stream->match_errors();
  if (!stream && unlikely(sock_head_is_wrong(c->sock()))) note_wrong(c->sock());
}

void supervisor::drop_carrier(carrier* c) {
  if (c->fd() >= 0) loop.unwatch(c->fd());
  for (pid_t tid : waiters_of(*c)) {
    channel_.send(waiting_.at(tid).call.id, -EBADF);
    waiting_.erase(tid);
  }
  rings.leave(*c);
  if (asked_ == c) asked_ = nullptr;
  // Who still waits to be accepted is reset.
  if (stream_carrier* stream = c->as_stream()) {
    std::erase(over_, stream);
    while (const auto waits = stream->take_accepted()) {
      socket* connection = socket_of(waits->inode);
      if (!connection) continue;
      connection->sk->linger = true;
      connection->sk->linger_time = 0;
    }
  }
  socket* s = &c->sock();
  net& ns = *s->ns;
  if (c->woken) std::erase(woken_, c);
  std::erase(refill_later_, c);
  std::erase(unshown_, c);
  in_error_.erase(s);
  wrong_heads_.erase(s);
  by_socket_.erase(s);
  carriers_.erase(c->inode());
  namespaces.release(ns);
}

void supervisor::show(carrier& c) {
  if (c.asked_in != round_ || c.as_stream()) return c.refill();
  if (!is_unshown(c.inode())) unshown_.push_back(&c);
}

bool supervisor::is_unshown(ino_t inode) const {
  return std::ranges::any_of(unshown_, [&](const carrier* c) { return c->inode() == inode; });
}

void supervisor::show_all() {
  for (carrier* c : std::exchange(unshown_, {})) c->refill();
}

void supervisor::retry(const std::vector<pid_t>& tids) {
  for (pid_t tid : tids) {
    const auto it = waiting_.find(tid);
    if (it == waiting_.end()) continue;
    guest_call call = it->second.call;
    waiting_.erase(it);
    page_.forget();
    if (channel_.still_valid(call.id))
      answer(call, dispatch_call(*this, call));
    else
      interrupted(call);
  }
}

std::vector<pid_t> supervisor::waiters_of_woken() const {
  std::vector<std::pair<u64, pid_t>> due;
  for (const auto& [tid, waiting] : waiting_)
    if (waiting.on->woken) due.emplace_back(waiting.order, tid);
  std::ranges::sort(due);
  std::vector<pid_t> tids;
  tids.reserve(due.size());
  for (const auto& [order, tid] : due) tids.push_back(tid);
  return tids;
}

void supervisor::flush() {
  time_out();
  if (front.serve()) world_poll_some(w);
  // A retried call may wake others; what still does after so many turns waits for the next round.
  for (int turn = 0; turn < 16 && !woken_.empty(); ++turn) {
    const std::vector<pid_t> waiters = waiters_of_woken();
    const std::vector<carrier*> on = std::exchange(woken_, {});
    for (carrier* c : on) c->woken = false;
    retry(waiters);
    for (carrier* c : on) {
      stream_carrier* stream = c->as_stream();
      if (stream && stream->wake()) {
        stream_over(*stream);
      } else if (!stream) {
        look_at_head(*c);
        show(*c);
      }
    }
    world_poll(w);
  }
  ++round_;
  send_answers();
  front.publish(channel_, !refill_later_.empty());
  for (carrier* c : std::exchange(refill_later_, {})) c->refill();
  if (!unshown_.empty() && !front.looking()) show_all();
  if (!rings.empty()) rings.look(w.now(), processes);
  sweep_over();
  if (unlikely(!wrong_heads_.empty())) look_at_wrong_heads();
  namespaces.sweep();
}

void supervisor::time_out() {
  const ktime now = w.now();
  std::vector<pid_t> due;
  for (auto& [tid, waiting] : waiting_)
    if (waiting.call.deadline && *waiting.call.deadline <= now) {
      waiting.call.timed_out = true;
      due.push_back(tid);
    }
  retry(due);
}

ktime supervisor::sleep_limit() {
  if (!woken_.empty() || front.look()) return 0;
  show_all();
  ktime limit = rings.empty() ? ktime_max : std::max<ktime>(0, rings.next_look() - w.now());
  if (!wrong_heads_.empty()) limit = std::min(limit, std::max<ktime>(0, next_look_ - w.now()));
  if (!over_.empty()) limit = std::min(limit, std::max<ktime>(0, next_sweep_ - w.now()));
  for (const auto& [tid, waiting] : waiting_)
    if (waiting.call.deadline)
      limit = std::min(limit, std::max<ktime>(0, *waiting.call.deadline - w.now()));
  return limit;
}

void supervisor::process_ended(pid_t tgid) {
  std::erase_if(waiting_, [tgid](const auto& e) { return e.second.call.tgid == tgid; });
  std::erase_if(answers_, [tgid](auto& a) {
    const bool its = a.first.tgid == tgid;
    if (its && a.second.undo) a.second.undo();
    return its;
  });
  replays_.forget(tgid);
  front.process_gone(tgid);
  claimed_userns.erase(tgid);
  next_sweep_ = 0;
  namespaces.process_gone(tgid);
  mounts.process_gone(tgid);
}

net* supervisor::net_of_descriptor(const cred& who, int fd) {
  return namespaces.of_path(descriptor_link(static_cast<pid_t>(who.pid), fd));
}

}  // namespace linnet
