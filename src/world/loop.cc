// The loops. In virtual time the clock stands still while anything can still happen at this moment, and then
// jumps to the next timer; on the host's clock the thread sleeps in epoll until a descriptor or a timer.
#include "world/loop.hh"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace linnet {
namespace {

// One round over the cpus in their fixed order. True when work is left.
bool poll_once(world& w) {
  bool more = false;
  const clock::moment here(*w.clk);
  const ktime now = w.now();
  for (auto& c : w.cpus) {
    // What is on its way came before the timers that this thread is late for: acknowledgements before time-outs.
    if (c->pending()) c->run_softirq();
    c->timers.run(now);
  }
  for (auto& c : w.cpus) more |= c->pending();
  return more;
}

}  // namespace

void world_poll(world& w) {
  while (poll_once(w)) {
  }
}

bool world_poll_some(world& w) {
  constexpr int rounds = 32;
  bool more = true;
  for (int i = 0; i < rounds && more; ++i) more = poll_once(w);
  return more;
}

std::optional<ktime> world_next_timer(const world& w) {
  ktime next = ktime_max;
  for (const auto& c : w.cpus) next = std::min(next, c->timers.next_expiry());
  if (next == ktime_max) return std::nullopt;
  return next;
}

void world_run_for(world& w, ktime duration) {
  auto& clk = static_cast<virtual_clock&>(*w.clk);
  const ktime end = clk.now() + duration;
  world_poll(w);
  while (true) {
    const auto next = world_next_timer(w);
    if (!next || *next > end) break;
    clk.advance_to(*next);
    world_poll(w);
  }
  clk.advance_to(end);
  world_poll(w);
}

void world_run_until_idle(world& w, ktime limit) {
  auto& clk = static_cast<virtual_clock&>(*w.clk);
  world_poll(w);
  while (true) {
    const auto next = world_next_timer(w);
    if (!next || *next > limit) return;
    clk.advance_to(*next);
    world_poll(w);
  }
}

struct event_loop::impl {
  explicit impl(world& world_) : w(world_), epfd(epoll_create1(EPOLL_CLOEXEC)) {}
  ~impl() { close(epfd); }

  world& w;
  int epfd;
  bool stopped = false;
  std::unordered_map<int, std::shared_ptr<std::function<void(u32)>>> watches;
  std::vector<std::function<void()>> before;
  int last_fd = -1;

  bool pending() const {
    return std::ranges::any_of(w.cpus, [](const auto& c) { return c->pending(); });
  }
  void call(const epoll_event& e) {
    const auto it = watches.find(e.data.fd);
    if (it == watches.end()) return;   // removed by an earlier callback
    const auto callback = it->second;  // kept while it runs, should it remove itself
    (*callback)(e.events);
  }

  // Waits for descriptors and calls for each that is ready, once; for the last one after all others.
  void look(const timespec* wait) {
    constexpr int turns =
        16;  // by which the descriptors that are ready all the time have their end
    std::array<epoll_event, 64> ready;
    std::optional<epoll_event> last;
    const timespec no_time{};
    for (int turn = 0; turn < turns; ++turn) {
      const int n = epoll_pwait2(epfd, ready.data(), static_cast<int>(ready.size()), wait, nullptr);
      for (int i = 0; i < n; ++i) {
        const epoll_event& e = ready[static_cast<size_t>(i)];
        if (e.data.fd == last_fd)
          last = e;
        else
          call(e);
      }
      if (n < static_cast<int>(ready.size())) break;
      wait = &no_time;
    }
    if (last) call(*last);
  }
};

event_loop::event_loop(world& w) : impl_(std::make_unique<impl>(w)) {}
event_loop::~event_loop() = default;

void event_loop::watch(int fd, u32 events, std::function<void(u32)> on_ready) {
  epoll_event e{};
  e.events = events;
  e.data.fd = fd;
  const bool known = impl_->watches.contains(fd);
  epoll_ctl(impl_->epfd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
  impl_->watches[fd] = std::make_shared<std::function<void(u32)>>(std::move(on_ready));
}

void event_loop::unwatch(int fd) {
  if (impl_->watches.erase(fd)) epoll_ctl(impl_->epfd, EPOLL_CTL_DEL, fd, nullptr);
}

void event_loop::serve_last(int fd) { impl_->last_fd = fd; }

void event_loop::before_wait(std::function<void()> f) { impl_->before.push_back(std::move(f)); }

void event_loop::run_once(const std::function<ktime()>& limit) {
  world& w = impl_->w;
  // A flood between two hosts may have no end: look at descriptors now and then.
  bool more = world_poll_some(w);
  for (auto& f : impl_->before) f();
  // What they did may have made packets; what those wake is flushed in the next round.
  more |= impl_->pending();

  timespec ts{};
  timespec* wait = &ts;
  if (!more) {
    ktime until = limit();
    if (const auto next = world_next_timer(w)) {
      until = std::min(until, std::max<ktime>(*next - w.now(), 0));
    }
    if (until == ktime_max) {
      wait = nullptr;
    } else {
      ts = {until / ns_per_sec, until % ns_per_sec};
    }
  }
  impl_->look(wait);
  world_poll_some(w);
}

void event_loop::run() {
  while (!impl_->stopped) run_once();
}

void event_loop::stop() { impl_->stopped = true; }

}  // namespace linnet
