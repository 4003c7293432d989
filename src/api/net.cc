// Namespaces as files and settings; timers of the program.
#include <algorithm>

#include "api/state.hh"
#include "net/core/pseudo_files.hh"

namespace linnet::v0 {
namespace {

// As sysctl(8) reads a name: when it is a dot that comes first, dots and slashes change places.
std::string setting_path(std::string_view name) {
  std::string path(name);
  const size_t first = path.find_first_of("./");
  if (first != path.npos && path[first] == '.') {
    for (char& c : path) c = c == '.' ? '/' : c == '/' ? '.' : c;
  }
  return path;
}

struct tree_path {
  pseudo_tree tree;
  std::string_view rest;
};

std::optional<tree_path> tree_of(std::string_view path) {
  static constexpr std::pair<std::string_view, pseudo_tree> trees[] = {
      {"/proc/net", pseudo_tree::proc_net},
      {"/proc/sys/net", pseudo_tree::proc_sys_net},
      {"/sys/class/net", pseudo_tree::sys_class_net}};
  for (auto [root, tree] : trees) {
    if (!path.starts_with(root)) continue;
    path.remove_prefix(root.size());
    if (path.empty()) return tree_path{tree, path};
    if (path[0] == '/') return tree_path{tree, path.substr(1)};
  }
  return std::nullopt;
}

}  // namespace

net::net(std::shared_ptr<state> s) : state_(std::move(s)) {}
net::net(const net&) = default;
net::net(net&&) noexcept = default;
net& net::operator=(const net&) = default;
net& net::operator=(net&&) noexcept = default;
net::~net() = default;

std::string net::name() const { return state_->w->name_of(state_->n); }
int net::fd() const { return static_cast<int>(state_->n.inum); }

int net::ifindex(std::string_view device) const {
  const net_device* d = dev_get_by_name(state_->n, device);
  return d ? d->ifindex : 0;
}

result<std::string> net::sysctl(std::string_view name) const {
  auto value = read_file("/proc/sys/" + setting_path(name));
  if (value && value->ends_with('\n')) value->pop_back();
  return value;
}

status net::set_sysctl(std::string_view name, std::string_view value) {
  const std::string path = "/proc/sys/" + setting_path(name);
  const auto at = tree_of(path);
  if (!at) return fail(ENOENT);
  return to_public(pseudo_write(state_->n, at->tree, at->rest, std::string(value) + '\n'));
}

result<std::string> net::read_file(std::string_view path) const {
  const auto at = tree_of(path);
  if (!at) return fail(ENOENT);
  return to_public(pseudo_read(state_->n, at->tree, at->rest));
}

// ---- timers

struct timer::state : linnet::timer {
  state(std::shared_ptr<world::state> s, std::function<void()> f)
      : linnet::timer(expire),
        w(std::move(s)),
        on_expiry(std::make_shared<std::function<void()>>(std::move(f))) {}
  ~state() { w->w->cpus[0]->timers.del(*this); }

  static void expire(linnet::timer& t) {
    auto& self = static_cast<state&>(t);
    self.w->mark(self.due);
  }
  static void run(void* self) {
    const auto f = static_cast<state*>(self)->on_expiry;  // which may destroy the timer
    if (*f) (*f)();
  }

  const std::shared_ptr<world::state> w;
  const std::shared_ptr<std::function<void()>> on_expiry;
  callback due{run, this};
};

timer::timer(const world& w, std::function<void()> on_expiry)
    : state_(std::make_unique<state>(w.shared(), std::move(on_expiry))) {}
timer::timer(timer&&) noexcept = default;
timer& timer::operator=(timer&&) noexcept = default;
timer::~timer() = default;

void timer::start(nanoseconds after) {
  linnet::world& w = *state_->w->w;
  const ktime now = w.now();
  const ktime wait = std::clamp<ktime>(after.count(), 0, ktime_max - now);
  state_->due.unlink();
  w.cpus[0]->timers.mod(*state_, now + wait);
}

bool timer::cancel() {
  const bool due = state_->due.linked();
  state_->due.unlink();
  return state_->w->w->cpus[0]->timers.del(*state_) || due;
}

bool timer::armed() const { return state_->pending() || state_->due.linked(); }

}  // namespace linnet::v0
