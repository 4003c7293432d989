// UDP (RFC 768) and UDP-Lite (RFC 3828): what arrives, and errors about what was sent. A datagram goes to the socket that
// it fits best, broadcasts and multicasts to every one that they fit. UDP-Lite's datagrams differ by a checksum that may
// cover a part of them only. udp_checksum.cc says when checksums are looked at.
#include "net/ipv4/udp.hh"

#include <linux/icmp.h>
#include <linux/in_route.h>

#include "net/core/filter.hh"
#include "net/core/gso.hh"
#include "net/core/procfs.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/early_demux.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/udp_sock.hh"
#include "wire/icmp.hh"
#include "wire/udp.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

// What the two protocols don't share.
struct udp_flavour {
  u8 protocol;
  udp_table& table;
  std::array<u64, __UDP_MIB_MAX>& mib;
  void count(int field) const { ++mib[static_cast<size_t>(field)]; }
};

udp_flavour flavour_of(net& n, u8 protocol) {
  netns_ipv4& v4 = ipv4_of(n);
  if (protocol == IPPROTO_UDPLITE) return {protocol, *v4.udplite, v4.mib.udplite};
  return {protocol, *v4.udp, v4.mib.udp};
}

// A received datagram, looked through: its length and how much of it the checksum covers.
struct datagram {
  u32 len;
  u32 covered;
};

// The checksum of one so short is looked at when it comes, that of a longer one when somebody wants it (CHECKSUM_BREAK).
constexpr u32 checksum_break = 76;

// Lengths and, where that is not put off, the checksum. What is wrong with the datagram; not_dropped_yet: nothing.
skb_drop_reason check(sk_buff& s, const udp_flavour& f, datagram& d) {
  const auto* h = skb_header<udphdr>(s);
  if (!h) return PKT_TOO_SMALL;
  const u32 field = h->len.host();
  if (field > s.len()) return PKT_TOO_SMALL;
  if (f.protocol == IPPROTO_UDPLITE) {
    // udplite_checksum_init: a sum must be there, and cover the header at least.
    d = {s.len(), field ? field : s.len()};
    if (!h->check || d.covered < sizeof(udphdr)) return UDP_CSUM;
    if (d.covered < d.len) return not_dropped_yet;
    return d.len > checksum_break || udp_checksum_complete(s) ? not_dropped_yet : UDP_CSUM;
  }
  if (field < sizeof(udphdr)) return PKT_TOO_SMALL;
  skb_trim(s, field);
  d = {field, field};
  if (field > checksum_break && h->check) return not_dropped_yet;
  return udp_checksum_complete(s) ? not_dropped_yet : UDP_CSUM;
}

// Who asks for a coverage gets nothing that is covered less (udp_queue_rcv_one_skb).
bool covered_enough(const udp_sock& sk, const datagram& d) {
  return !sk.recv_cc || d.covered == d.len || (sk.pcrlen != 0 && d.covered >= sk.pcrlen);
}

// udp_queue_rcv_one_skb.
void queue_one(udp_sock& sk, skb_ptr p, const udp_flavour& f, const datagram& d) {
  trace(sk.ns.c, tp::udp_rcv, p.get(), nullptr);
  const auto refuse = [&](skb_drop_reason why) {
    f.count(UDP_MIB_INERRORS);
    ++sk.drops;
    kfree_skb_reason(std::move(p), why);
  };
  if (unlikely(!covered_enough(sk, d))) return refuse(UDP_CSUM);
  if (unlikely(sk.filter && !udp_checksum_complete(*p))) {
    f.count(UDP_MIB_CSUMERRORS);
    return refuse(UDP_CSUM);
  }
  if (unlikely(!sk_filter_trim_cap(sk, *p, sizeof(udphdr)))) return refuse(SOCKET_FILTER);
  if (const auto why = sk.charge(*p); unlikely(why != not_dropped_yet)) {
    f.count(why == PROTO_MEM ? UDP_MIB_MEMERRORS : UDP_MIB_RCVBUFERRORS);
    return refuse(why);
  }
  sock_queue_charged_skb(sk, std::move(p));
}

// Whether it is several datagrams in one, for a socket that does not take those (udp_unexpected_gso).
bool unexpected_gso(const udp_sock& sk, const sk_buff& s) {
  if (likely(!skb_is_gso(s))) return false;
  const u16 type = skb_shinfo(s).gso_type;
  return (type & SKB_GSO_FRAGLIST) || ((type & SKB_GSO_UDP_L4) && !sk.gro_enabled);
}

void queue_segments(udp_sock& sk, skb_ptr p, const udp_flavour& f) {
  const u32 hlen = static_cast<u32>(p->data - p->network());
  skb_push(*p, hlen);
  sk_buff_head segments;
  if (unlikely(!skb_gso_segment(*p, segments))) {
    const u32 n = skb_gso_segs(*p);
    sk.drops += n;
    f.mib[UDP_MIB_INERRORS] += n;
    return kfree_skb_reason(std::move(p), NOT_SPECIFIED);
  }
  consume_skb(std::move(p));
  while (skb_ptr s = segments.dequeue()) {
    skb_pull(*s, hlen);
    const u32 len = s->len();
    queue_one(sk, std::move(s), f, {len, len});
  }
}

// udp_queue_rcv_skb.
void queue_to(udp_sock& sk, skb_ptr p, const udp_flavour& f, const datagram& d) {
  if (unlikely(unexpected_gso(sk, *p))) return queue_segments(sk, std::move(p), f);
  queue_one(sk, std::move(p), f, d);
}

// Everybody whom a broadcast or multicast fits, the newest first (__udp4_lib_mcast_deliver).
void deliver_to_group(net& n, skb_ptr p, const udp_flavour& f, const datagram& d) {
  const iphdr ip = ip_hdr(*p);
  const auto h = *reinterpret_cast<const udphdr*>(p->data);
  const int dif = inet_iif(*p), sdif = inet_sdif(*p);
  const bool vrf_too = ipv4_of(n).sysctl_udp_l3mdev_accept;
  const auto fits = [&](const udp_sock& sk) {
    return (!sk.inet_rcv_saddr || sk.inet_rcv_saddr == ip.daddr) &&
           (!sk.inet_daddr || sk.inet_daddr == ip.saddr) &&
           (!sk.inet_dport || sk.inet_dport == h.source.host()) &&
           inet_bound_dev_eq(vrf_too, sk.bound_dev_if, dif, sdif) &&
           ip_mc_sf_allow(sk, ip.daddr, ip.saddr, dif, sdif);
  };
  const udp_table::slot& slot = f.table.by_port(h.dest.host());
  udp_sock* first = nullptr;
  for (size_t i = slot.size(); i-- > 0;) {
    udp_sock& sk = *slot[i];
    if (!fits(sk)) continue;
    if (first)
      queue_to(sk, skb_clone(*p), f, d);
    else
      first = &sk;
  }
  if (first) return queue_to(*first, std::move(p), f, d);
  f.count(UDP_MIB_IGNOREDMULTI);
  kfree_skb_reason(std::move(p), NO_SOCKET);
}

// The socket of the last datagram of a burst, which is often the next one's too. While a burst is delivered no socket comes
// or goes, and none is woken before its end.
struct last_lookup {
  be32 saddr, daddr;
  be16 sport, dport;
  int dif = 0, sdif = 0;
  udp_sock* sk = nullptr;

  bool is_for(const iphdr& ip, const udphdr& h, int dif_, int sdif_) const {
    return sk && ip.saddr == saddr && ip.daddr == daddr && h.source == sport && h.dest == dport &&
           dif_ == dif && sdif_ == sdif;
  }
};

udp_sock* find_socket(const udp_flavour& f, const sk_buff& s, last_lookup& last) {
  const iphdr& ip = ip_hdr(s);
  const auto& h = *reinterpret_cast<const udphdr*>(s.data);
  const int dif = inet_iif(s), sdif = inet_sdif(s);
  if (last.is_for(ip, h, dif, sdif)) return last.sk;
  udp_sock* sk =
      udp_lookup(f.table, ip.saddr, h.source.host(), ip.daddr, h.dest.host(), dif, sdif, &s);
  // Of a group a program may choose another one by what is in the datagram.
  last = {ip.saddr, ip.daddr, h.source, h.dest, dif, sdif, sk && !sk->group ? sk : nullptr};
  return sk;
}

void rcv_one(net& n, skb_ptr p, u8 protocol, last_lookup& last) {
  const udp_flavour f = flavour_of(n, protocol);
  auto* const early = static_cast<udp_sock*>(std::exchange(p->sk, nullptr));
  datagram d{};
  const auto refuse = [&](skb_drop_reason why) {
    if (why == UDP_CSUM) f.count(UDP_MIB_CSUMERRORS);
    f.count(UDP_MIB_INERRORS);
    kfree_skb_reason(std::move(p), why);
  };
  if (const auto why = check(*p, f, d); unlikely(why != not_dropped_yet)) return refuse(why);
  if (skb_rtable(*p)->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST))
    return deliver_to_group(n, std::move(p), f, d);
  if (early) {
    udp_rx_dst_keep(*early, *p);
    return queue_to(*early, std::move(p), f, d);
  }
  if (udp_sock* sk = find_socket(f, *p, last)) return queue_to(*sk, std::move(p), f, d);
  if (!udp_checksum_complete(*p)) return refuse(UDP_CSUM);
  f.count(UDP_MIB_NOPORTS);
  icmp_send(*p, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, be32());
  kfree_skb_reason(std::move(p), NO_SOCKET);
}

template <u8 Protocol>
void list_rcv(sk_buff_head&& list, net& n) {
  last_lookup last;
  while (skb_ptr p = list.dequeue()) rcv_one(n, std::move(p), Protocol, last);
}

// An ICMP error about a datagram of ours (udp_err); data stands at the quoted IP header.
template <u8 Protocol>
void rcv_error(net& n, sk_buff& s, u32 info) {
  const iphdr& quoted = *reinterpret_cast<const iphdr*>(s.data);
  const auto* h = skb_header<udphdr>(s, quoted.header_len());
  if (!h) return;
  udp_sock* sk = udp_lookup(flavour_of(n, Protocol).table, quoted.daddr, h->dest.host(),
                            quoted.saddr, h->source.host(), s.skb_iif, inet_sdif(s), nullptr);
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

const net_protocol udp_protocol_ = {.handler = list_rcv<IPPROTO_UDP>,
                                    .err_handler = rcv_error<IPPROTO_UDP>};
const net_protocol udplite_protocol_ = {.handler = list_rcv<IPPROTO_UDPLITE>,
                                        .err_handler = rcv_error<IPPROTO_UDPLITE>};

void show(const udp_table& t, std::string& out) {
  udp_title(out);
  for (const udp_sock* sk : t.sorted()) {
    std::string line;
    seq_printf(line, "%5u: ", sk->inet_num);
    seq_pad_line(out, line + inet_sock_line(*sk), 127);
  }
}

}  // namespace

udp_sock::udp_sock(net& n, socket& s, u8 protocol_) : inet_sock(n, s, AF_INET, protocol_) {
  can_peek_off = true;
}

status udp_sock::attach_reuseport(const sockopt_value* program) {
  return reuseport_attach_prog(group, *this, inet_num != 0, program);
}

u16 udp_sock::peer_port(const sk_buff& s) const {
  return reinterpret_cast<const udphdr*>(s.data)->source.host();
}

const net_protocol& udp_protocol() { return udp_protocol_; }
const net_protocol& udplite_protocol() { return udplite_protocol_; }

sock* udp_alloc(net& n, socket& s, u8 protocol) { return new udp_sock(n, s, protocol); }

void udp_net_init(net& n) {
  const auto free_table = [](udp_table* t) { delete t; };
  ipv4_of(n).udp = {new udp_table, free_table};
  ipv4_of(n).udplite = {new udp_table, free_table};
  const net* first = n.w.init_net;
  std::shared_ptr<proto_memory> memory;
  if (!first || first == &n) {
    constexpr std::array<s64, 3> limits = {376920, 502563, 753840};
    memory = std::make_shared<proto_memory>(proto_memory{.limits = limits});
  } else {
    memory = ipv4_of(*first).udp->memory;
  }
  ipv4_of(n).udp->memory = ipv4_of(n).udplite->memory = memory;
}

void udp_show(net& n, std::string& out) { show(*ipv4_of(n).udp, out); }
void udplite_show(net& n, std::string& out) { show(*ipv4_of(n).udplite, out); }

size_t udp_in_use(const net& n) { return ipv4_of(n).udp->size(); }
size_t udplite_in_use(const net& n) { return ipv4_of(n).udplite->size(); }

}  // namespace linnet
