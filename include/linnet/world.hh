// A world: one simulated kernel's networking, with its clock and its network namespaces, driven by one thread. Many
// worlds may live in one process, each in its own thread if you like; one world and all that belongs to it must only
// be touched by one thread at a time.
//
// Nothing happens by itself. Packets move, timers fire and call-backs run inside poll, run and their kin, and nowhere
// else. On the virtual clock time stands still but for run_for and run_until_idle, which jump from timer to timer; two
// worlds with the same seed that are asked the same do the same, to the last packet.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/error.hh>

namespace linnet::v0 {

class net;

/// Time since the world's start (virtual clock) or the host's boot (real clock), and spans of time.
using nanoseconds = std::chrono::nanoseconds;

/// What moves a world's time on.
enum class clock_kind : std::uint8_t {
  real,         ///< The host's CLOCK_MONOTONIC.
  virtual_time  ///< Nothing but run_for, run_until and run_until_idle.
};

/// How a world begins.
struct world_options {
  clock_kind clock = clock_kind::real;  ///< What moves its time on.
  /// Where its random numbers start (ports, MAC addresses, sequence numbers). With the real clock 0 means: from the host.
  std::uint64_t seed = 0;
  /// How many of the last steps of packets' paths are kept for world::why and world::drops; each takes 160 bytes and,
  /// at full speed, 60 ns. 0: none.
  std::uint32_t record = 0;
};

/// One simulated kernel's networking. Ends when it and all handles to what is in it (net, socket, port, timer ...) have
/// been destroyed, in whatever order.
class world {
 public:
  /// Boots it, with one namespace that has `lo`, down.
  explicit world(const world_options& = {});
  /// Leaves the other empty, only to be destroyed or assigned to.
  world(world&&) noexcept;
  /// The same.
  world& operator=(world&&) noexcept;
  /// No call-back runs any more.
  ~world();

  /// The namespace that it began with; its name is "init".
  net init_net() const;
  /// Makes a namespace with `lo`, down, as `ip netns add` does. It lives until remove_net and the last handle and socket.
  /// EEXIST, EINVAL (an empty name, or one with a slash).
  result<net> add_net(std::string_view name);
  /// The namespace of that name, if there is one.
  std::optional<net> find_net(std::string_view name) const;
  /// Takes the name away, as `ip netns del` does. Without handles and sockets the namespace is torn down. ENOENT.
  status remove_net(std::string_view name);

  /// The present time.
  nanoseconds now() const;
  /// Wall-clock time since 1970 as programs in the world see it; on the virtual clock a fixed date and now().
  nanoseconds real_time() const;
  /// What the options said.
  clock_kind clock() const;

  /// Runs all that is due at this time: timers, packets on their way, call-backs. Doesn't wait.
  void poll();
  /// When the next timer is due, if one is armed: no later than that poll has something to do.
  std::optional<nanoseconds> next_timer() const;
  /// Runs for that long; on the virtual clock at once. stop() ends it early.
  void run_for(nanoseconds);
  /// Runs until `done()` is true, which is asked after each thing that happens, or until the time is up. True: it was.
  bool run_until(const std::function<bool()>& done, nanoseconds at_most);
  /// Virtual clock: runs until no packet is under way and no timer armed, but no longer than that. True: nothing is left.
  /// (Neighbour tables are looked after by periodic timers, so a world with neighbours is never idle.)
  bool run_until_idle(nanoseconds at_most);
  /// Real clock: runs until stop().
  void run();
  /// Ends run, run_for or run_until, or the next of them if none is under way. May be called from a call-back, another
  /// thread or a signal handler.
  void stop();

  /// Real clock: an epoll descriptor that is readable when poll has something to do because of a descriptor: for programs
  /// with an event loop of their own, which also obeys next_timer. It stays the world's.
  int descriptor() const;
  /// Real clock: calls `on_ready` with the EPOLL* mask when the host's descriptor `fd` is ready for one of `events`. Level
  /// triggered. Replaces an earlier call's for the same descriptor. The host's errno.
  status watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> on_ready);
  /// Ends that.
  void unwatch(int fd);

  /// Why a packet ended as it did, as `linnet why` tells it: "last" or "" for the last one in trouble, a packet's number,
  /// or a filter such as "host 10.0.0.2 and icmp". Needs world_options::record. Always a text, which says so when there
  /// is nothing to tell.
  std::string why(std::string_view question = {}) const;
  /// The same as one JSON object; empty when there is nothing to tell.
  std::string why_json(std::string_view question = {}) const;

  /// How often packets ended for one reason.
  struct drop_count {
    std::string reason;     ///< Linux's name, "NO_SOCKET".
    std::string sentence;   ///< What it means.
    std::uint64_t packets;  ///< How many since the beginning.
  };
  /// All reasons for which packets were dropped, most frequent first. Needs world_options::record.
  std::vector<drop_count> drops() const;

  /// Writes all frames of all devices to a pcapng file from now on, with packets' numbers and drop reasons as comments.
  /// EBUSY while another capture runs; the host's errno.
  status start_capture(const std::string& file);
  /// Ends it, and the file is whole. Does nothing without one.
  void stop_capture();

  /// @cond
  struct state;
  const std::shared_ptr<state>& shared() const { return state_; }
  /// @endcond

 private:
  std::shared_ptr<state> state_;
};

/// A network namespace of a world: a handle, of which there may be many; each keeps the namespace alive.
class net {
 public:
  /// Another handle to the same namespace.
  net(const net&);
  /// Leaves the other empty, only to be destroyed or assigned to.
  net(net&&) noexcept;
  /// From now on a handle to that namespace.
  net& operator=(const net&);
  /// The same, and leaves the other empty.
  net& operator=(net&&) noexcept;
  ~net();

  /// As world::add_net made it, "init" for the first, "" once the name was taken away.
  std::string name() const;
  /// What names it in netlink messages of the same world where Linux wants a descriptor (IFLA_NET_NS_FD, NETNSA_FD).
  int fd() const;
  /// The index of a device by its name or an alternative name; 0: there is none.
  int ifindex(std::string_view device) const;

  /// A setting by the name that sysctl(8) gives it, "net.ipv4.ip_forward". In names of devices dots are slashes
  /// ("net.ipv4.conf.eth0/5.forwarding"). Without the newline. ENOENT, EISDIR, EACCES.
  result<std::string> sysctl(std::string_view name) const;
  /// Sets it, as `sysctl -w`. EINVAL, ENOENT, EACCES and what the setting itself says.
  status set_sysctl(std::string_view name, std::string_view value);
  /// A file below /proc/net, /proc/sys/net or /sys/class/net, by its absolute path. ENOENT, EISDIR, EACCES.
  result<std::string> read_file(std::string_view path) const;

  /// @cond
  struct state;
  explicit net(std::shared_ptr<state>);
  state& impl() const { return *state_; }
  /// @endcond

 private:
  std::shared_ptr<state> state_;
};

/// Calls back after a while, once, on the world's clock.
class timer {
 public:
  /// Not armed yet.
  timer(const world&, std::function<void()> on_expiry);
  /// Leaves the other empty, only to be destroyed or assigned to.
  timer(timer&&) noexcept;
  /// The same.
  timer& operator=(timer&&) noexcept;
  /// Cancels it.
  ~timer();

  /// Arms it, or arms it anew, to go off that long from now, rounded up to a millisecond. May be called by its own
  /// call-back.
  void start(nanoseconds after);
  /// Cancels it. False: it wasn't armed.
  bool cancel();
  /// Whether it is armed.
  bool armed() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace linnet::v0
