// Raw sockets: each sees every packet of its protocol, IP header included, that its address, peer, device and
// filter let through.
#include "net/ipv4/raw.hh"
#include "net/ipv4/fib_exceptions.hh"

#include <linux/icmp.h>
#include <linux/in_route.h>
#include <linux/sockios.h>

#include <algorithm>
#include <map>

#include "base/checksum.hh"
#include "net/core/procfs.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/arp.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/ip_fragment.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/snmp.hh"
#include "wire/icmp.hh"

namespace linnet {

struct raw_sock;
struct raw_hashinfo {
  std::vector<raw_sock*> socks;  // in the order of creation
};

namespace {

constexpr int ICMP_FILTER_ = 1;         // <linux/icmp.h>'s ICMP_FILTER
constexpr u32 room_in_front = 16 + 15;  // what Linux leaves for the headers below IPv4's

}  // namespace

struct raw_sock final : inet_sock {
  // No packet has a protocol above 255, but such sockets can be made.
  raw_sock(net& n, socket& s, u16 proto) : inet_sock(n, s, AF_INET, static_cast<u8>(proto)) {
    inet_num = proto;
    hdrincl = proto == IPPROTO_RAW;
    ipv4_of(n).raw->socks.push_back(this);
  }

  status get_port(u16) override { return {}; }
  void unbind() override {
    std::erase(ipv4_of(ns).raw->socks, this);
    std::erase(ipv4_of(ns).ra_chain, this);
  }
  result<size_t> sendmsg(const msg_out&, int flags) override;
  status diag_destroy(int error) override { return inet_dgram_abort(*this, error); }
  bool has_level(int level) const override { return level == SOL_RAW; }
  status check_getsockopt(int level, int name) const override;
  status setsockopt(int level, int name, const_bytes value) override;
  result<u32> getsockopt(int level, int name, bytes value) override;

  // Whether a packet from `saddr` to `daddr` that came in by `dif` is for this socket (raw_v4_match).
  bool matches(u8 proto, be32 saddr, be32 daddr, int dif, int sdif) const {
    return inet_num == proto && (!inet_daddr || inet_daddr == saddr) &&
           (!inet_rcv_saddr || inet_rcv_saddr == daddr) &&
           inet_bound_dev_eq(ipv4_of(ns).sysctl_raw_l3mdev_accept, bound_dev_if, dif, sdif);
  }

  u32 filter = 0;  // ICMP_FILTER: types not wanted

 private:
  result<size_t> send_hdrinc(const msg_out&, const inet_route&);
};

status raw_sock::check_getsockopt(int level, int name) const {
  if (level != SOL_RAW) return err(EOPNOTSUPP);
  if (name != ICMP_FILTER_) return err(ENOPROTOOPT);
  if (inet_num != IPPROTO_ICMP) return err(EOPNOTSUPP);
  return {};
}

status raw_sock::setsockopt(int level, int name, const_bytes value) {
  if (level != SOL_RAW || name != ICMP_FILTER_) return err(ENOPROTOOPT);
  if (inet_num != IPPROTO_ICMP) return err(EOPNOTSUPP);
  filter = 0;
  std::memcpy(&filter, value.data(), std::min(value.size(), sizeof filter));
  return {};
}

result<u32> raw_sock::getsockopt(int, int, bytes value) {
  return sockopt_put(value, &filter, sizeof filter);
}

// The caller wrote the IP header; the stack completes what is zero in it (man 7 raw, raw_send_hdrinc).
result<size_t> raw_sock::send_hdrinc(const msg_out& m, const inet_route& r) {
  const size_t len = m.data.size();
  if (len > r.rt->dev->mtu) {
    ip_local_error(*this, EMSGSIZE, r.fl4.daddr, inet_dport, r.rt->dev->mtu);
    return err(EMSGSIZE);
  }
  if (len < sizeof(iphdr)) return err(EINVAL);
  if (status room = sock_alloc_wmem(*this); !room) return std::unexpected(room.error());
  if (m.unreadable()) return err(EFAULT);
  skb_ptr p = alloc_skb(ns.c, skb_default_headroom + static_cast<u32>(len));
  p->truesize = skb_linear_truesize(room_in_front + static_cast<u32>(len));
  skb_reserve(*p, skb_default_headroom);
  skb_put_data(*p, m.data);
  p->reset_network_header();
  iphdr& ip = ip_hdr(*p);
  const u32 hlen = ip.header_len();
  if (hlen < sizeof(iphdr) || hlen > len) {
    kfree_skb_reason(std::move(p), skb_drop_reason::IP_INHDR);
    return err(EINVAL);
  }
  p->transport_header = static_cast<u16>(p->network_header + hlen);
  if (!ip.saddr) ip.saddr = r.fl4.saddr;
  if (!ip.id && !(ip.frag_off.host() & ip_df))
    ip.id = ip_select_ident(ns, r.fl4.daddr, ip.saddr, ip.protocol);
  p->mark = r.fl4.mark;
  p->priority = priority;
  if (ip.protocol == IPPROTO_ICMP && len >= hlen + 1) {
    icmp_msg_out(ns, std::to_integer<u8>(*p->transport()));
  }
  skb_set_owner_w(*p, *this);
  skb_dst_set(*p, r.rt.get());
  if (const int e = ip_local_out(ns, std::move(p)); e && (e != ENOBUFS || recverr)) return err(e);
  return len;
}

result<size_t> raw_sock::sendmsg(const msg_out& m, int flags) {
  if (m.data.size() > 0xffff) return err(EMSGSIZE);
  if (flags & MSG_OOB) return err(EOPNOTSUPP);
  auto dest = inet_msg_dest(*this, m.name, true);
  if (!dest) return std::unexpected(dest.error());
  ipcm_cookie ipc(*this);
  ipc.confirm = flags & MSG_CONFIRM;
  ipc.dontroute = flags & MSG_DONTROUTE;
  if (status ok = ip_cmsg_send(*this, m.control, ipc); !ok) return std::unexpected(ok.error());
  // A header that the program wrote has the options that it wrote.
  if (hdrincl && ipcm_options(*this, ipc)) return err(EINVAL);
  // Rules may ask for the type of an ICMP message, so it is looked at (raw_probe_proto_opt).
  if (!hdrincl && protocol == IPPROTO_ICMP && (m.data.size() < 2 || m.unreadable()))
    return err(EFAULT);
  auto r = inet_route_for(*this, dest->addr, ipc, hdrincl ? u8{IPPROTO_RAW} : protocol, 0, 0);
  if (!r) return std::unexpected(r.error());
  if (r->rt->rt_flags & RTCF_BROADCAST && !broadcast) return err(EACCES);
  if (!hdrincl && inet_msg_probe(flags, *r)) return m.data.size();
  if (error e{}; !hdrincl && inet_unreadable(*this, m, *r, ipc, 0, e)) return std::unexpected(e);
  if (hdrincl) {
    const bool fits = m.data.size() >= sizeof(iphdr) && m.data.size() <= r->rt->dev->mtu;
    if (fits && inet_msg_probe(flags, *r)) return m.data.size();
    if (ipc.confirm) ipv4_confirm_neigh(*r->rt, r->fl4.daddr);
    return send_hdrinc(m, *r);
  }

  skb_ptr p = alloc_skb(ns.c, skb_default_headroom + static_cast<u32>(m.data.size()));
  p->truesize =
      skb_linear_truesize(room_in_front + static_cast<u32>(sizeof(iphdr) + m.data.size()));
  skb_reserve(*p, skb_default_headroom);
  skb_put_data(*p, m.data);
  if (status sent = inet_send(*this, std::move(p), *r, ipc, protocol); !sent) {
    if (sent.error().code != ENOBUFS || recverr) return std::unexpected(sent.error());
  }
  return m.data.size();
}

namespace {

// The reader gets the IP header too.
void raw_rcv(raw_sock& sk, skb_ptr p) {
  trace(sk.ns.c, tp::raw_rcv, p.get(), nullptr);
  p->data = p->network();
  sock_queue_rcv_skb(sk, std::move(p));
}

}  // namespace

bool raw_local_deliver(net& n, const sk_buff& s, u8 protocol) {
  const raw_hashinfo& h = *ipv4_of(n).raw;
  if (likely(h.socks.empty())) return false;
  const iphdr& ip = ip_hdr(s);
  bool delivered = false;
  for (size_t i = 0; i < h.socks.size(); ++i) {
    raw_sock& sk = *h.socks[i];
    if (!sk.matches(protocol, ip.saddr, ip.daddr, inet_iif(s), inet_sdif(s))) continue;
    delivered = true;
    if (protocol == IPPROTO_ICMP && s.len() < sizeof(icmphdr)) continue;  // nothing to filter by
    if (protocol == IPPROTO_ICMP) {
      const u8 type = std::to_integer<u8>(s.data[0]);
      if (type < 32 && (sk.filter >> type & 1)) continue;
    }
    if (!ip_mc_sf_allow(sk, ip.daddr, ip.saddr, s.dev->ifindex, inet_sdif(s))) continue;
    raw_rcv(sk, skb_clone(s));
  }
  return delivered;
}

void raw_icmp_error(net& n, const sk_buff& s, u8 protocol, u32 info) {
  const raw_hashinfo& h = *ipv4_of(n).raw;
  if (h.socks.empty()) return;
  const iphdr& quoted = *reinterpret_cast<const iphdr*>(s.data);
  const auto& icmp = *reinterpret_cast<const icmphdr*>(s.transport());
  for (raw_sock* sk : h.socks) {
    if (!sk->matches(protocol, quoted.daddr, quoted.saddr, s.skb_iif, inet_sdif(s))) continue;
    if (icmp.type == ICMP_DEST_UNREACH && icmp.code == ICMP_FRAG_NEEDED)
      ipv4_sk_update_pmtu(*sk, quoted, info);
    if (icmp.type == ICMP_REDIRECT) {
      ipv4_sk_redirect(*sk, s);
      continue;
    }
    // Without IP_RECVERR only a connected socket hears of errors (raw_err).
    if (!sk->recverr && sk->state != 1) continue;
    const icmp_err e = icmp_socket_error(icmp.type, icmp.code, sk->pmtudisc);
    if (!e.err) continue;
    if (sk->recverr) {
      const_bytes payload = s.payload();
      if (!sk->hdrincl) payload = payload.subspan(quoted.header_len());
      ip_icmp_error(*sk, s, e.err, 0, info, payload);
    }
    if (sk->recverr || e.fatal) {
      sk->sk_err = e.err;
      sk_error_report(*sk);
    }
  }
}

status ip_ra_control(inet_sock& sk, bool on) {
  if (sk.type != SOCK_RAW || sk.inet_num == IPPROTO_RAW) return err(EINVAL);
  auto& chain = ipv4_of(sk.ns).ra_chain;
  const auto it = std::ranges::find(chain, &sk);
  if (it == chain.end()) {
    if (!on) return err(ENOBUFS);
    chain.push_back(static_cast<raw_sock*>(&sk));
    return {};
  }
  if (on) return err(EADDRINUSE);
  chain.erase(it);
  return {};
}

bool ip_call_ra_chain(net& n, skb_ptr& p) {
  const u8 protocol = ip_hdr(*p).protocol;
  const int iif = p->dev->ifindex;
  raw_sock* last = nullptr;
  auto& chain = ipv4_of(n).ra_chain;
  for (size_t i = 0; i < chain.size(); ++i) {
    raw_sock& sk = *chain[i];
    if (sk.inet_num != protocol || (sk.bound_dev_if && sk.bound_dev_if != iif)) continue;
    if (ip_hdr(*p).frag_off.host() & (ip_mf | ip_offset)) {
      p = ip_defrag(n, std::move(p), IP_DEFRAG_CALL_RA_CHAIN);
      if (!p) return true;
    }
    if (last) raw_rcv(*last, skb_clone(*p));
    last = &sk;
  }
  if (!last) return false;
  raw_rcv(*last, std::move(p));
  return true;
}

sock* raw_alloc(net& n, socket& s, u16 protocol) { return new raw_sock(n, s, protocol); }

void raw_net_init(net& n) {
  ipv4_of(n).raw = {new raw_hashinfo, [](raw_hashinfo* h) { delete h; }};
}

void raw_show(net& n, std::string& out) {
  out +=
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode ref pointer drops\n";
  for (const raw_sock* sk : ipv4_of(n).raw->socks)
    seq_printf(out, "%4u: %s\n", sk->inet_num, inet_sock_line(*sk).c_str());
}

std::vector<inet_sock*> raw_socks(const net& n) {
  const auto& socks = ipv4_of(n).raw->socks;
  std::map<u16, std::vector<inet_sock*>> by_protocol;
  for (auto it = socks.rbegin(); it != socks.rend(); ++it)
    by_protocol[(*it)->inet_num].push_back(*it);
  std::vector<inet_sock*> sorted;
  for (const auto& [protocol, some] : by_protocol)
    sorted.insert(sorted.end(), some.begin(), some.end());
  return sorted;
}

inet_sock* raw_find(const net& n, u8 protocol, be32 raddr, be32 laddr, int dif) {
  const auto& socks = ipv4_of(n).raw->socks;
  const auto it = std::find_if(socks.rbegin(), socks.rend(), [&](const raw_sock* sk) {
    return sk->matches(protocol, raddr, laddr, dif, 0);
  });
  return it == socks.rend() ? nullptr : *it;
}

const size_t raw_obj_size = sizeof(raw_sock);
size_t raw_in_use(const net& n) { return ipv4_of(n).raw->socks.size(); }

}  // namespace linnet
