// UDP's own options, and receiving: where UDP has what other datagrams have not (SO_PEEK_OFF, counters at the time of
// reading).
#include <netinet/in.h>

#include <algorithm>

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

}  // namespace

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
      return {};
    case UDP_NO_CHECK6_TX: no_check6_tx = v; return {};
    case UDP_NO_CHECK6_RX: no_check6_rx = v; return {};
    case UDP_SEGMENT:
      if (v < 0 || v > 0xffff) return err(EINVAL);
      gso_size = static_cast<u16>(v);
      return {};
    case UDP_GRO: gro_enabled = v; return {};
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

// udp_recvmsg.
result<size_t> udp_sock::recvmsg(msg_in& m, int flags) {
  // With SO_PEEK_OFF a peek goes on where the last one ended, from one datagram to the next.
  size_t skip = flags & MSG_PEEK && peek_off > 0 ? static_cast<size_t>(peek_off) : 0;
  int error = 0;
  skb_ptr p;
  if (flags & MSG_PEEK && peek_off >= 0) {
    error = sock_error(*this);
    sk_buff* s = error ? nullptr : receive_queue.peek();
    for (; s; s = s->next) {
      const size_t length = s->len() - recv_skip();
      if (skip < length || (length == 0 && skip == 0 && !(ipcb(*s).flags & IPSKB_PEEKED))) break;
      skip -= length;
    }
    if (s) {
      ipcb(*s).flags |= IPSKB_PEEKED;
      p = skb_clone(*s);
    } else if (!error) {
      error = EAGAIN;
    }
  } else {
    p = skb_recv_datagram(*this, flags, error);
  }
  if (!p) {
    if (error) return err(error);
    return size_t{0};
  }
  const const_bytes data = const_bytes(p->payload()).subspan(recv_skip());
  const size_t n = std::min(data.size() - skip, m.data.size());
  if (n) std::memcpy(m.data.data(), data.data() + skip, n);
  // As Linux has it: not set when all from the offset on was copied.
  if (m.data.size() <= data.size() - skip && n < data.size()) m.flags |= MSG_TRUNC;
  if (!(flags & MSG_PEEK)) count(UDP_MIB_INDATAGRAMS);
  sock_recv_cmsgs(m, *this, *p);
  inet_fill_sender(m, *this, *p);
  ip_cmsg_recv(*this, *p, m);
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
