// Sending from IPv4 sockets: destination, route, header (ip_make_skb and ip_append_data's checks).
#include "net/core/l3mdev.hh"
#include "net/ipv4/arp.hh"
#include "net/ipv4/fib_trace.hh"
#include "net/ipv4/inet_route_memo.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {

result<inet_dest> inet_msg_dest(const inet_sock& sk, const_bytes name, bool any_family_zero) {
  // Raw sockets take a name of no length for none (raw_sendmsg).
  if (!name.data() || (name.empty() && sk.type == SOCK_RAW)) {
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

namespace {

// What is asked of the tables for a message.
status ask_for(inet_route& r, inet_sock& sk, be32 daddr, const ipcm_cookie& ipc, u8 protocol,
               u16 sport, u16 dport) {
  r.dport = dport;
  r.daddr = r.fl4.daddr = daddr;
  const ip_options_data* opt = ipcm_options(sk, ipc);
  if (unlikely(opt && opt->srr)) {
    if (!daddr) return err(EINVAL);
    r.fl4.daddr = opt->faddr;
  }
  r.fl4.saddr = ipc.addr;
  r.fl4.oif = ipc.oif;
  r.fl4.mark = ipc.sockc.mark;
  r.fl4.tos = static_cast<u8>((ipc.tos >= 0 ? ipc.tos : sk.tos) & 0x1c);
  r.fl4.proto = protocol;
  r.fl4.uid = sk.sk_socket->owner.uid;
  r.fl4.sport = sport;
  r.fl4.dport = dport;
  // Raw sockets' strict routes may begin anywhere, as on Linux.
  const bool strict = opt && opt->is_strictroute && sk.type != SOCK_RAW;
  if (sk.dontroute || ipc.dontroute || strict) r.fl4.scope = RT_SCOPE_LINK;
  if (sk.hdrincl || sk.transparent) r.fl4.flags |= FLOWI_FLAG_ANYSRC;
  if (sk.hdrincl) r.fl4.flags |= FLOWI_FLAG_KNOWN_NH;
  if (ipv4_is_multicast(daddr)) {
    const net_device* dev = dev_get_by_index(sk.ns, r.fl4.oif);
    if (!r.fl4.oif || (dev && netif_is_l3_master(*dev))) r.fl4.oif = sk.mc_index;
    if (!r.fl4.saddr) r.fl4.saddr = sk.mc_addr;
  } else if (!r.fl4.oif) {
    r.fl4.oif = sk.unicast_if;
  }
  return {};
}

status look_up(inet_route& r, inet_sock& sk, fib_result& res) {
  auto rt = ip_route_output_key_res(sk.ns, r.fl4, res);
  if (!rt) {
    trace_route_refused(sk.ns, r.fl4, rt.error().code);
    if (rt.error() == ENETUNREACH) ip_inc_stats(sk.ns, IPSTATS_MIB_OUTNOROUTES);
    return std::unexpected(rt.error());
  }
  r.rt = std::move(*rt);
  return {};
}

// Compares what ask_for fills in.
bool same_question(const flowi4& a, const flowi4& b) {
  return a.daddr == b.daddr && a.saddr == b.saddr && a.oif == b.oif && a.mark == b.mark &&
         a.tos == b.tos && a.scope == b.scope && a.proto == b.proto && a.flags == b.flags &&
         a.uid == b.uid && a.sport == b.sport && a.dport == b.dport;
}

}  // namespace

rtable* inet_route_memo::find(flowi4& asked) const {
  if (!rt_ || !same_question(asked, asked_) || !rt_is_valid(*rt_)) return nullptr;
  asked = told_;
  return rt_.get();
}

void inet_route_memo::keep(const flowi4& asked, const flowi4& told, const ref<rtable>& rt,
                           const fib_result& res) {
  rt_ = {};
  // A device asked for brings VRFs in; of several ways, also several default routes, neighbours' states decide.
  const bool certain = !asked.oif && res.fi && res.fi->single_nh == res.nh && res.prefixlen &&
                       res.nh->rth_output == rt.get();
  if (!certain) return;
  asked_ = asked;
  told_ = told;
  rt_ = rt;
}

result<inet_route> inet_route_for(inet_sock& sk, be32 daddr, const ipcm_cookie& ipc, u8 protocol,
                                  u16 sport, u16 dport) {
  inet_route r;
  fib_result res;
  status ok = ask_for(r, sk, daddr, ipc, protocol, sport, dport);
  if (ok) ok = look_up(r, sk, res);
  if (!ok) return std::unexpected(ok.error());
  return r;
}

result<inet_route> inet_route_for(inet_route_memo& memo, inet_sock& sk, be32 daddr,
                                  const ipcm_cookie& ipc, u8 protocol, u16 sport, u16 dport) {
  inet_route r;
  if (status ok = ask_for(r, sk, daddr, ipc, protocol, sport, dport); !ok)
    return std::unexpected(ok.error());
  const bool traced = sk.ns.c.trace != nullptr;  // then each lookup is a step to be told
  if (rtable* rt = likely(!traced) ? memo.find(r.fl4) : nullptr) {
    r.rt = ref<rtable>(rt);
    return r;
  }
  const flowi4 asked = r.fl4;
  fib_result res;
  if (status ok = look_up(r, sk, res); !ok) return std::unexpected(ok.error());
  memo.keep(asked, r.fl4, r.rt, res);
  return r;
}

u32 inet_send_mtu(const inet_sock& sk, const inet_route& r) {
  return sk.pmtudisc >= IP_PMTUDISC_PROBE ? r.rt->dev->mtu : rt_mtu(*r.rt);
}

namespace {

// Whether what is too long may be cut all the same (ip_sk_ignore_df).
bool ignores_df(const inet_sock& sk) {
  return sk.pmtudisc < IP_PMTUDISC_DO || sk.pmtudisc == IP_PMTUDISC_OMIT;
}

}  // namespace

status inet_append_fits(inet_sock& sk, const inet_route& r, const ipcm_cookie& ipc, size_t length) {
  const ip_options_data* opt = ipcm_options(sk, ipc);
  const u32 mtu = inet_send_mtu(sk, r), optlen = opt ? opt->optlen : 0u;
  const size_t whole = length + sizeof(iphdr) + optlen;
  // Segments are cut before their length counts.
  if (whole <= (!ignores_df(sk) && !ipc.gso_size ? mtu : 0xffff)) return {};
  ip_local_error(sk, EMSGSIZE, r.fl4.daddr, sk.inet_dport, mtu - optlen);
  if (unlikely(sk.ns.c.trace != nullptr)) {
    trace_emit(sk.ns, tp::ip_append_data, r.rt->dev->ifindex, skb_drop_reason::PKT_TOO_BIG,
               {.a = r.fl4.daddr.host(),
                .b = r.fl4.saddr.host(),
                .c = mtu,
                .d = static_cast<u32>(whole),
                .f = static_cast<u32>(r.rt->dev->ifindex),
                .error = EMSGSIZE});
  }
  return err(EMSGSIZE);
}

status sock_alloc_wmem(sock& sk) {
  if (const int e = sock_error(sk)) return err(e);
  if (sk.shutdown & 2) return err(EPIPE);
  if (sk.wmem_alloc >= sk.sndbuf) return err(EAGAIN);
  return {};
}

namespace {

// Which times of the packet its sender wants (sock_tx_timestamp), and its number among those.
void want_times(inet_sock& sk, sk_buff& s, u32 tsflags) {
  s.tx_stamp_sw = (tsflags & SOF_TIMESTAMPING_TX_SOFTWARE) != 0;
  s.tx_stamp_sched = (tsflags & SOF_TIMESTAMPING_TX_SCHED) != 0;
  if (likely(!s.tx_stamp_sw && !s.tx_stamp_sched)) return;
  constexpr size_t most = 64;  // of packets that never reach a device
  if (!(sk.tsflags & SOF_TIMESTAMPING_OPT_ID)) return;
  if (!sk.tx_keys) sk.tx_keys = std::make_unique<std::vector<std::pair<u64, u32>>>();
  if (sk.tx_keys->size() == most) sk.tx_keys->erase(sk.tx_keys->begin());
  sk.tx_keys->emplace_back(s.id, sk.tskey++);
}

}  // namespace

status inet_send(inet_sock& sk, skb_ptr p, const inet_route& r, const ipcm_cookie& ipc,
                 u8 protocol) {
  const u32 mtu = inet_send_mtu(sk, r);
  const ip_options_data* opt = ipcm_options(sk, ipc);
  const u32 whole = p->len() + static_cast<u32>(sizeof(iphdr)) + (opt ? opt->optlen : 0);
  status room = inet_append_fits(sk, r, ipc, p->len());
  if (room && sk.type == SOCK_RAW) {
    // Raw sockets' memory is taken without a look at anything else.
    if (sk.wmem_alloc > 2 * sk.sndbuf) room = err(ENOBUFS);
  } else if (room) {
    room = sock_alloc_wmem(sk);
  }
  if (!room) {
    kfree_skb_reason(std::move(p), room.error() == EMSGSIZE ? skb_drop_reason::PKT_TOO_BIG
                                                            : skb_drop_reason::NOT_SPECIFIED);
    return room;
  }
  const bool df = sk.pmtudisc == IP_PMTUDISC_DO || sk.pmtudisc == IP_PMTUDISC_PROBE ||
                  (sk.pmtudisc == IP_PMTUDISC_WANT && whole <= mtu && !ip_mtu_locked(*r.rt));
  const bool ignore_df = ignores_df(sk);
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
                      .mark = ipc.sockc.mark,
                      .priority = sk.priority,
                      .opt = opt,
                      .final_daddr = r.daddr};
  want_times(sk, *p, ipc.sockc.tsflags);
  if (protocol == IPPROTO_ICMP && p->len()) icmp_msg_out(sk.ns, std::to_integer<u8>(*p->data));
  if (ipc.confirm) ipv4_confirm_neigh(*r.rt, r.fl4.daddr);
  if (const int e = ip_push_header_and_send(sk.ns, std::move(p), *r.rt, a)) return err(e);
  return {};
}

bool inet_unreadable(inet_sock& sk, const msg_out& m, const inet_route& r, const ipcm_cookie& ipc,
                     size_t header, error& e) {
  if (likely(!m.unreadable())) return false;
  e = error{EFAULT};
  if (status fits = inet_append_fits(sk, r, ipc, m.data.size() + header); !fits) {
    e = fits.error();
  } else if (sk.type != SOCK_RAW || sk.hdrincl) {
    if (status room = sock_alloc_wmem(sk); !room) e = room.error();
  }
  return true;
}

bool inet_msg_probe(int flags, const inet_route& r) {
  constexpr int msg_probe = MSG_PROXY;  // the kernel's MSG_PROBE
  if (!(flags & msg_probe)) return false;
  if (flags & MSG_CONFIRM) ipv4_confirm_neigh(*r.rt, r.fl4.daddr);
  return true;
}

}  // namespace linnet
