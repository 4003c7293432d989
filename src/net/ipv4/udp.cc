// UDP sockets: ports, send, receive. A datagram goes to the socket that matches it best (peer, address,
// device), broadcasts and multicasts to every one that matches.
#include "net/ipv4/udp.hh"
#include "net/ipv4/fib_exceptions.hh"

#include <linux/icmp.h>
#include <linux/in_route.h>

#include <map>

#include "base/checksum.hh"
#include "net/core/filter.hh"
#include "net/core/procfs.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/snmp.hh"
#include "wire/icmp.hh"
#include "wire/udp.hh"

namespace linnet {

struct udp_sock;
struct udp_table {
  std::multimap<u16, udp_sock*> by_port;
};

struct udp_sock final : inet_sock {
  udp_sock(net& n, socket& s) : inet_sock(n, s, AF_INET, IPPROTO_UDP) {}

  status get_port(u16 port) override;
  void unbind() override;
  result<size_t> sendmsg(const msg_out&, int flags) override;
  u32 recv_skip() const override { return sizeof(udphdr); }
  u16 peer_port(const sk_buff& s) const override {
    return reinterpret_cast<const udphdr*>(s.data)->source.host();
  }

  // How well a datagram fits (compute_score): -1 not at all.
  int score(be32 saddr, u16 sport, be32 daddr, int dif, int sdif) const {
    int n = 0;
    if (inet_rcv_saddr) {
      if (inet_rcv_saddr != daddr) return -1;
      n += 4;
    }
    if (inet_daddr) {
      if (inet_daddr != saddr) return -1;
      n += 4;
    }
    if (inet_dport) {
      if (inet_dport != sport) return -1;
      n += 4;
    }
    if (!inet_bound_dev_eq(ipv4_of(ns).sysctl_udp_l3mdev_accept, bound_dev_if, dif, sdif))
      return -1;
    if (bound_dev_if) n += 4;
    return n;
  }

 private:
  bool conflicts(u16 port) const;
};

bool udp_sock::conflicts(u16 port) const {
  auto [from, to] = ipv4_of(ns).udp->by_port.equal_range(port);
  for (auto it = from; it != to; ++it) {
    const udp_sock& o = *it->second;
    if (&o == this) continue;
    const bool reusable =
        (reuseaddr && o.reuseaddr) ||
        (reuseport && o.reuseport && o.sk_socket->owner.uid == sk_socket->owner.uid);
    const bool devices_meet = !bound_dev_if || !o.bound_dev_if || bound_dev_if == o.bound_dev_if;
    const bool addrs_meet =
        !inet_rcv_saddr || !o.inet_rcv_saddr || inet_rcv_saddr == o.inet_rcv_saddr;
    if (!reusable && devices_meet && addrs_meet) return true;
  }
  return false;
}

status udp_sock::get_port(u16 port) {
  if (!port) {
    const auto& range = ipv4_of(ns).local_port_range;
    const u32 span = u32{range[1]} - range[0] + 1;
    const u32 start = ns.c.rand.below(span);
    for (u32 i = 0; i < span && !port; ++i) {
      const u16 p = static_cast<u16>(range[0] + (start + i) % span);
      if (!conflicts(p)) port = p;
    }
    if (!port) return err(EADDRINUSE);
  } else if (conflicts(port)) {
    return err(EADDRINUSE);
  }
  unbind();
  inet_num = port;
  ipv4_of(ns).udp->by_port.emplace(port, this);
  return {};
}

void udp_sock::unbind() {
  std::erase_if(ipv4_of(ns).udp->by_port, [this](auto& e) { return e.second == this; });
  inet_num = 0;
}

result<size_t> udp_sock::sendmsg(const msg_out& m, int flags) {
  if (m.data.size() > 0xffff) return err(EMSGSIZE);
  auto dest = inet_msg_dest(*this, m.name, true);
  if (!dest) return std::unexpected(dest.error());
  if (!dest->port) return err(EINVAL);
  ipcm_cookie ipc;
  ipc.confirm = flags & MSG_CONFIRM;
  if (status ok = ip_cmsg_send(*this, m.control, ipc); !ok) return std::unexpected(ok.error());
  auto r = inet_route_for(*this, dest->addr, ipc, IPPROTO_UDP, inet_num, dest->port);
  if (!r) return std::unexpected(r.error());
  if (r->rt->rt_type == RTN_BROADCAST && !broadcast) return err(EACCES);
  if (inet_msg_probe(flags, *r)) return m.data.size();
  const u32 len = static_cast<u32>(sizeof(udphdr) + m.data.size());
  if (len + sizeof(iphdr) > 0xffff) return err(EMSGSIZE);
  skb_ptr p = alloc_skb(ns.c, skb_default_headroom + len);
  skb_reserve(*p, skb_default_headroom);
  auto& h = *reinterpret_cast<udphdr*>(skb_put(*p, sizeof(udphdr)));
  h = {.source = inet_num, .dest = dest->port, .len = static_cast<u16>(len), .check = be16()};
  skb_put_data(*p, m.data);
  if (!no_check) {
    // The pseudo-header's sum now, the rest by the device or in software as the packet leaves.
    const u32 pseudo = csum_tcpudp_nofold(r->fl4.saddr, r->fl4.daddr, len, IPPROTO_UDP, 0);
    h.check = ~csum_fold(pseudo);
    p->summed = ip_summed::partial;
    p->csum_start = static_cast<u16>(p->headroom());
    p->csum_offset = offsetof(udphdr, check);
  }
  if (status sent = inet_send(*this, std::move(p), *r, ipc, IPPROTO_UDP); !sent) {
    if (sent.error().code != ENOBUFS) return std::unexpected(sent.error());
    udp_inc_stats(ns, UDP_MIB_SNDBUFERRORS);
    return recverr ? result<size_t>(err(ENOBUFS)) : m.data.size();
  }
  udp_inc_stats(ns, UDP_MIB_OUTDATAGRAMS);
  return m.data.size();
}

namespace {

using enum skb_drop_reason;

udp_sock* udp_lookup(net& n, be32 saddr, u16 sport, be32 daddr, u16 dport, int dif, int sdif) {
  auto [from, to] = ipv4_of(n).udp->by_port.equal_range(dport);
  udp_sock* best = nullptr;
  int best_score = -1;
  for (auto it = from; it != to; ++it) {
    const int score = it->second->score(saddr, sport, daddr, dif, sdif);
    if (score >= 0 && score >= best_score) {  // of equal ones the newest
      best_score = score;
      best = it->second;
    }
  }
  return best;
}

bool checksum_ok(const sk_buff& s, const iphdr& ip, const udphdr& h, u32 len) {
  if (!h.check || s.summed == ip_summed::unnecessary || s.summed == ip_summed::partial) return true;
  const u32 pseudo = csum_tcpudp_nofold(ip.saddr, ip.daddr, len, IPPROTO_UDP, 0);
  return csum_fold(csum_partial(s.data, len, pseudo)).raw() == 0;
}

void queue_to(udp_sock& sk, skb_ptr p, net& n) {
  trace(n.c, tp::udp_rcv, p.get(), nullptr);
  if (unlikely(!sk_filter_trim_cap(sk, *p, sizeof(udphdr)))) {
    udp_inc_stats(n, UDP_MIB_INERRORS);
    ++sk.drops;
    kfree_skb_reason(std::move(p), SOCKET_FILTER);
    return;
  }
  if (sock_queue_filtered_skb(sk, std::move(p))) {
    udp_inc_stats(n, UDP_MIB_INDATAGRAMS);
  } else {
    udp_inc_stats(n, UDP_MIB_RCVBUFERRORS);
    udp_inc_stats(n, UDP_MIB_INERRORS);
  }
}

void drop(net& n, skb_ptr p, skb_drop_reason why) {
  udp_inc_stats(n, UDP_MIB_INERRORS);
  kfree_skb_reason(std::move(p), why);
}

void udp_rcv_one(net& n, skb_ptr p) {
  const auto* h = skb_header<udphdr>(*p);
  if (!h) return drop(n, std::move(p), PKT_TOO_SMALL);
  const iphdr& ip = ip_hdr(*p);
  const u32 len = h->len.host();
  if (len < sizeof(udphdr) || len > p->len()) return drop(n, std::move(p), PKT_TOO_SMALL);
  skb_trim(*p, len);
  if (!checksum_ok(*p, ip, *h, len)) {
    udp_inc_stats(n, UDP_MIB_CSUMERRORS);
    return drop(n, std::move(p), UDP_CSUM);
  }
  const u16 sport = h->source.host(), dport = h->dest.host();
  if (skb_rtable(*p)->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) {
    auto [from, to] = ipv4_of(n).udp->by_port.equal_range(dport);
    bool any = false;
    for (auto it = from; it != to; ++it) {
      const udp_sock& sk = *it->second;
      const int dif = inet_iif(*p), sdif = inet_sdif(*p);
      if (sk.score(ip.saddr, sport, ip.daddr, dif, sdif) < 0) continue;
      if (!ip_mc_sf_allow(sk, ip.daddr, ip.saddr, dif, sdif)) continue;
      any = true;
      queue_to(*it->second, skb_clone(*p), n);
    }
    if (any) {
      consume_skb(std::move(p));
    } else {
      udp_inc_stats(n, UDP_MIB_IGNOREDMULTI);
      kfree_skb_reason(std::move(p), NO_SOCKET);
    }
    return;
  }
  if (udp_sock* sk = udp_lookup(n, ip.saddr, sport, ip.daddr, dport, inet_iif(*p), inet_sdif(*p))) {
    queue_to(*sk, std::move(p), n);
    return;
  }
  udp_inc_stats(n, UDP_MIB_NOPORTS);
  icmp_send(*p, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, be32());
  kfree_skb_reason(std::move(p), NO_SOCKET);
}

void udp_list_rcv(sk_buff_head&& list, net& n) {
  while (skb_ptr p = list.dequeue()) udp_rcv_one(n, std::move(p));
}

// An ICMP error about a datagram of ours (udp_err); data stands at the quoted IP header.
void udp_err(net& n, sk_buff& s, u32 info) {
  const iphdr& quoted = *reinterpret_cast<const iphdr*>(s.data);
  const auto* h = skb_header<udphdr>(s, quoted.header_len());
  if (!h) return;
  udp_sock* sk = udp_lookup(n, quoted.daddr, h->dest.host(), quoted.saddr, h->source.host(),
                            s.skb_iif, inet_sdif(s));
  if (!sk) {
    icmp_inc_stats(n, ICMP_MIB_INERRORS);
    return;
  }
  const auto& icmp = *reinterpret_cast<const icmphdr*>(s.transport());
  if (icmp.type == ICMP_DEST_UNREACH && icmp.code == ICMP_FRAG_NEEDED)
    ipv4_sk_update_pmtu(*sk, quoted, info);
  if (icmp.type == ICMP_REDIRECT) return ipv4_sk_redirect(*sk, s);
  const icmp_err e = icmp_socket_error(icmp.type, icmp.code, sk->pmtudisc);
  if (!e.err || (e.err == EMSGSIZE && !e.fatal)) return;
  if (sk->recverr) {
    ip_icmp_error(*sk, s, e.err, h->dest.host(), info,
                  s.payload().subspan(quoted.header_len() + sizeof(udphdr)));
  } else if (!e.fatal || sk->state != 1) {
    return;
  }
  sk->sk_err = e.err;
  sk_error_report(*sk);
}

const net_protocol udp_protocol_ = {.handler = udp_list_rcv, .err_handler = udp_err};

}  // namespace

const net_protocol& udp_protocol() { return udp_protocol_; }

sock* udp_alloc(net& n, socket& s) { return new udp_sock(n, s); }

void udp_net_init(net& n) {
  ipv4_of(n).udp = {new udp_table, [](udp_table* t) { delete t; }};
}

void udp_show(net& n, std::string& out) {
  udp_title(out);
  for (auto& [port, sk] : ipv4_of(n).udp->by_port) {
    std::string line;
    seq_printf(line, "%5u: ", port);
    seq_pad_line(out, line + inet_sock_line(*sk), 127);
  }
}

size_t udp_in_use(const net& n) { return ipv4_of(n).udp->by_port.size(); }

}  // namespace linnet
