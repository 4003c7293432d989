// UDP's own options, and receiving: where UDP has what other datagrams have not (SO_PEEK_OFF, counters at the time of
// reading).
#include <netinet/in.h>

#include <algorithm>

#include "net/core/gso.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/udp_sock.hh"
#include "wire/udp.hh"

namespace linnet {
namespace {

// <linux/udp.h> has no name for UDP-Lite's (net/udplite.h).
constexpr int UDPLITE_SEND_CSCOV_ = 10, UDPLITE_RECV_CSCOV_ = 11;

// Coverages less than the header mean the header, all above the largest datagram all of it.
u16 coverage_of(int v) {
  if (v != 0 && v < static_cast<int>(sizeof(udphdr))) return sizeof(udphdr);
  return static_cast<u16>(std::min(v, 0xffff));
}

// What GRO asks about a datagram that begins at its IPv4 header.
world::gro_socket udp4_gro_lookup_skb(const sk_buff& s) {
  const auto& ip = *reinterpret_cast<const iphdr*>(s.data);
  const auto& h = *reinterpret_cast<const udphdr*>(s.data + sizeof(iphdr));
  const udp_sock* sk = udp_lookup(*ipv4_of(*s.dev->nd_net).udp, ip.saddr, h.source.host(), ip.daddr,
                                  h.dest.host(), s.dev->ifindex, 0, nullptr);
  if (!sk) return world::gro_socket::none;
  return sk->gro_enabled ? world::gro_socket::takes_joined : world::gro_socket::plain;
}

}  // namespace

// udp_tunnel_encap_enable.
void udp_sock::want_gro() {
  if (std::exchange(encap_enabled, true)) return;
  ++ns.w.udp_gro_sockets;
  ns.w.udp_gro_lookup = udp4_gro_lookup_skb;
}

// udp_lib_setsockopt.
status udp_sock::setsockopt(int, int name, const_bytes value) {
  int v;
  if (value.size() < sizeof v) return err(EINVAL);
  std::memcpy(&v, value.data(), sizeof v);
  switch (name) {
    case UDP_CORK:
      corkflag = v;
      if (!v) push_pending_frames();
      return {};
    case UDP_ENCAP:
      if (v != 0 && v != UDP_ENCAP_ESPINUDP && v != UDP_ENCAP_ESPINUDP_NON_IKE &&
          v != UDP_ENCAP_L2TPINUDP)
        return err(ENOPROTOOPT);
      encap_type = v;
      want_gro();
      return {};
    case UDP_NO_CHECK6_TX: no_check6_tx = v; return {};
    case UDP_NO_CHECK6_RX: no_check6_rx = v; return {};
    case UDP_SEGMENT:
      if (v < 0 || v > 0xffff) return err(EINVAL);
      gso_size = static_cast<u16>(v);
      return {};
    case UDP_GRO:
      gro_enabled = v;
      if (v) want_gro();
      return {};
    case UDPLITE_SEND_CSCOV_:
      if (!is_lite()) return err(ENOPROTOOPT);
      pcslen = coverage_of(v);
      send_cc = true;
      return {};
    case UDPLITE_RECV_CSCOV_:
      if (!is_lite()) return err(ENOPROTOOPT);
      pcrlen = coverage_of(v);
      recv_cc = true;
      return {};
    default: return err(ENOPROTOOPT);
  }
}

result<u32> udp_sock::getsockopt(int, int name, bytes out) {
  switch (name) {
    case UDP_CORK: return sockopt_put_int(out, corkflag);
    case UDP_ENCAP: return sockopt_put_int(out, encap_type);
    case UDP_NO_CHECK6_TX: return sockopt_put_int(out, no_check6_tx);
    case UDP_NO_CHECK6_RX: return sockopt_put_int(out, no_check6_rx);
    case UDP_SEGMENT: return sockopt_put_int(out, gso_size);
    case UDP_GRO: return sockopt_put_int(out, gro_enabled);
    case UDPLITE_SEND_CSCOV_: return sockopt_put_int(out, pcslen);
    case UDPLITE_RECV_CSCOV_: return sockopt_put_int(out, pcrlen);
    default: return err(ENOPROTOOPT);
  }
}

// The next datagram (__skb_recv_udp). One whose checksum is wrong goes, and the one behind it is next.
skb_ptr udp_sock::next(int& error) {
  for (;;) {
    error = sock_error(*this);
    if (error) return {};
    skb_ptr p = dequeue();
    if (!p) error = EAGAIN;
    if (likely(!p || udp_checksum_good(*p))) return p;
    count_wrong();
    kfree_skb_reason(std::move(p), skb_drop_reason::UDP_CSUM);
  }
}

// The datagram that who only looks is shown. With SO_PEEK_OFF a look goes on where the last one ended, from one datagram to
// the next. `skip`: bytes of it to pass over.
sk_buff* udp_sock::find_peeked(size_t& skip) {
  skip = peek_off > 0 ? static_cast<size_t>(peek_off) : 0;
  sk_buff* s = receive_queue.peek();
  for (; s && peek_off >= 0; s = s->next) {
    const size_t length = s->len() - recv_skip();
    if (skip < length || (length == 0 && skip == 0 && !(ipcb(*s).flags & IPSKB_PEEKED))) break;
    skip -= length;
  }
  if (s && peek_off >= 0) ipcb(*s).flags |= IPSKB_PEEKED;
  return s;
}

// A clone of it.
skb_ptr udp_sock::peek(size_t& skip, int& error) {
  for (;;) {
    error = sock_error(*this);
    if (error) return {};
    look();
    sk_buff* s = find_peeked(skip);
    if (!s) error = EAGAIN;
    if (!s) return {};
    if (likely(udp_checksum_good(*s))) return skb_clone(*s);
    drop_wrong(*s);
  }
}

// The length of one datagram, for who reads several in one (udp_cmsg_recv).
void udp_sock::put_gro_size(msg_in& m, const sk_buff& s) const {
  if (likely(!gro_enabled || !skb_is_gso(s) || !(skb_shinfo(s).gso_type & SKB_GSO_UDP_L4))) return;
  const int size = skb_shinfo(s).gso_size;
  put_cmsg(m.control, IPPROTO_UDP, UDP_GRO, std::as_bytes(std::span(&size, 1)));
}

// udp_recvmsg.
result<size_t> udp_sock::recvmsg(msg_in& m, int flags) {
  size_t skip = 0;
  int error = 0;
  skb_ptr p = flags & MSG_PEEK ? peek(skip, error) : next(error);
  if (!p) {
    if (error) return err(error);
    return size_t{0};
  }
  const const_bytes data = const_bytes(p->payload()).subspan(recv_skip());
  const size_t n = std::min(data.size() - skip, m.data.size());
  if (n) std::memcpy(m.data.data(), data.data() + skip, n);
  // As Linux has it: not set when all from the offset on was copied.
  if (m.data.size() <= data.size() - skip && n < data.size()) m.flags |= MSG_TRUNC;
  if (!(flags & MSG_PEEK)) {
    count(UDP_MIB_INDATAGRAMS);
    if (n < data.size()) udp_checksum_complete(*p);  // summed before it is copied, or with it
  }
  sock_recv_cmsgs(m, *this, *p);
  inet_fill_sender(m, *this, *p);
  put_gro_size(m, *p);
  ip_cmsg_recv(*this, *p, m, recv_skip() + static_cast<u32>(skip));
  if (peek_off >= 0) {
    const int moved = static_cast<int>(n);
    peek_off =
        flags & MSG_PEEK ? peek_off + moved : std::max(0, peek_off - static_cast<int>(data.size()));
  }
  const size_t whole = data.size();
  consume_skb(std::move(p));
  return flags & MSG_TRUNC ? whole : n;
}

}  // namespace linnet
