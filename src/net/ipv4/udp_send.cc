// Sending: one datagram by itself, one put together by several calls (UDP_CORK, MSG_MORE), or many of equal length by one
// call (UDP_SEGMENT), which go down as one packet and are cut where that ends (net/core/gso.hh).
#include <linux/in_route.h>

#include <algorithm>

#include "base/checksum.hh"
#include "net/core/cmsg.hh"
#include "net/core/gso.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/udp_sock.hh"
#include "wire/udp.hh"

namespace linnet {
namespace {

constexpr size_t longest = 0xffff;
constexpr size_t max_segments = 128;  // UDP_MAX_SEGMENTS

// Control messages of UDP's own level (udp_cmsg_send), before those of others are looked at. Whether there are others.
result<bool> udp_cmsg_send(const_bytes control, u16& gso_size) {
  bool others = false;
  cmsg_walk walk(control);
  while (auto c = walk.next()) {
    if (c->level != IPPROTO_UDP) {
      others = true;
      continue;
    }
    if (c->type != UDP_SEGMENT || c->data.size() != sizeof gso_size) return err(EINVAL);
    std::memcpy(&gso_size, c->data.data(), sizeof gso_size);
  }
  if (walk.malformed()) return err(EINVAL);
  return others;
}

// How many bytes of a UDP-Lite datagram its checksum covers, and what its header says about it; 0 there: all (udplite_sender_cscov).
u32 coverage(const udp_sock& sk, u32 whole, u16& field) {
  field = static_cast<u16>(whole);
  if (!sk.send_cc || sk.pcslen >= whole) return whole;
  field = sk.pcslen;
  return sk.pcslen ? sk.pcslen : whole;
}

}  // namespace

void udp_sock::count(int field, u64 by) const {
  auto& mib = ipv4_of(ns).mib;
  (is_lite() ? mib.udplite : mib.udp)[static_cast<size_t>(field)] += by;
}

// `paged`: what is in it stands in pages, as of all that is sent with UDP_SEGMENT.
skb_ptr udp_sock::make_datagram(const inet_route& r, const_bytes data, bool paged) const {
  constexpr u32 headers_truesize = 768;
  constexpr u32 room_in_front = 16 + 15 + sizeof(iphdr);  // what Linux leaves for the headers below
  const u32 len = static_cast<u32>(sizeof(udphdr) + data.size());
  skb_ptr p = alloc_skb(ns.c, skb_default_headroom + len);
  skb_reserve(*p, skb_default_headroom);
  p->truesize = skb_linear_truesize(room_in_front + len);
  if (paged && !data.empty()) {
    skb_set_paged(*p, 1, sizeof(udphdr), headers_truesize);
    p->truesize = headers_truesize + static_cast<u32>(data.size());
  }
  auto& h = *reinterpret_cast<udphdr*>(skb_put(*p, sizeof(udphdr)));
  h = {.source = inet_num, .dest = r.dport, .len = static_cast<u16>(len), .check = be16()};
  skb_put_data(*p, data);
  if (is_lite()) {
    u16 field;
    const u32 covered = coverage(*this, len, field);
    h.len = field;
    const u32 pseudo = csum_tcpudp_nofold(r.fl4.saddr, r.fl4.daddr, len, protocol, 0);
    h.check = csum_fold(csum_partial(p->data, covered, pseudo));
    if (!h.check) h.check = be16(0xffff);
  } else if (!no_check) {
    // The pseudo-header's sum now, the rest by the device or in software as the packet leaves.
    const u32 pseudo = csum_tcpudp_nofold(r.fl4.saddr, r.fl4.daddr, len, protocol, 0);
    h.check = ~csum_fold(pseudo);
    p->summed = ip_summed::partial;
    p->csum_start = static_cast<u16>(p->headroom());
    p->csum_offset = offsetof(udphdr, check);
  }
  return p;
}

// Whether it may go down to be cut.
status udp_sock::may_cut(const inet_route& r, const ipcm_cookie& ipc, const sk_buff& s) const {
  const u32 data = s.len() - static_cast<u32>(sizeof(udphdr));
  const u32 headers = sizeof(iphdr) +
                      (ipcm_options(*this, ipc) ? ipcm_options(*this, ipc)->optlen : 0u) +
                      sizeof(udphdr);
  if (headers + std::min<u32>(data, ipc.gso_size) > inet_send_mtu(*this, r)) return err(EMSGSIZE);
  if (data > ipc.gso_size * max_segments) return err(EINVAL);
  if (no_check) return err(EINVAL);
  if (is_lite() || !(r.rt->dev->features & NETIF_F_HW_CSUM)) return err(EIO);
  return {};
}

// udp_send_skb.
status udp_sock::send_datagram(const inet_route& r, const ipcm_cookie& ipc, const_bytes data) {
  skb_ptr p = make_datagram(r, data, ipc.gso_size != 0);
  if (ipc.gso_size) {
    status ok = inet_append_fits(*this, r, ipc, p->len());
    if (ok) ok = sock_alloc_wmem(*this);
    if (ok) ok = may_cut(r, ipc, *p);
    if (!ok) {
      kfree_skb_reason(std::move(p), skb_drop_reason::NOT_SPECIFIED);
      return ok;
    }
    const size_t segs = (data.size() + ipc.gso_size - 1) / ipc.gso_size;
    if (segs > 1) skb_gso_set(*p, ipc.gso_size, static_cast<u16>(segs), SKB_GSO_UDP_L4);
  }
  status sent = inet_send(*this, std::move(p), r, ipc, protocol);
  if (!sent) {
    if (sent.error() != ENOBUFS) return sent;
    count(UDP_MIB_SNDBUFERRORS);
    return recverr ? sent : status();
  }
  count(UDP_MIB_OUTDATAGRAMS);
  return {};
}

// What was sent has been copied, so its memory is free at once, whatever becomes of the packet.
void udp_sock::zerocopy_done(u32 calls) {
  if (calls == 0) return;
  ip_zerocopy_done(*this, zerocopy_key, calls);
  zerocopy_key += calls;
}

void udp_sock::push_pending_frames() {
  if (!pending) return;
  const auto c = std::move(pending);
  wmem_alloc -= static_cast<int>(c->data.size());
  zerocopy_done(c->zerocopy_calls);
  (void)send_datagram(c->route, c->ipc, c->data);
}

// ip_append_data to what is there already. A refusal drops all of it (udp_flush_pending_frames).
result<size_t> udp_sock::append_to_pending(const_bytes data, bool more, u32 zerocopy_calls) {
  auto& all = pending->data;
  const size_t whole = all.size() + data.size() + sizeof(udphdr);
  const auto give_up = [&](error e) {
    wmem_alloc -= static_cast<int>(all.size());
    pending.reset();
    return std::unexpected(e);
  };
  if (status fits = inet_append_fits(*this, pending->route, pending->ipc, whole); !fits)
    return give_up(fits.error());
  if (!data.empty() && !data.data()) return give_up(error{EFAULT});
  if (wmem_alloc > 2 * sndbuf) {
    count(UDP_MIB_SNDBUFERRORS);
    return give_up(error{ENOBUFS});
  }
  all.insert(all.end(), data.begin(), data.end());
  wmem_alloc += static_cast<int>(data.size());
  pending->zerocopy_calls += zerocopy_calls;
  if (more) return data.size();
  const auto c = std::move(pending);
  wmem_alloc -= static_cast<int>(c->data.size());
  zerocopy_done(c->zerocopy_calls);
  const status sent = send_datagram(c->route, c->ipc, c->data);
  if (!sent) return std::unexpected(sent.error());
  return data.size();
}

// udp_sendmsg.
result<size_t> udp_sock::sendmsg(const msg_out& m, int flags) {
  if (m.data.size() > longest) return err(EMSGSIZE);
  if (flags & MSG_OOB) return err(EOPNOTSUPP);
  const bool more = corkflag || flags & MSG_MORE;
  const u32 zerocopy_calls = zerocopy && flags & MSG_ZEROCOPY ? 1 : 0;
  if (pending) return append_to_pending(m.data, more, zerocopy_calls);
  auto dest = inet_msg_dest(*this, m.name, true);
  if (!dest) return std::unexpected(dest.error());
  if (!dest->port && m.has_name()) return err(EINVAL);
  ipcm_cookie ipc(*this);
  ipc.confirm = flags & MSG_CONFIRM;
  ipc.dontroute = flags & MSG_DONTROUTE;
  ipc.gso_size = gso_size;
  if (!m.control.empty()) {
    const auto others = udp_cmsg_send(m.control, ipc.gso_size);
    if (!others) return std::unexpected(others.error());
    if (*others)
      if (status ok = ip_cmsg_send(*this, m.control, ipc); !ok) return std::unexpected(ok.error());
  }
  auto r = inet_route_for(route_memo, *this, dest->addr, ipc, protocol, inet_num, dest->port);
  if (!r) return std::unexpected(r.error());
  if (r->rt->rt_flags & RTCF_BROADCAST && !broadcast) return err(EACCES);
  if (inet_msg_probe(flags, *r)) return m.data.size();
  if (error e{}; inet_unreadable(*this, m, *r, ipc, sizeof(udphdr), e)) return std::unexpected(e);
  if (more) {
    if (status fits = inet_append_fits(*this, *r, ipc, m.data.size() + sizeof(udphdr)); !fits)
      return std::unexpected(fits.error());
    if (status room = sock_alloc_wmem(*this); !room) return std::unexpected(room.error());
    pending = std::make_unique<udp_cork>(std::move(*r), ipc,
                                         std::vector<std::byte>(m.data.begin(), m.data.end()));
    pending->zerocopy_calls = zerocopy_calls;
    wmem_alloc += static_cast<int>(m.data.size());
    return m.data.size();
  }
  const status sent = send_datagram(*r, ipc, m.data);
  if (!sent) return std::unexpected(sent.error());
  zerocopy_done(zerocopy_calls);
  return m.data.size();
}

}  // namespace linnet
