// The error queue of IPv4 sockets (IP_RECVERR, man 7 ip): what ICMP said about what was sent, what the stack itself said, and
// when packets went (SO_TIMESTAMPING).
#include <linux/icmp.h>

#include <algorithm>

#include "base/checksum.hh"
#include "net/core/net_device.hh"
#include "net/core/world.hh"
#include "net/ipv4/udp_sock.hh"
#include "wire/icmp.hh"

namespace linnet {
namespace {

template <class T>
const_bytes bytes_of(const T& v) {
  return std::as_bytes(std::span(&v, 1));
}

// What a queued error carries besides the packet (struct sock_exterr_skb).
struct exterr {
  inet_skb_parm h;  // first, as the control messages read it
  sock_extended_err ee;
  u32 addr;  // destination of the packet that failed, network order
  u16 port;
};

// `outer`: the header of the ICMP packet that told us, null for a local error.
void queue_error(inet_sock& sk, const exterr& e, const iphdr* outer, int iif, const_bytes payload,
                 ktime stamp = 0) {
  skb_ptr p = alloc_skb(sk.ns.c, static_cast<u32>(payload.size() + sizeof(iphdr)));
  // The header stays in front of the data, for SO_EE_OFFENDER, IP_PKTINFO, IP_TTL and IP_TOS.
  auto& ip = *reinterpret_cast<iphdr*>(skb_put(*p, sizeof(iphdr)));
  ip = outer ? *outer : iphdr{};
  ip.set_version_ihl(4, 5);
  p->skb_iif = iif;
  p->reset_network_header();
  skb_pull(*p, sizeof(iphdr));
  skb_put_data(*p, payload);
  p->cb_as<exterr>() = e;
  ipcb(*p).iif = iif;
  p->tstamp = stamp;
  sock_queue_err_skb(sk, std::move(p));
}

// Whether the extension at `ext`, the rest of an ICMP error, is one that can be read (RFC 4884 §7).
bool is_valid_extension(const_bytes ext) {
  if (std::to_integer<u8>(ext[0]) >> 4 != 2) return true;  // not a version to judge
  if (be16::load(&ext[2]).raw() && csum_fold(csum_partial(ext.data(), ext.size(), 0)).raw())
    return false;
  constexpr size_t header = 4;
  for (size_t at = header; at < ext.size();) {
    if (ext.size() - at < header) return false;
    const size_t length = be16::load(&ext[at]).host();
    if (length < header || length > ext.size() - at) return false;
    at += length;
  }
  return true;
}

// Where the extension of an error begins in the payload that the reader gets (ip_icmp_error_rfc4884).
sock_ee_data_rfc4884 rfc4884_of(const icmphdr& h, const_bytes payload) {
  sock_ee_data_rfc4884 r{};
  if (h.type != ICMP_DEST_UNREACH && h.type != ICMP_TIME_EXCEEDED && h.type != ICMP_PARAMETERPROB)
    return r;
  const auto* body = reinterpret_cast<const std::byte*>(&h + 1);
  const size_t stripped = static_cast<size_t>(payload.data() - body);
  size_t at = (h.info().host() >> 16 & 0xff) * size_t{4};  // the quote's length, in words
  constexpr size_t least = 128, header = 4;
  if (at < least || at < stripped) return r;
  at -= stripped;
  if (at + header > payload.size()) return r;
  r.len = static_cast<u16>(at);
  if (!is_valid_extension(payload.subspan(at))) r.flags |= SO_EE_RFC4884_FLAG_INVALID;
  return r;
}

}  // namespace

void ip_icmp_error(inet_sock& sk, const sk_buff& icmp, int error, u16 port, u32 info,
                   const_bytes payload) {
  // Data stands at the quoted IP header; the ICMP header and the outer one stand before it.
  const iphdr& quoted = *reinterpret_cast<const iphdr*>(icmp.data);
  const icmphdr& h = *reinterpret_cast<const icmphdr*>(icmp.transport());
  exterr e{};
  e.ee.ee_errno = static_cast<u32>(error);
  e.ee.ee_origin = SO_EE_ORIGIN_ICMP;
  e.ee.ee_type = h.type;
  e.ee.ee_code = h.code;
  e.ee.ee_info = info;
  if (sk.recverr_rfc4884) e.ee.ee_rfc4884 = rfc4884_of(h, payload);
  e.addr = quoted.daddr.raw();
  e.port = htons(port);
  queue_error(sk, e, &ip_hdr(icmp), icmp.skb_iif, payload);
}

void ip_local_error(inet_sock& sk, int error, be32 daddr, u16 port, u32 info) {
  if (!sk.recverr) return;
  exterr e{};
  e.ee.ee_errno = static_cast<u32>(error);
  e.ee.ee_origin = SO_EE_ORIGIN_LOCAL;
  e.ee.ee_info = info;
  e.addr = daddr.raw();
  e.port = htons(port);
  queue_error(sk, e, nullptr, 0, {});
}

void ip_zerocopy_done(inet_sock& sk, u32 first, u32 count) {
  // One entry for all calls in a row, as long as nothing else came between and nobody read it.
  if (sk_buff* last = sk.error_queue.last()) {
    sock_extended_err& ee = last->cb_as<exterr>().ee;
    if (ee.ee_origin == SO_EE_ORIGIN_ZEROCOPY && ee.ee_data + 1 == first) {
      ee.ee_data += count;
      sk_error_report(sk);
      return;
    }
  }
  exterr e{};
  e.ee.ee_origin = SO_EE_ORIGIN_ZEROCOPY;
  e.ee.ee_code = SO_EE_CODE_ZEROCOPY_COPIED;
  e.ee.ee_info = first;
  e.ee.ee_data = first + count - 1;
  queue_error(sk, e, nullptr, 0, {});
}

namespace {

bool is_icmp(const exterr& e) { return e.ee.ee_origin == SO_EE_ORIGIN_ICMP; }

// Whether the reader is told by which device and from whom an error came (ipv4_datagram_support_cmsg).
bool tells_origin(const inet_sock& sk, const exterr& e) {
  if (is_icmp(e)) return true;
  return e.ee.ee_origin == SO_EE_ORIGIN_TIMESTAMPING && sk.cmsg_flags & IP_CMSG_PKTINFO &&
         sk.tsflags & SOF_TIMESTAMPING_OPT_CMSG;
}

}  // namespace

result<size_t> ip_recv_error(inet_sock& sk, msg_in& m) {
  skb_ptr p = sk.error_queue.dequeue();
  if (!p) return err(EAGAIN);
  const exterr e = p->cb_as<exterr>();
  const size_t n = std::min<size_t>(p->len(), m.data.size());
  if (n) std::memcpy(m.data.data(), p->data, n);
  if (n < p->len()) m.flags |= MSG_TRUNC;
  m.flags |= MSG_ERRQUEUE;
  sock_recv_timestamp(m, sk, *p);
  if (is_icmp(e) || e.ee.ee_origin == SO_EE_ORIGIN_LOCAL || e.port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = e.addr;
    to.sin_port = e.port;
    std::memcpy(&m.name, &to, sizeof to);
    m.namelen = sizeof to;
  }
  struct {
    sock_extended_err ee;
    sockaddr_in offender;
  } errhdr{};
  errhdr.ee = e.ee;
  if (tells_origin(sk, e)) {
    errhdr.offender.sin_family = AF_INET;
    errhdr.offender.sin_addr.s_addr = ip_hdr(*p).saddr.raw();
    ip_cmsg_recv(sk, *p, m);
  }
  put_cmsg(m.control, SOL_IP, IP_RECVERR, bytes_of(errhdr));
  // The pending error was that of the entry just read, if it was one (sock_dequeue_err_skb).
  const sk_buff* next = sk.error_queue.peek();
  const exterr following = next ? const_cast<sk_buff*>(next)->cb_as<exterr>() : exterr{};
  if (next && is_icmp(following)) {
    sk.sk_err = static_cast<int>(following.ee.ee_errno);
  } else if (is_icmp(e)) {
    sk.sk_err = 0;
  }
  consume_skb(std::move(p));
  return n;
}

void inet_sock::tx_stamped(const sk_buff& s, u32 kind) {
  exterr e{};
  e.ee.ee_errno = ENOMSG;
  e.ee.ee_origin = SO_EE_ORIGIN_TIMESTAMPING;
  e.ee.ee_info = kind;
  if (tsflags & SOF_TIMESTAMPING_OPT_ID && tx_keys) {
    const auto it = std::ranges::find(*tx_keys, s.id, &std::pair<u64, u32>::first);
    if (it != tx_keys->end()) {
      e.ee.ee_data = it->second;
      if (kind == SCM_TSTAMP_SND) tx_keys->erase(it);
    }
  }
  const bool times_only = tsflags & SOF_TIMESTAMPING_OPT_TSONLY;
  const auto* ip = reinterpret_cast<const iphdr*>(s.network());
  queue_error(*this, e, ip, s.dev ? s.dev->ifindex : 0, times_only ? const_bytes() : s.payload(),
              ns.w.clk->real());
}

}  // namespace linnet
