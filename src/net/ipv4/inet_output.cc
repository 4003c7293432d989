// Sending from IPv4 sockets: destination, route, header (ip_make_skb and ip_append_data's checks).
#include "net/core/l3mdev.hh"
#include "net/ipv4/arp.hh"
#include "net/ipv4/fib_trace.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {

result<inet_dest> inet_msg_dest(const inet_sock& sk, const_bytes name, bool any_family_zero) {
  if (name.empty()) {
    if (sk.state != 1) return err(EDESTADDRREQ);
    return inet_dest{sk.inet_daddr, sk.inet_dport};
  }
  if (name.size() < sizeof(sockaddr_in)) return err(EINVAL);
  sockaddr_in a;
  std::memcpy(&a, name.data(), sizeof a);
  if (a.sin_family != AF_INET && !(any_family_zero && a.sin_family == AF_UNSPEC)) {
    return err(EAFNOSUPPORT);
  }
  return inet_dest{be32::from_raw(a.sin_addr.s_addr), ntohs(a.sin_port)};
}

result<inet_route> inet_route_for(inet_sock& sk, be32 daddr, const ipcm_cookie& ipc, u8 protocol,
                                  u16 sport, u16 dport) {
  inet_route r;
  r.daddr = r.fl4.daddr = daddr;
  const ip_options_data* opt = ipcm_options(sk, ipc);
  if (unlikely(opt && opt->srr)) {
    if (!daddr) return err(EINVAL);
    r.fl4.daddr = opt->faddr;
  }
  r.fl4.saddr = ipc.addr ? ipc.addr : sk.inet_saddr;
  r.fl4.oif = ipc.oif ? ipc.oif : sk.bound_dev_if;
  r.fl4.mark = ipc.mark.value_or(sk.mark);
  r.fl4.tos = static_cast<u8>((ipc.tos >= 0 ? ipc.tos : sk.tos) & 0x1c);
  r.fl4.proto = protocol;
  r.fl4.uid = sk.sk_socket->owner.uid;
  r.fl4.sport = sport;
  r.fl4.dport = dport;
  // Raw sockets' strict routes may begin anywhere, as on Linux.
  const bool strict = opt && opt->is_strictroute && sk.type != SOCK_RAW;
  if (sk.dontroute || strict) r.fl4.scope = RT_SCOPE_LINK;
  if (sk.hdrincl || sk.transparent) r.fl4.flags |= FLOWI_FLAG_ANYSRC;
  if (sk.hdrincl) r.fl4.flags |= FLOWI_FLAG_KNOWN_NH;
  if (ipv4_is_multicast(daddr)) {
    const net_device* dev = dev_get_by_index(sk.ns, r.fl4.oif);
    if (!r.fl4.oif || (dev && netif_is_l3_master(*dev))) r.fl4.oif = sk.mc_index;
    if (!r.fl4.saddr) r.fl4.saddr = sk.mc_addr;
  } else if (!r.fl4.oif) {
    r.fl4.oif = sk.unicast_if;
  }
  auto rt = ip_route_output_key(sk.ns, r.fl4);
  if (!rt) {
    trace_route_refused(sk.ns, r.fl4, rt.error().code);
    if (rt.error() == ENETUNREACH) ip_inc_stats(sk.ns, IPSTATS_MIB_OUTNOROUTES);
    return std::unexpected(rt.error());
  }
  r.rt = std::move(*rt);
  return r;
}

status inet_send(inet_sock& sk, skb_ptr p, const inet_route& r, const ipcm_cookie& ipc,
                 u8 protocol) {
  const u32 mtu = sk.pmtudisc >= IP_PMTUDISC_PROBE ? r.rt->dev->mtu : rt_mtu(*r.rt);
  const ip_options_data* opt = ipcm_options(sk, ipc);
  const u32 whole = p->len() + static_cast<u32>(sizeof(iphdr)) + (opt ? opt->optlen : 0);
  const bool ignore_df = sk.pmtudisc < IP_PMTUDISC_DO || sk.pmtudisc == IP_PMTUDISC_OMIT;
  if (whole > (ignore_df ? 0xffff : mtu)) {
    ip_local_error(sk, EMSGSIZE, r.fl4.daddr, sk.inet_dport, mtu);
    if (unlikely(sk.ns.c.trace != nullptr)) {
      trace_emit(sk.ns, tp::ip_append_data, r.rt->dev->ifindex, skb_drop_reason::PKT_TOO_BIG,
                 {.a = r.fl4.daddr.host(),
                  .b = r.fl4.saddr.host(),
                  .c = mtu,
                  .d = whole,
                  .f = static_cast<u32>(r.rt->dev->ifindex),
                  .error = EMSGSIZE});
    }
    kfree_skb_reason(std::move(p), skb_drop_reason::PKT_TOO_BIG);
    return err(EMSGSIZE);
  }
  // A pending error is found only where memory is taken, after the size was looked at. Raw sockets take it without a look.
  if (const int e = sk.type != SOCK_RAW ? sock_error(sk) : 0) {
    consume_skb(std::move(p));
    return err(e);
  }
  const bool df = sk.pmtudisc == IP_PMTUDISC_DO || sk.pmtudisc == IP_PMTUDISC_PROBE ||
                  (sk.pmtudisc == IP_PMTUDISC_WANT && whole <= mtu && !r.rt->rt_mtu_locked);
  const bool multicast = r.rt->rt_type == RTN_MULTICAST;
  int ttl = ipc.ttl;
  if (!ttl) ttl = multicast ? sk.mc_ttl : sk.uc_ttl;
  if (ttl < 0) ttl = 0;  // what the route or the namespace says
  // The packet may outlive the socket's interest, never the socket: it is uncharged where it leaves.
  skb_set_owner_w(*p, sk);
  ip_send_params a = {.saddr = r.fl4.saddr,
                      .daddr = r.fl4.daddr,
                      .protocol = protocol,
                      .tos = static_cast<u8>(ipc.tos >= 0 ? ipc.tos : sk.tos),
                      .ttl = static_cast<u8>(ttl),
                      .df = df,
                      .ignore_df = ignore_df,
                      .id = df && !ignore_df && sk.inet_daddr ? sk.id++ : u16{0},
                      .mark = ipc.mark.value_or(sk.mark),
                      .priority = sk.priority,
                      .opt = opt,
                      .final_daddr = r.daddr};
  if (protocol == IPPROTO_ICMP && p->len()) icmp_msg_out(sk.ns, std::to_integer<u8>(*p->data));
  if (ipc.confirm) ipv4_confirm_neigh(*r.rt, r.fl4.daddr);
  if (const int e = ip_push_header_and_send(sk.ns, std::move(p), *r.rt, a)) return err(e);
  return {};
}

bool inet_msg_probe(int flags, const inet_route& r) {
  constexpr int msg_probe = MSG_PROXY;  // the kernel's MSG_PROBE
  if (!(flags & msg_probe)) return false;
  if (flags & MSG_CONFIRM) ipv4_confirm_neigh(*r.rt, r.fl4.daddr);
  return true;
}

}  // namespace linnet
