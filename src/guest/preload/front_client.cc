// Asking and waiting for the answer: looking a little while the supervisor looks as well, then ringing.
#include "guest/preload/front_client.hh"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

// Of the C library, where it has them.
extern "C" {
extern void* __curbrk __attribute__((weak));
int pthread_key_create(pthread_key_t*, void (*)(void*)) noexcept __attribute__((weak));
int sched_getcpu() noexcept __attribute__((weak));
int pthread_setspecific(pthread_key_t, const void*) noexcept __attribute__((weak));
}

namespace linnet::front {
namespace {

// A thread's first calls go the ordinary way: a channel costs as much as a few of them.
constexpr u32 calls_before_hello = 6;
constexpr u32 remembered = 32;                           // inodes that are none of the world's
constexpr u32 shortest_look = 512, longest_look = 2048;  // pauses
constexpr u64 deepest_main_stack = 8 << 20, deepest_stack = 192 << 10;

struct thread_state {
  channel* shared;
  u64 stack_high;
  u64 stack_depth;
  u32 asked;
  u32 calls;
  u32 look;
  bool busy;     // a call is on its way: we are in a signal's handler
  bool refused;  // no channel for this thread, for good
  bool unshown;  // the last answer said so
  u64 elsewhere[remembered];
  u64 streams[remembered];  // whose calls the host serves
};

[[gnu::tls_model("initial-exec")]] thread_local constinit thread_state self{};

// A page that reads as zero in a child. 0: not tried; 1: there is none.
constinit u32* lives = nullptr;
constinit u64 heap_low = 0;
constinit pthread_key_t exit_key = 0;
constinit bool has_exit_key = false;

[[gnu::constructor]] void at_start() {
  heap_low = reinterpret_cast<u64>(sbrk(0));
  if (pthread_key_create)
    has_exit_key = pthread_key_create(&exit_key, [](void* shared) {
                     self.shared = nullptr;
                     self.refused = true;
                     syscall(SYS_shutdown, no_descriptor, bye, 0);
                     munmap(shared, sizeof(channel));
                   }) == 0;
}

// Of two threads that come first together one loses its page, and that is all.
bool mark_process() {
  if (!load(lives)) {
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return false;
    if (madvise(page, 4096, MADV_WIPEONFORK) != 0) {
      munmap(page, 4096);
      return false;
    }
    u32* none = nullptr;
    if (!__atomic_compare_exchange_n(&lives, &none, static_cast<u32*>(page), false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      munmap(page, 4096);
  }
  *lives = 1;
  return true;
}

bool forked() { return load(*lives) == 0; }

// In a child there is only the thread that forked, and its channel is its parent's.
void forget_parents() {
  munmap(self.shared, sizeof(channel));
  self = {};
}

void say_hello() {
  self.refused = true;
  if (!mark_process()) return;
  const long fd = syscall(SYS_shutdown, no_descriptor, hello, 0);
  if (fd < 0) return;
  // The other type of shared mappings, since those of files are trapped.
  void* at = mmap(nullptr, sizeof(channel), PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE,
                  static_cast<int>(fd), 0);
  close(static_cast<int>(fd));
  if (at == MAP_FAILED) return;
  // The main thread's stack reaches up to what the program was started with, another's to its descriptor.
  const bool main = syscall(SYS_gettid) == getpid();
  self.stack_high = main ? getauxval(AT_EXECFN) : static_cast<u64>(pthread_self());
  self.stack_depth = main ? deepest_main_stack : deepest_stack;
  self.shared = static_cast<channel*>(at);
  self.asked = load(self.shared->answered);
  self.look = longest_look;
  self.refused = false;
  if (has_exit_key) pthread_setspecific(exit_key, at);
}

u64 inode_of(int fd) {
  struct stat st;
  if (syscall(SYS_fstat, fd, &st) != 0 || !S_ISSOCK(st.st_mode)) return 0;
  return st.st_ino;
}

u64 as_number(const void* p) { return reinterpret_cast<u64>(p); }

}  // namespace

void show_all() {
  if (!self.unshown || self.busy) return;
  self.unshown = false;
  const int error = errno;
  if (!forked()) syscall(SYS_shutdown, no_descriptor, ring, 0);
  errno = error;
}

asking::asking(int fd) : fd_(fd) {
  if (self.busy || self.refused) return;
  if (!self.shared && ++self.calls <= calls_before_hello) return;
  const int error = errno;
  if (self.shared && forked()) forget_parents();
  if (!self.shared && self.calls > calls_before_hello) {
    self.busy = true;
    say_hello();
    self.busy = false;
  }
  if (self.shared) inode_ = inode_of(fd);
  errno = error;
  if (inode_ == 0 || self.elsewhere[inode_ % remembered] == inode_) return;
  self.busy = true;
  channel_ = self.shared;
  const u64 here = as_number(__builtin_frame_address(0));
  if (here < self.stack_high && self.stack_high - here < self.stack_depth)
    known_[0] = {here, self.stack_high};
  if (&__curbrk && heap_low) known_[1] = {heap_low, as_number(__curbrk)};
}

asking::~asking() {
  if (channel_) self.busy = false;
}

bool asking::left_to_host() const { return self.streams[inode_ % remembered] == inode_; }

bool asking::mapped(u64 address, u64 length) const {
  for (const range& r : known_)
    if (address >= r.low && address < r.high && length <= r.high - address) return true;
  return false;
}

bool asking::bring(const void* from, size_t length) {
  const u64 address = as_number(from);
  if (!mapped(address, length)) return false;
  if (length > data_bytes - used_) return true;
  memcpy(channel_->ask_data + used_, from, length);
  segment* last = segments_ ? &channel_->ask_table[segments_ - 1] : nullptr;
  if (last && last->address + last->length == address) {
    last->length += static_cast<u32>(length);
  } else {
    if (segments_ == most_segments) return true;
    channel_->ask_table[segments_++] = {address, static_cast<u32>(length), used_};
  }
  used_ += static_cast<u32>(length);
  return true;
}

void asking::bring_message(const msghdr* m, bool sending) {
  if (!mapped(as_number(m), sizeof *m) || m->msg_iovlen > 64) return;
  if (!bring(m->msg_iov, m->msg_iovlen * sizeof(iovec)) || !sending) return;
  if (m->msg_name) bring(m->msg_name, m->msg_namelen);
  if (m->msg_control) bring(m->msg_control, m->msg_controllen);
  for (size_t i = 0; i < m->msg_iovlen; ++i) bring(m->msg_iov[i].iov_base, m->msg_iov[i].iov_len);
}

// False when this is a child of who asked, or nobody answers any more: then the call is made in the ordinary way.
bool asking::wait_for(u32 asked) {
  if (load(channel_->watched)) {
    for (u32 i = 0; i < self.look; ++i) {
      if (load(channel_->answered) == asked) {
        self.look = longest_look;
        return true;
      }
      cpu_relax();
    }
    if (self.look > shortest_look) self.look /= 2;
  }
  for (;;) {
    if (forked()) return false;
    if (load(channel_->answered) == asked) return true;
    if (syscall(SYS_shutdown, no_descriptor, ring, 0) != 0 && errno != EINTR) {
      if (load(channel_->answered) == asked) return true;
      self.refused = true;
      return false;
    }
  }
}

void asking::take_answer() const {
  const u32 n = channel_->reply.segments;
  for (u32 i = 0; i < n; ++i) {
    const segment s = channel_->reply_table[i];
    memcpy(reinterpret_cast<void*>(s.address), channel_->reply_data + s.at, s.length);
  }
}

bool asking::ask(long nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, int flags) {
  const int error = errno;
  request& q = channel_->ask;
  q.inode = inode_;
  q.nr = static_cast<u32>(nr);
  q.segments = segments_;
  q.cpu = sched_getcpu ? static_cast<u32>(sched_getcpu()) : ~0u;
  const u64 args[] = {a0, a1, a2, a3, a4, a5};
  memcpy(q.args, args, sizeof args);
  memcpy(q.writable, known_, sizeof known_);
  const u32 asked = ++self.asked;
  __atomic_store_n(&channel_->asked, asked, __ATOMIC_SEQ_CST);
  if (!wait_for(asked)) {
    if (forked()) {
      forget_parents();
      channel_ = nullptr;
    }
    errno = error;
    return false;
  }
  errno = error;
  self.unshown = channel_->reply.unshown;
  switch (channel_->reply.what) {
    case verdict::value: break;
    case verdict::would_block:
      if (!(flags & MSG_DONTWAIT)) {
        const int open = fcntl(fd_, F_GETFL);
        if (open < 0 || !(open & O_NONBLOCK)) {
          errno = error;
          return false;
        }
      }
      errno = EAGAIN;
      result_ = -1;
      return true;
    case verdict::host_serves:
      self.streams[inode_ % remembered] = inode_;
      more_flags_ = already_asked;
      return false;
    case verdict::elsewhere: self.elsewhere[inode_ % remembered] = inode_; return false;
    default: return false;
  }
  take_answer();
  result_ = channel_->reply.value;
  if (result_ < 0) {
    errno = static_cast<int>(-result_);
    result_ = -1;
  }
  return true;
}

}  // namespace linnet::front
