// The calls on sockets that carry no message. What isn't a socket of the world's goes to the host's kernel.
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/if_vlan.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "guest/stream_carrier.hh"
#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"
#include "net/core/ethtool.hh"
#include "net/core/sock.hh"
#include "net/ipv4/ip_tunnel_ioctl.hh"

namespace linnet {
namespace {

constexpr size_t max_option = 64 * 1024;  // more than any option of Linux's takes

// The address argument of bind and connect; EINVAL past sockaddr_storage, as move_addr_to_kernel.
int read_address(const guest_call& c, u64 address, int length, std::vector<std::byte>& out) {
  if (length < 0 || static_cast<size_t>(length) > sizeof(sockaddr_storage)) return EINVAL;
  out.resize(static_cast<size_t>(length));
  return c.mem.read(address, out) ? 0 : EFAULT;
}

// move_addr_to_user: as much as the guest has room for, and the whole length.
int write_address(const guest_call& c, u64 address, u64 length_at, const sockaddr_storage& name,
                  u32 namelen) {
  const auto room = c.mem.get<int>(length_at);
  if (!room) return EFAULT;
  if (*room < 0) return EINVAL;
  const size_t n = std::min<size_t>(static_cast<size_t>(*room), namelen);
  if (!c.mem.write(address, std::as_bytes(std::span(&name, 1)).first(n))) return EFAULT;
  return c.mem.put(length_at, namelen) ? 0 : EFAULT;
}

call_reply get_name(supervisor& s, guest_call& c, bool peer) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  sockaddr_storage name{};
  const auto length = sock_getname(on->sock(), name, peer);
  if (!length) return call_reply::of(length);
  return call_reply::fail(write_address(c, c.args[1], c.args[2], name, *length));
}

// How many bytes an ioctl's argument has, and whether the kernel writes it back.
size_t ioctl_bytes(unsigned cmd) {
  switch (cmd) {
    case SIOCSARP:
    case SIOCGARP:
    case SIOCDARP: return sizeof(arpreq);
    case SIOCGIFVLAN:
    case SIOCSIFVLAN: return sizeof(vlan_ioctl_args);
    case SIOCGSTAMP_OLD:
    case SIOCGSTAMPNS_OLD: return 16;
    case FIOSETOWN:
    case SIOCSPGRP:
    case FIOGETOWN:
    case SIOCGPGRP:
    case SIOCINQ:
    case SIOCOUTQ:
    case SIOCOUTQNSD:
    case SIOCATMARK: return sizeof(int);
    default: return sizeof(ifreq);
  }
}

// SIOCGIFCONF alone takes a pointer inside its argument.
call_reply interface_list(supervisor& s, guest_call& c) {
  auto conf = c.mem.get<ifconf>(c.args[2]);
  if (!conf) return call_reply::fail(EFAULT);
  const u64 to = reinterpret_cast<u64>(conf->ifc_buf);
  // Without an array the answer is how long it would be; one without room for any gets none.
  const size_t room = to && conf->ifc_len > 0 ? static_cast<size_t>(conf->ifc_len) : 0;
  if (to && room < sizeof(ifreq)) {
    conf->ifc_len = 0;
    return call_reply::value(c.mem.put(c.args[2], *conf) ? 0 : -EFAULT);
  }
  std::vector<std::byte> list(std::min<size_t>(room, 1 << 20));
  const auto filled = sock_interface_ioctl(*c.ns, s.cred_of(c), SIOCGIFCONF, list);
  if (!filled) return call_reply::of(filled);
  const size_t n = std::min(list.size(), static_cast<size_t>(*filled));
  if (to && !c.mem.write(to, bytes(list).first(n))) return call_reply::fail(EFAULT);
  conf->ifc_len = *filled;
  return call_reply::value(c.mem.put(c.args[2], *conf) ? 0 : -EFAULT);
}

// SIOCADDRT and SIOCDELRT: the device is named by a text elsewhere.
call_reply route(guest_call& c, carrier& on, unsigned cmd) {
  const auto rt = c.mem.get<rtentry>(c.args[2]);
  if (!rt) return call_reply::fail(EFAULT);
  std::vector<std::byte> arg(sizeof *rt + IFNAMSIZ);
  memcpy(arg.data(), &*rt, sizeof *rt);
  const u64 name = reinterpret_cast<u64>(rt->rt_dev);
  // A text may end where its memory does.
  for (size_t i = 0; name && i + 1 < IFNAMSIZ; ++i) {
    const auto letter = c.mem.get<char>(name + i);
    if (!letter) return call_reply::fail(EFAULT);
    if (*letter == 0) break;
    arg[sizeof *rt + i] = static_cast<std::byte>(*letter);
  }
  return call_reply::of(sock_ioctl(on.sock(), cmd, arg));
}

// SIOCETHTOOL's argument points to the structure of its command.
call_reply ethtool(supervisor& s, guest_call& c) {
  const auto r = c.mem.get<ifreq>(c.args[2]);
  if (!r) return call_reply::fail(EFAULT);
  const u64 at = reinterpret_cast<u64>(r->ifr_data);
  const auto command = c.mem.get<u32>(at);
  if (!command) return call_reply::fail(EFAULT);
  const size_t size = std::max(ethtool_size(*command), sizeof *command);
  std::vector<std::byte> arg(sizeof *r + size);
  memcpy(arg.data(), &*r, sizeof *r);
  const bytes structure = bytes(arg).subspan(sizeof *r);
  // A guest's buffer may be shorter than the longest answer, and end where its memory does.
  if (!c.mem.read(at, structure) && !c.mem.read(at, structure.first(sizeof *command)))
    return call_reply::fail(EFAULT);
  const auto before = arg;
  const auto done = sock_interface_ioctl(*c.ns, s.cred_of(c), SIOCETHTOOL, arg);
  if (!done) return call_reply::fail(done.error().code);
  size_t n = size;
  while (n > 0 && arg[sizeof *r + n - 1] == before[sizeof *r + n - 1]) --n;  // what changed
  return call_reply::value(c.mem.write(at, structure.first(n)) ? *done : -EFAULT);
}

// SIOCGETTUNNEL and its kin: the argument points to what the tunnel is, or is to be.
call_reply tunnel(guest_call& c, carrier& on, unsigned cmd) {
  const auto r = c.mem.get<ifreq>(c.args[2]);
  if (!r) return call_reply::fail(EFAULT);
  const u64 at = reinterpret_cast<u64>(r->ifr_data);
  std::vector<std::byte> arg(sizeof *r + ip_tunnel_parm_size);
  memcpy(arg.data(), &*r, sizeof *r);
  const bool there = c.mem.read(at, bytes(arg).subspan(sizeof *r));
  // Whether it is a tunnel at all is found out first.
  const auto done = sock_ioctl(on.sock(), there ? cmd : tunnel_ioctl_get, arg);
  if (!there && done) return call_reply::fail(EFAULT);
  if (!done) return call_reply::fail(done.error().code);
  return call_reply::value(c.mem.write(at, bytes(arg).subspan(sizeof *r)) ? 0 : -EFAULT);
}

// Interfaces are the world's whatever socket asks: if_nametoindex uses an AF_UNIX one.
bool asks_of_interfaces(const guest_call& c, unsigned cmd) {
  if ((cmd < SIOCGIFNAME || cmd > SIOCSIFMAP) && cmd != SIOCETHTOOL) return false;
  struct stat st;
  const std::string link = "/proc/" + std::to_string(c.tid) + "/fd/" + std::to_string(c.int_arg(0));
  return stat(link.c_str(), &st) == 0 && S_ISSOCK(st.st_mode);
}

// An option whose argument points to a filter program.
bool takes_program(const socket& s, int level, int name) {
  if (level == SOL_SOCKET) return name == SO_ATTACH_FILTER || name == SO_ATTACH_REUSEPORT_CBPF;
  return level == SOL_PACKET && name == PACKET_FANOUT_DATA && s.ops->family == AF_PACKET;
}

// An option's value as the guest gives it. Its memory may end before its length: what is not there reads as zero.
sockopt_value option_value(const guest_call& c, std::vector<std::byte>& buffer, u64 at,
                           size_t length) {
  buffer.assign(std::min(length, max_option), std::byte{});
  size_t there = buffer.size();
  constexpr size_t step = 4096;
  while (there > 0 && !c.mem.read(at, bytes(buffer).first(there))) {
    // Back to the end of the page before; within a page all or nothing is there.
    const u64 last = (at + there - 1) & ~u64{step - 1};
    there = last > at ? last - at : 0;
  }
  return {const_bytes(buffer), there, at == 0};
}

// How many bytes a filter of that many instructions takes when it is read back.
size_t option_room(int level, int name, int room) {
  const size_t unit = level == SOL_SOCKET && name == SO_GET_FILTER ? sizeof(sock_filter) : 1;
  return std::min(static_cast<size_t>(room) * unit, max_option);
}

// What a guest's descriptor is, when it is meant to be an eBPF program: nothing at all, or something else.
int not_a_program(const guest_call& c, const_bytes value) {
  int fd;
  if (value.size() != sizeof fd) return EINVAL;
  std::memcpy(&fd, value.data(), sizeof fd);
  struct stat st;
  const std::string link = "/proc/" + std::to_string(c.tid) + "/fd/" + std::to_string(fd);
  return fd >= 0 && lstat(link.c_str(), &st) == 0 ? EINVAL : EBADF;
}

call_reply attach_filter(guest_call& c, carrier& on) {
  struct guest_fprog {
    u16 len;
    u64 filter;
  };
  if (c.int_arg(1) == SOL_SOCKET) {
    if (c.int_arg(4) < static_cast<int>(sizeof(int))) return call_reply::fail(EINVAL);
    if (!c.mem.get<int>(c.args[3])) return call_reply::fail(EFAULT);
  }
  if (c.int_arg(4) != sizeof(guest_fprog)) return call_reply::fail(EINVAL);
  const auto prog = c.mem.get<guest_fprog>(c.args[3]);
  if (!prog) return call_reply::fail(EFAULT);
  std::vector<std::byte> program(prog->len * sizeof(sock_filter));
  const bool there = c.mem.read(prog->filter, program);
  if (!there && (!prog->filter || prog->len > BPF_MAXINSNS)) return call_reply::fail(EINVAL);
  const sockopt_value value(const_bytes(program), there ? program.size() : 0, false);
  return call_reply::of(sock_setsockopt(on.sock(), c.int_arg(1), c.int_arg(2), value));
}

// Waits for the handshake, or lets poll(2) tell of its end.
call_reply connect_stream(supervisor& s, guest_call& c, stream_carrier& on, const_bytes address) {
  const auto done = sock_connect(on.sock(), address, 0);
  if (done) return call_reply::value(0);
  const int e = done.error().code;
  const bool under_way = e == EINPROGRESS || (c.connecting && e == EALREADY);
  if (!under_way) return call_reply::fail(e);
  const bool nonblocking = s.nonblocking(c, c.int_arg(0));
  on.connecting(nonblocking);
  if (c.timed_out) return call_reply::fail(EINPROGRESS);
  if (nonblocking) return call_reply::fail(e);
  const ktime timeout = sock_sndtimeo(on.sock());
  if (!c.deadline && timeout != ktime_max) c.deadline = s.w.now() + timeout;
  c.connecting = true;
  return call_reply::wait_for(on);
}

}  // namespace

call_reply sys_socket(supervisor& s, guest_call& c) {
  const int type = c.int_arg(1);
  constexpr int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  if (type & ~(0xf | flags)) return call_reply::fail(EINVAL);
  auto made = sock_create(*c.ns, s.cred_of(c), c.int_arg(0), type & ~flags, c.int_arg(2));
  if (!made) return call_reply::of(status(std::unexpected(made.error())));
  if (!s.room_for_socket()) return call_reply::fail(ENFILE);
  return s.adopt(std::move(*made), type & SOCK_NONBLOCK, type & SOCK_CLOEXEC);
}

// Linux has pairs of AF_UNIX (not trapped) and AF_TIPC only.
call_reply sys_socketpair(supervisor& s, guest_call& c) {
  const int type = c.int_arg(1) & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
  auto made = sock_create(*c.ns, s.cred_of(c), c.int_arg(0), type, c.int_arg(2));
  return made ? call_reply::fail(EOPNOTSUPP) : call_reply::fail(made.error().code);
}

call_reply sys_bind(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  std::vector<std::byte> address;
  if (const int e = read_address(c, c.args[1], c.int_arg(2), address)) return call_reply::fail(e);
  return call_reply::of(sock_bind(on->sock(), address));
}

call_reply sys_connect(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  std::vector<std::byte> address;
  if (const int e = read_address(c, c.args[1], c.int_arg(2), address)) return call_reply::fail(e);
  stream_carrier* stream = on->as_stream();
  if (!stream) return call_reply::of(sock_connect(on->sock(), address, 0));
  return connect_stream(s, c, *stream, address);
}

call_reply sys_listen(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  const status done = sock_listen(on->sock(), c.int_arg(1));
  if (stream_carrier* stream = on->as_stream(); stream && done) stream->listening();
  return call_reply::of(done);
}

namespace {

// What accept(2) says of a connection that has a carrier by now. `connection` is null when it has ended meanwhile.
call_reply accepted_reply(supervisor& s, guest_call& c, carrier& listener, socket* connection,
                          call_reply reply) {
  listener.settle(s.end_of(c, c.int_arg(0)));
  if (reply.what != call_reply::kind::descriptor) return reply;
  if (c.args[1] != 0) {
    sockaddr_storage name{};
    if (!connection) return call_reply::fail(ECONNABORTED);
    const auto length = sock_getname(*connection, name, true);
    if (!length) return call_reply::fail(ECONNABORTED);
    if (const int e = write_address(c, c.args[1], c.args[2], name, *length))
      return call_reply::fail(e);
  }
  reply.listener = listener.inode();
  return reply;
}

}  // namespace

call_reply sys_accept(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  const int flags = c.nr == SYS_accept4 ? c.int_arg(3) : 0;
  if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) return call_reply::fail(EINVAL);
  stream_carrier* stream = on->as_stream();
  const bool nonblock = flags & SOCK_NONBLOCK, cloexec = flags & SOCK_CLOEXEC;
  if (auto before = stream ? stream->take_accepted() : std::nullopt) {
    socket* known = s.socket_of(before->inode);
    return accepted_reply(s, c, *on, known, s.hand_over(std::move(*before), nonblock, cloexec));
  }
  if (!s.room_for_socket()) return call_reply::fail(ENFILE);  // who waits goes on waiting
  auto accepted = sock_accept(on->sock(), flags);
  if (!accepted) {
    // Linux takes the descriptor first.
    if (accepted.error() == EAGAIN && !s.processes.room_for_descriptor(c.tgid))
      return call_reply::fail(EMFILE);
    if (accepted.error() == EAGAIN && !c.timed_out && !s.nonblocking(c, c.int_arg(0))) {
      const ktime timeout = sock_rcvtimeo(on->sock());
      if (!c.deadline && timeout != ktime_max) c.deadline = s.w.now() + timeout;
      return call_reply::wait_for(*on);
    }
    return call_reply::fail(accepted.error().code);
  }
  socket* connection = accepted->get();
  return accepted_reply(s, c, *on, connection, s.adopt(std::move(*accepted), nonblock, cloexec));
}

call_reply sys_getsockname(supervisor& s, guest_call& c) { return get_name(s, c, false); }
call_reply sys_getpeername(supervisor& s, guest_call& c) { return get_name(s, c, true); }

call_reply sys_getsockopt(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  const int level = c.int_arg(1), name = c.int_arg(2);
  if (status ok = sock_getsockopt_level(on->sock(), level, name); !ok) return call_reply::of(ok);
  const auto room = c.mem.get<int>(c.args[4]);
  if (!room) return call_reply::fail(EFAULT);
  if (*room < 0) return call_reply::fail(EINVAL);
  std::vector<std::byte> value(option_room(level, name, *room));
  // Some options are asked with a key in the buffer.
  (void)c.mem.read(c.args[3], value);
  const auto length = sock_getsockopt(on->sock(), level, name, value);
  if (level == SOL_SOCKET && name == SO_ERROR) on->settle(s.end_of(c, c.int_arg(0)));
  if (!length) return call_reply::fail(length.error().code);
  const size_t n = std::min(value.empty() ? 0 : option_room(level, name, static_cast<int>(*length)),
                            value.size());
  if (!c.mem.write(c.args[3], bytes(value).first(n))) return call_reply::fail(EFAULT);
  return call_reply::value(c.mem.put(c.args[4], *length) ? 0 : -EFAULT);
}

call_reply sys_setsockopt(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  const int level = c.int_arg(1), name = c.int_arg(2), length = c.int_arg(4);
  if (length < 0) return call_reply::fail(EINVAL);
  if (takes_program(on->sock(), level, name)) return attach_filter(c, *on);
  std::vector<std::byte> buffer;
  const auto value = option_value(c, buffer, c.args[3], static_cast<size_t>(length));
  const status done = sock_setsockopt(on->sock(), level, name, value);
  const bool ebpf =
      level == SOL_SOCKET && (name == SO_ATTACH_BPF || name == SO_ATTACH_REUSEPORT_EBPF);
  if (ebpf && !done && done.error() == EINVAL && value.has(sizeof(int)))
    return call_reply::fail(not_a_program(c, value));
  // A plain read(2) on the carrier must time out, and end before an urgent byte, alike.
  const bool of_streams = name == SO_RCVLOWAT || name == SO_OOBINLINE;
  const bool waits = name == SO_RCVTIMEO || name == SO_SNDTIMEO || (of_streams && on->as_stream());
  if (done && level == SOL_SOCKET && waits) return call_reply::pass();
  return call_reply::of(done);
}

namespace {

// What the preloaded library asks about plain reads and writes.
call_reply about_descriptor(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(2));
  if (!on) return call_reply::value(0);
  const stream_carrier* stream = on->as_stream();
  switch (c.int_arg(1)) {
    case front::read_nothing: {
      const bool stands_for_error = stream ? stream->hides_error() : on->was_token();
      if (!stream) on->refill();  // what is behind an empty message
      return call_reply::value(stands_for_error);
    }
    case front::read_reset: return call_reply::value(stream ? stream->ended_with() : 0);
    default: return call_reply::value(!stream);
  }
}

}  // namespace

call_reply sys_shutdown(supervisor& s, guest_call& c) {
  if (c.int_arg(0) == front::no_descriptor && c.int_arg(1) >= front::read_nothing &&
      c.int_arg(1) <= front::takes_messages)
    return about_descriptor(s, c);
  if (c.int_arg(0) == front::no_descriptor && c.int_arg(1) >= front::hello &&
      c.int_arg(1) <= front::bye)
    return s.front.trapped(c);
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  stream_carrier* stream = on->as_stream();
  return stream ? stream->shutdown(c.int_arg(1))
                : call_reply::of(sock_shutdown(on->sock(), c.int_arg(1)));
}

call_reply sys_ioctl(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  const unsigned cmd = c.u32_arg(1);
  if (!on && !asks_of_interfaces(c, cmd)) return call_reply::pass();
  // Who gets SIGIO and SIGURG is a matter of the host's descriptor.
  if (cmd == FIOSETOWN || cmd == SIOCSPGRP || cmd == FIOGETOWN || cmd == SIOCGPGRP)
    return call_reply::pass();
  const bool connected_stream = on && on->as_stream() && on->sock().sk->state != TCP_CLOSE &&
                                on->sock().sk->state != TCP_LISTEN;
  if (cmd == SIOCATMARK && connected_stream && stream_carrier::carries_urgent())
    return call_reply::pass();
  if (cmd == SIOCGIFCONF) return interface_list(s, c);
  if (cmd == SIOCETHTOOL) return ethtool(s, c);
  if (on && is_tunnel_ioctl(cmd)) return tunnel(c, *on, cmd);
  if (on && (cmd == SIOCADDRT || cmd == SIOCDELRT)) return route(c, *on, cmd);
  const bool stream = on && on->sock().type == SOCK_STREAM;
  std::vector<std::byte> arg(cmd == SIOCATMARK && !stream ? sizeof(ifreq) : ioctl_bytes(cmd));
  // The answer is all that these take the address for.
  const bool answer_only = cmd == SIOCINQ || cmd == SIOCOUTQ || cmd == SIOCOUTQNSD ||
                           cmd == SIOCGSTAMP_OLD || cmd == SIOCGSTAMPNS_OLD ||
                           (cmd == SIOCRTMSG && on && on->sock().ops->family == AF_INET);
  if (!answer_only && !c.mem.read(c.args[2], arg)) return call_reply::fail(EFAULT);
  const auto before = arg;
  const auto done =
      on ? sock_ioctl(on->sock(), cmd, arg) : sock_interface_ioctl(*c.ns, s.cred_of(c), cmd, arg);
  if (!done) return call_reply::fail(done.error().code);
  // What is on its way to the stack waits there, too.
  if (stream_carrier* s_on = on ? on->as_stream() : nullptr;
      s_on && (cmd == SIOCOUTQ || cmd == SIOCOUTQNSD)) {
    int queued;
    memcpy(&queued, arg.data(), sizeof queued);
    queued += static_cast<int>(s_on->untaken());
    memcpy(arg.data(), &queued, sizeof queued);
  }
  if ((answer_only || arg != before) && !c.mem.write(c.args[2], arg))
    return call_reply::fail(EFAULT);
  return call_reply::value(*done);
}

}  // namespace linnet
