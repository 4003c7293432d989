// Worlds: their life, their namespaces, and what makes them run.
#include <algorithm>

#include "api/state.hh"
#include "base/version.hh"

namespace linnet::v0 {
namespace {

constexpr nanoseconds to_ns(ktime t) { return nanoseconds(t); }

// `t` from now, without leaving what a ktime holds.
ktime deadline(const linnet::world& w, nanoseconds t) {
  const ktime now = w.now();
  return t.count() > ktime_max - now ? ktime_max : now + std::max<ktime>(t.count(), 0);
}

bool valid_name(std::string_view name) {
  return !name.empty() && name.size() < 256 && name != "." && name != ".." && name != "init" &&
         name.find('/') == name.npos && name.find('\0') == name.npos;
}

}  // namespace

const char* version() { return linnet::version(); }

// ---- the state

world::state::state(const world_options& o)
    : w(boot_world(
          {.virtual_time = o.clock == clock_kind::virtual_time, .seed = o.seed, .cpus = 1})),
      shown_names(*w),
      recorded(o.record) {
  if (!is_virtual()) loop = std::make_unique<host_loop>();
  w->net_by_fd = [this](const cred&, int fd) { return net_by_inum(*w, static_cast<u32>(fd)); };
  w->net_name = [this](const linnet::net& n) { return name_of(n); };
  record(recorded);
}

world::state::~state() {
  if (recorder) recorder->detach();
  loop.reset();
}

std::string world::state::name_of(const linnet::net& n) const {
  if (&n == w->init_net) return "init";
  const auto it = std::ranges::find(names, n.inum, [](auto& e) { return e.second; });
  return it == names.end() ? std::string() : it->first;
}

bool world::state::pending() const {
  return std::ranges::any_of(w->cpus, [](const auto& c) { return c->pending(); });
}

bool world::state::run_callbacks() {
  if (ready.empty()) return false;
  list<callback> now;
  while (callback* c = ready.pop_front()) now.push_back(*c);
  while (callback* c = now.pop_front()) c->run();
  return true;
}

bool world::state::step() {
  const bool more = world_poll_some(*w);
  return run_callbacks() || more || pending();
}

void world::state::rest() {
  if (capture) capture->flush();
}

bool world::state::run(const std::function<bool()>& done, ktime until) {
  auto* clk = is_virtual() ? static_cast<virtual_clock*>(w->clk.get()) : nullptr;
  while (true) {
    const bool more = step();
    if (done && done()) return true;
    if (stopped.exchange(false)) return false;
    if (more) continue;
    rest();
    if (clk) {
      const auto next = world_next_timer(*w);
      if (!next || *next > until) {
        if (until != ktime_max) clk->advance_to(until);
        world_poll_some(*w);
        return done && done();
      }
      clk->advance_to(*next);
      continue;
    }
    const ktime now = w->now();
    if (now >= until) return false;
    const ktime due = std::max(world_next_timer(*w).value_or(ktime_max), now);
    const ktime end = std::min(due, until);
    loop->wait(end == ktime_max ? ktime_max : end - now);
  }
}

// ---- the handle

world::world(const world_options& o) : state_(std::make_shared<state>(o)) {}
world::world(world&&) noexcept = default;

world& world::operator=(world&& o) noexcept {
  std::swap(state_, o.state_);
  return *this;
}

world::~world() {
  if (!state_) return;
  state_->ended = true;
  while (state_->ready.pop_front()) {
  }
  state_->loop.reset();
  stop_capture();
}

net world::init_net() const {
  return net(std::make_shared<net::state>(state_, *state_->w->init_net));
}

result<net> world::add_net(std::string_view name) {
  if (!valid_name(name)) return fail(EINVAL);
  if (state_->names.contains(name)) return fail(EEXIST);
  linnet::world& w = *state_->w;
  linnet::net& n = net_create(w, *w.cpus[0]);
  state_->names.emplace(name, n.inum);
  return net(std::make_shared<net::state>(state_, n));
}

std::optional<net> world::find_net(std::string_view name) const {
  if (name == "init") return init_net();
  const auto it = state_->names.find(name);
  if (it == state_->names.end()) return std::nullopt;
  return net(std::make_shared<net::state>(state_, *net_by_inum(*state_->w, it->second)));
}

status world::remove_net(std::string_view name) {
  const auto it = state_->names.find(name);
  if (it == state_->names.end()) return fail(ENOENT);
  linnet::net& n = *net_by_inum(*state_->w, it->second);
  state_->names.erase(it);
  net_put_user(n);
  return {};
}

nanoseconds world::now() const { return to_ns(state_->w->now()); }
nanoseconds world::real_time() const { return to_ns(state_->w->clk->real()); }

clock_kind world::clock() const {
  return state_->is_virtual() ? clock_kind::virtual_time : clock_kind::real;
}

void world::poll() {
  constexpr int rounds = 64;  // a flood between two hosts may have no end
  if (state_->loop && state_->loop->watching()) state_->loop->wait(0);
  bool more = true;
  for (int i = 0; i < rounds && more; ++i) more = state_->step();
  if (!more) state_->rest();
}

std::optional<nanoseconds> world::next_timer() const {
  if (state_->pending() || !state_->ready.empty()) return now();
  const auto next = world_next_timer(*state_->w);
  if (!next) return std::nullopt;
  return to_ns(*next);
}

void world::run_for(nanoseconds d) { state_->run({}, deadline(*state_->w, d)); }

bool world::run_until(const std::function<bool()>& done, nanoseconds at_most) {
  return state_->run(done, deadline(*state_->w, at_most));
}

bool world::run_until_idle(nanoseconds at_most) {
  const ktime until = deadline(*state_->w, at_most);
  if (!state_->is_virtual()) {
    state_->run([this] { return !next_timer(); }, until);
    return !next_timer();
  }
  auto& clk = static_cast<virtual_clock&>(*state_->w->clk);
  while (true) {
    while (state_->step()) {
    }
    state_->rest();
    const auto next = world_next_timer(*state_->w);
    if (!next) return true;
    if (*next > until) {
      clk.advance_to(until);
      return false;
    }
    clk.advance_to(*next);
  }
}

void world::run() { state_->run({}, ktime_max); }

void world::stop() {
  state_->stopped = true;
  if (state_->loop) state_->loop->wake();
}

int world::descriptor() const { return state_->loop ? state_->loop->descriptor() : -1; }

status world::watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> on_ready) {
  if (!state_->loop) return fail(EINVAL);
  if (const int e = state_->loop->watch(fd, events, std::move(on_ready))) return fail(e);
  return {};
}

void world::unwatch(int fd) {
  if (state_->loop) state_->loop->unwatch(fd);
}

}  // namespace linnet::v0
