// Ping sockets. The socket's "port" is the id of its echo requests; a reply goes to the socket that has it.
#include "net/ipv4/ping.hh"

#include <linux/icmp.h>
#include <linux/in_route.h>

#include <map>

#include "base/checksum.hh"
#include "net/core/procfs.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/snmp.hh"
#include "wire/icmp.hh"

namespace linnet {

struct ping_sock;
struct ping_table {
  std::multimap<u16, ping_sock*> by_id;
  u16 rover = 0;  // the id given last
};

struct ping_sock final : inet_sock {
  ping_sock(net& n, socket& s) : inet_sock(n, s, AF_INET, IPPROTO_ICMP) {}

  status get_port(u16 want) override;
  void unbind() override;
  result<size_t> sendmsg(const msg_out&, int flags) override;

  bool matches(be32 daddr, int dif, int sdif) const {
    return (!inet_rcv_saddr || inet_rcv_saddr == daddr) &&
           inet_bound_dev_eq(true, bound_dev_if, dif, sdif);
  }
};

namespace {

// Of several the newest.
ping_sock* ping_lookup(net& n, u16 id, be32 daddr, int dif, int sdif) {
  auto [from, to] = ipv4_of(n).ping->by_id.equal_range(id);
  while (to != from)
    if ((--to)->second->matches(daddr, dif, sdif)) return to->second;
  return nullptr;
}

}  // namespace

status ping_sock::get_port(u16 want) {
  auto& table = ipv4_of(ns).ping->by_id;
  if (!want) {
    // The first free one behind that which was given last (ping_get_port).
    u16 at = ipv4_of(ns).ping->rover;
    for (u32 tries = 0; tries < 65536 && !want; ++tries) {
      ++at;
      if (at && !table.contains(at)) want = at;
    }
    ipv4_of(ns).ping->rover = want;
    if (!want) return err(EADDRINUSE);
  } else {
    auto [from, to] = table.equal_range(want);
    for (auto it = from; it != to; ++it) {
      if (it->second != this && !(reuseaddr && it->second->reuseaddr)) return err(EADDRINUSE);
    }
  }
  unbind();
  inet_num = want;
  table.emplace(want, this);
  return {};
}

void ping_sock::unbind() {
  std::erase_if(ipv4_of(ns).ping->by_id, [this](auto& e) { return e.second == this; });
  inet_num = 0;
}

result<size_t> ping_sock::sendmsg(const msg_out& m, int flags) {
  if (m.data.size() > 0xffff) return err(EMSGSIZE);
  if (m.data.size() < sizeof(icmphdr)) return err(EINVAL);
  if (flags & MSG_OOB) return err(EOPNOTSUPP);
  if (m.unreadable()) return err(EFAULT);
  icmphdr h;
  std::memcpy(&h, m.data.data(), sizeof h);
  if ((h.type != ICMP_ECHO && h.type != ICMP_EXT_ECHO) || h.code != 0) return err(EINVAL);
  auto dest = inet_msg_dest(*this, m.name, false);
  if (!dest) return std::unexpected(dest.error());
  ipcm_cookie ipc(*this);
  ipc.confirm = flags & MSG_CONFIRM;
  ipc.dontroute = flags & MSG_DONTROUTE;
  if (status ok = ip_cmsg_send(*this, m.control, ipc); !ok) return std::unexpected(ok.error());
  auto r = inet_route_for(*this, dest->addr, ipc, IPPROTO_ICMP, 0, 0);
  if (!r) return std::unexpected(r.error());
  if (r->rt->rt_flags & RTCF_BROADCAST && !broadcast) return err(EACCES);
  if (inet_msg_probe(flags, *r)) return m.data.size();

  skb_ptr p = alloc_skb(ns.c, skb_default_headroom + static_cast<u32>(m.data.size()));
  skb_reserve(*p, skb_default_headroom);
  auto& out = *reinterpret_cast<icmphdr*>(skb_put_data(*p, m.data));
  out.id = inet_num;
  out.checksum = be16();
  out.checksum = csum_fold(csum_partial(p->data, p->len(), 0));
  if (status sent = inet_send(*this, std::move(p), *r, ipc, IPPROTO_ICMP); !sent) {
    return std::unexpected(sent.error());
  }
  return m.data.size();
}

void ping_rcv(net& n, const sk_buff& s) {
  const auto& h = *reinterpret_cast<const icmphdr*>(s.transport());
  trace(n.c, tp::ping_rcv, &s, nullptr);
  if (ping_sock* sk = ping_lookup(n, h.id.host(), ip_hdr(s).daddr, inet_iif(s), inet_sdif(s))) {
    skb_ptr copy = skb_clone(s);
    copy->data = copy->transport();  // the reader gets the ICMP header too
    sock_queue_rcv_skb(*sk, std::move(copy));
  }
}

void ping_err(net& n, sk_buff& s, u32 info) {
  const iphdr& quoted = *reinterpret_cast<const iphdr*>(s.data);
  const auto* inner = skb_header<icmphdr>(s, quoted.header_len());
  if (!inner || inner->code || (inner->type != ICMP_ECHO && inner->type != ICMP_EXT_ECHO)) return;
  ping_sock* sk = ping_lookup(n, inner->id.host(), quoted.saddr, s.skb_iif, inet_sdif(s));
  if (!sk) return;
  const auto& icmp = *reinterpret_cast<const icmphdr*>(s.transport());
  icmp_err e = icmp_socket_error(icmp.type, icmp.code, sk->pmtudisc);
  if (icmp.type == ICMP_REDIRECT) ipv4_sk_redirect(*sk, s);
  // No errors, but ping tells of them.
  if (icmp.type == ICMP_REDIRECT || icmp.type == ICMP_SOURCE_QUENCH) e = {EREMOTEIO, false};
  if (icmp.type == ICMP_DEST_UNREACH && icmp.code == ICMP_FRAG_NEEDED)
    ipv4_sk_update_pmtu(*sk, quoted, info);
  if (!e.err || (e.err == EMSGSIZE && !e.fatal)) return;
  if (sk->recverr) {
    ip_icmp_error(*sk, s, e.err, 0, info, s.payload().subspan(quoted.header_len()));
  } else if (!e.fatal || sk->state != 1) {
    return;
  }
  sk->sk_err = e.err;
  sk_error_report(*sk);
}

sock* ping_alloc(net& n, socket& s) { return new ping_sock(n, s); }

bool ping_allowed(const net& n, u32 gid) {
  const auto& range = ipv4_of(n).ping_group_range;
  return range[0] <= gid && gid <= range[1];
}

void ping_net_init(net& n) {
  ipv4_of(n).ping = {new ping_table, [](ping_table* t) { delete t; }};
}

const size_t ping_obj_size = sizeof(ping_sock);
size_t ping_in_use(const net& n) { return ipv4_of(n).ping->by_id.size(); }

void ping_show(net& n, std::string& out) {
  std::string title;
  udp_title(title);
  out += title.substr(1);
  for (auto& [id, sk] : ipv4_of(n).ping->by_id) {
    std::string line;
    seq_printf(line, "%5u: ", id);
    seq_pad_line(out, line + inet_sock_line(*sk), 127);
  }
}

}  // namespace linnet
