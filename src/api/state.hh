// What stands behind the handles of include/linnet. Public names are in linnet::v0; in this folder, whose files include
// the public headers by this one only, they hide the stack's of the same name: `world` is the handle, `linnet::world` the
// thing itself. Every handle shares its world's state, so they may end in any order.
#pragma once

#define LINNET_IMPLEMENTATION

#include <linnet/linnet.hh>

#include <atomic>
#include <map>

#include "api/host_loop.hh"
#include "net/core/net_device.hh"
#include "net/socket.hh"
#include "trace/path_recorder.hh"
#include "trace/pcapng.hh"
#include "trace/story.hh"
#include "world/boot.hh"
#include "world/loop.hh"

namespace linnet::v0 {

inline error to_public(const linnet::error& e) { return {e.code, e.msg, 0}; }

// The same outcome in the public type.
template <class T>
result<T> to_public(linnet::result<T> r) {
  if (!r) return std::unexpected(to_public(r.error()));
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return std::move(*r);
}

inline std::unexpected<error> fail(int code, const char* text = nullptr) {
  return std::unexpected(error{code, text, 0});
}

// Somebody to be called back once the stack rests: marked by what runs in the stack, run by the world's state.
class callback : public list_node<> {
 public:
  using function = void (*)(void* owner);
  callback(function f, void* owner) : fn_(f), owner_(owner) {}
  void run() { fn_(owner_); }

 private:
  function fn_;
  void* owner_;
};

struct world::state {
  explicit state(const world_options&);
  ~state();

  bool is_virtual() const { return w->clk->is_virtual(); }
  bool pending() const;
  void mark(callback& c) {
    if (!c.linked() && !ended) ready.push_back(c);
  }
  // A bounded while of softirqs and call-backs, at this time. True when something is left to do.
  bool step();
  // Runs the call-backs that are marked now. False: there were none.
  bool run_callbacks();
  // Step after step, and on the virtual clock from timer to timer, until `done` or the time is up.
  bool run(const std::function<bool()>& done, ktime until);
  void rest();  // nothing is left to do for now
  void record(u32 steps);
  std::string name_of(const linnet::net&) const;

  std::unique_ptr<linnet::world> w;
  // Null on the virtual clock, and when the world's handle is gone.
  std::unique_ptr<host_loop> loop;
  std::map<std::string, u32, std::less<>> names;  // of namespaces but the first: inode numbers
  list<callback> ready;
  bool ended = false;
  std::atomic<bool> stopped = false;

  namespace_names shown_names;
  u32 recorded;
  std::unique_ptr<path_recorder> recorder;
  std::unique_ptr<pcapng_writer> capture;
};

struct net::state {
  state(std::shared_ptr<world::state> s, linnet::net& ns) : w(std::move(s)), n(ns) {
    net_get_user(n);
  }
  ~state() { net_put_user(n); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  const std::shared_ptr<world::state> w;
  linnet::net& n;
};

}  // namespace linnet::v0
