// What IPv4's sockets share (struct inet_sock): addresses, options of IPPROTO_IP, error queue, and the
// proto_ops that call the protocol through a few virtual functions.
#pragma once

#include <ctime>
#include <memory>
#include <optional>

#include <linux/errqueue.h>
#include <netinet/in.h>

#include "net/core/dev_ioctl.hh"
#include "net/core/sock.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_mc_membership.hh"

namespace linnet {

struct inet_sock : sock {
  using sock::sock;

  be32 inet_saddr;      // source of what is sent; 0: by route
  be32 inet_rcv_saddr;  // what it is bound to
  be32 inet_daddr;      // peer when connected
  u16 inet_num = 0;     // local port, ICMP id or protocol; host order
  u16 inet_dport = 0;
  u16 inet_sport = 0;  // the last local port, when inet_num no longer tells

  int uc_ttl = -1;  // -1: the default
  u8 mc_ttl = 1;
  u8 tos = 0;
  u8 pmtudisc = 1;  // IP_PMTUDISC_WANT
  bool recverr = false, recverr_rfc4884 = false, hdrincl = false, freebind = false;
  bool transparent = false, mc_loop = true, mc_all = true, bind_address_no_port = false;
  bool nodefrag = false;
  std::unique_ptr<ip_options_data> inet_opt;  // of what is sent (IP_OPTIONS)
  int mc_index = 0;
  be32 mc_addr;
  u8 min_ttl = 0;
  int unicast_if = 0;
  std::array<u16, 2> local_port_range{};  // IP_LOCAL_PORT_RANGE; 0: the namespace's bound
  u32 cmsg_flags = 0;                     // bit per IP_RECV* option
  // Packets under way whose times are wanted, numbered (SOF_TIMESTAMPING_OPT_ID).
  std::unique_ptr<std::vector<std::pair<u64, u32>>> tx_keys;
  u16 id = 0;  // IP id of a connected socket's packets
  ip_mc_memberships mc_list{ns};

  void tx_stamped(const sk_buff&, u32 kind) override;

  // The protocol's part.
  virtual status get_port(u16 port) = 0;  // binds to `port`, 0: any. EADDRINUSE
  virtual void unbind() = 0;
  virtual result<size_t> sendmsg(const msg_out&, int flags) = 0;
  virtual result<size_t> recvmsg(msg_in&, int flags);
  // The addresses it is found by have changed: connected, disconnected, bound to another device.
  virtual void rehashed() {}
  virtual u16 peer_port(const sk_buff&) const { return 0; }
  virtual u32 recv_skip() const { return 0; }  // bytes in front of what the reader gets
  // The first packet that a reader would be given, which is not the first of all where a checksum is wrong.
  virtual const sk_buff* first_good() { return receive_queue.peek(); }
  // How long that is for the reader; -1: there is none. What is wrong before it goes (first_packet_length).
  virtual int first_packet_length() {
    const sk_buff* first = receive_queue.peek();
    return first ? static_cast<int>(first->len() - recv_skip()) : -1;
  }
  // Bytes of truesize that wait to be read (the Recv-Q of datagrams).
  virtual int rqueue() const { return rmem_alloc; }
  // Options of the protocol's own level; which levels those are, and what asking for an option of them meets first.
  virtual bool has_level(int level) const { return level == protocol; }
  virtual status check_getsockopt(int level, int) const {
    return has_level(level) ? status() : status(err(EOPNOTSUPP));
  }
  virtual status setsockopt(int, int, const_bytes) { return err(ENOPROTOOPT); }
  virtual result<u32> getsockopt(int, int, bytes) { return err(ENOPROTOOPT); }
  virtual result<int> ioctl(unsigned, bytes) { return err(ENOIOCTLCMD); }
};

// Whether a socket that is bound to device `bound`, or (0) to none, gets what came by `dif`, and if that is a VRF, by its
// port `sdif` (inet_bound_dev_eq). `accept`: the protocol's l3mdev_accept setting.
constexpr bool inet_bound_dev_eq(bool accept, int bound, int dif, int sdif) {
  if (!bound) return !sdif || accept;
  return bound == dif || bound == sdif;
}

// Whether the socket takes what `saddr` sends to `daddr`, if that is a group (ip_mc_sf_allow).
inline bool ip_mc_sf_allow(const inet_sock& sk, be32 daddr, be32 saddr, int dif, int sdif) {
  return sk.mc_list.sf_allow(daddr, saddr, dif, sdif, sk.mc_all);
}

inline inet_sock& inet_sk(const socket& s) { return static_cast<inet_sock&>(*s.sk); }

// Options of <linux/in.h> that Debian 12's does not have yet, though its kernel does.
inline constexpr int IP_LOCAL_PORT_RANGE_ = 51, IP_PROTOCOL_ = 52;

// Bits of userlocks: what bind(2) has given.
inline constexpr u32 SOCK_BINDADDR_LOCK = 4, SOCK_BINDPORT_LOCK = 8;

// Bits of cmsg_flags (IP_CMSG_*).
inline constexpr u32 IP_CMSG_PKTINFO = 1, IP_CMSG_TTL = 2, IP_CMSG_TOS = 4, IP_CMSG_RECVOPTS = 8,
                     IP_CMSG_RETOPTS = 16, IP_CMSG_PASSSEC = 32, IP_CMSG_ORIGDSTADDR = 64,
                     IP_CMSG_CHECKSUM = 128, IP_CMSG_RECVFRAGSIZE = 256;

// What control messages ask of one send (struct ipcm_cookie). EINVAL for what isn't understood.
struct ipcm_cookie {
  explicit ipcm_cookie(const inet_sock& sk)
      : oif(sk.bound_dev_if), addr(sk.inet_saddr), sockc(sockcm_init(sk)) {}

  int oif;
  be32 addr;  // source; 0, which IP_PKTINFO may say for a bound socket as well: the route's
  sockcm_cookie sockc;
  u16 gso_size = 0;  // UDP_SEGMENT
  u8 protocol = 0;   // IP_PROTOCOL; 0: the socket's
  int ttl = 0;
  int tos = -1;
  bool confirm = false;                // MSG_CONFIRM: the sender has heard from the next hop
  bool dontroute = false;              // MSG_DONTROUTE
  std::optional<ip_options_data> opt;  // IP_RETOPTS; else the socket's
};
inline const ip_options_data* ipcm_options(const inet_sock& sk, const ipcm_cookie& ipc) {
  return ipc.opt ? &*ipc.opt : sk.inet_opt.get();
}
status ip_cmsg_send(const inet_sock&, const_bytes control, ipcm_cookie&);
// What the socket wants to know of a packet (ip_cmsg_recv_offset). `skip`: bytes from data on that the reader is not given.
void ip_cmsg_recv(inet_sock&, const sk_buff&, msg_in&, u32 skip = 0);

// A destination from msg_name: EINVAL (short), EAFNOSUPPORT, EDESTADDRREQ (none given or connected).
struct inet_dest {
  be32 addr;
  u16 port;
};
result<inet_dest> inet_msg_dest(const inet_sock&, const_bytes name, bool any_family_zero);

// The route of one message with the socket's and the message's wishes. Counts OutNoRoutes. With a source route it leads
// to that one's first stop; EINVAL when there is no end to it.
struct inet_route {
  ref<rtable> rt;
  flowi4 fl4;
  be32 daddr;  // where the message is for
  u16 dport = 0;
};
result<inet_route> inet_route_for(inet_sock&, be32 daddr, const ipcm_cookie&, u8 protocol,
                                  u16 sport, u16 dport);
// Sends `p` (data at the transport header) by it: TTL, TOS, DF and id by the socket's options. EMSGSIZE
// when it may not be cut; error queue told. ENETUNREACH and such. ENOBUFS: no neighbour could be made, which most
// senders keep from those who did not ask for errors.
status inet_send(inet_sock&, skb_ptr p, const inet_route&, const ipcm_cookie&, u8 protocol);
// What a message by that route may be long, its IP header with it.
u32 inet_send_mtu(const inet_sock&, const inet_route&);
// Whether a message of `length` bytes, transport header included, may be sent in one (ip_append_data): EMSGSIZE, and the
// error queue told.
status inet_append_fits(inet_sock&, const inet_route&, const ipcm_cookie&, size_t length);
// Whether the socket may send at all, and has room for more (sock_alloc_send_skb): its pending error, EPIPE, EAGAIN.
status sock_alloc_wmem(sock&);
// Of a message that cannot be read: what is said about it where it would have been copied, EFAULT if nothing else.
bool inet_unreadable(inet_sock&, const msg_out&, const inet_route&, const ipcm_cookie&,
                     size_t header, error&);
// msg_name of a received packet: who sent it.
void inet_fill_sender(msg_in&, const inet_sock&, const sk_buff&);
// MSG_PROBE: whether the call was only to find the route, and with MSG_CONFIRM to confirm its next hop.
bool inet_msg_probe(int flags, const inet_route&);

// Error queue (IP_RECVERR, man 7 ip). `payload`: what of the packet the reader gets to see.
void ip_icmp_error(inet_sock&, const sk_buff& icmp, int err, u16 port, u32 info,
                   const_bytes payload);
void ip_local_error(inet_sock&, int err, be32 daddr, u16 port, u32 info);
result<size_t> ip_recv_error(inet_sock&, msg_in&);

status ip_setsockopt(socket&, int name, const sockopt_value&);
// What is asked of multicast routers, and of sockets that are none (ip_mroute_getsockopt).
status ip_getsockopt_check(const socket&, int name);
result<u32> ip_getsockopt(socket&, int name, bytes out);

// __udp_disconnect: what bind has given stays, what connect has chosen goes.
void inet_disconnect(inet_sock&);
// Ends what a datagram socket is connected for (udp_abort, raw_abort).
status inet_dgram_abort(inet_sock&, int error);

// What streams share with datagrams.
status inet_bind(socket&, const_bytes addr);
result<int> inet_ioctl(socket&, unsigned cmd, bytes arg);
status inet_setsockopt(socket&, int level, int name, const sockopt_value&);
status inet_getsockopt_level(const socket&, int level, int name);
result<u32> inet_getsockopt(socket&, int level, int name, bytes value);

// The tables of functions (inet_dgram_ops, inet_sockraw_ops) and the family.
extern const proto_ops inet_dgram_ops;
void inet_init(world&);

}  // namespace linnet
