// AF_NETLINK sockets: creation, port ids, names, groups, release; and delivery to groups. Port id 0 is the
// kernel's. A socket that isn't bound gets its process id, or a negative number when that is taken.
#include "net/netlink/af_netlink.hh"

#include <algorithm>
#include <bit>
#include <cstring>

#include "net/core/dev_ioctl.hh"
#include "net/core/filter.hh"

namespace linnet {

namespace {

constexpr u32 group_mask(u32 group) { return group && group <= 32 ? 1u << (group - 1) : 0; }
constexpr u32 first_group(u32 mask) {
  return mask ? static_cast<u32>(std::countr_zero(mask)) + 1 : 0;
}

// EADDRINUSE, or EBUSY when it has another port id already.
status insert(netlink_sock& nlk, u32 portid) {
  if (nlk.bound) return nlk.portid() == portid ? status{} : err(EBUSY);
  auto& t = netlink_table_of(nlk.ns, nlk.protocol);
  if (portid == 0 || !t.ports.try_emplace(portid, &nlk).second) return err(EADDRINUSE);
  nlk.rq.portid = portid;
  nlk.bound = true;
  return {};
}

result<sockaddr_nl> take_address(const_bytes addr) {
  sockaddr_nl a{};
  if (addr.size() < sizeof a) return err(EINVAL);
  std::memcpy(&a, addr.data(), sizeof a);
  if (a.nl_family != AF_NETLINK) return err(EINVAL);
  return a;
}

status netlink_bind(socket& s, const_bytes addr) {
  netlink_sock& nlk = nlk_sk(s);
  auto a = take_address(addr);
  if (!a) return std::unexpected(a.error());
  u32 groups = a->nl_groups;
  if (groups && !netlink_allowed(nlk, &netlink_protocol::nonroot_recv)) return err(EPERM);
  if (nlk.ngroups < 32) groups &= (1u << nlk.ngroups) - 1;
  if (nlk.bound) {
    if (a->nl_pid != nlk.portid()) return err(EINVAL);
  } else {
    status r = a->nl_pid ? insert(nlk, a->nl_pid) : netlink_autobind(nlk);
    if (!r) return r;
  }
  if (!groups && (nlk.groups.empty() || !nlk.groups[0])) return {};
  for (u32 g = 1; g <= std::min(nlk.ngroups, 32u); ++g)
    netlink_set_group(nlk, g, group_mask(g) & groups);
  return {};
}

status netlink_connect(socket& s, const_bytes addr, int) {
  netlink_sock& nlk = nlk_sk(s);
  u16 family;
  if (addr.size() < sizeof family) return err(EINVAL);
  std::memcpy(&family, addr.data(), sizeof family);
  if (family == AF_UNSPEC) {
    nlk.connected = false;
    nlk.dst_portid = nlk.dst_group = 0;
    return {};
  }
  auto a = take_address(addr);
  if (!a) return std::unexpected(a.error());
  if ((a->nl_groups || a->nl_pid) && !netlink_allowed(nlk, &netlink_protocol::nonroot_send))
    return err(EPERM);
  if (!nlk.bound)
    if (status r = netlink_autobind(nlk); !r) return r;
  nlk.connected = true;
  nlk.dst_portid = a->nl_pid;
  nlk.dst_group = first_group(a->nl_groups);
  return {};
}

result<u32> netlink_getname(socket& s, sockaddr_storage& out, bool peer) {
  netlink_sock& nlk = nlk_sk(s);
  sockaddr_nl a{};
  a.nl_family = AF_NETLINK;
  a.nl_pid = peer ? nlk.dst_portid : nlk.portid();
  a.nl_groups = peer ? group_mask(nlk.dst_group) : nlk.groups.empty() ? 0 : nlk.groups[0];
  std::memcpy(&out, &a, sizeof a);
  return static_cast<u32>(sizeof a);
}

void netlink_release(socket& s) {
  delete static_cast<netlink_sock*>(s.sk);
  s.sk = nullptr;
}

u32 netlink_poll(const socket& s) {
  netlink_dump_deferred(nlk_sk(s));
  return datagram_poll(s);
}

bool netlink_deferred(const socket& s, bool run) {
  netlink_sock& nlk = nlk_sk(s);
  const bool due = nlk.dump_due;
  if (run) netlink_dump_deferred(nlk);
  return due;
}

const proto_ops netlink_ops = {
    .family = AF_NETLINK,
    .release = netlink_release,
    .bind = netlink_bind,
    .connect = netlink_connect,
    .accept = sock_no_accept,
    .getname = netlink_getname,
    .poll = netlink_poll,
    .ioctl = [](socket&, unsigned, bytes) -> result<int> { return err(ENOIOCTLCMD); },
    .listen = sock_no_listen,
    .shutdown = sock_no_shutdown,
    .setsockopt = netlink_setsockopt,
    .getsockopt = netlink_getsockopt,
    .sendmsg = netlink_sendmsg,
    .recvmsg = netlink_recvmsg,
    .getsockopt_level = netlink_getsockopt_level,
    .deferred = netlink_deferred,
};

status netlink_create(net& n, socket& s, int protocol) {
  if (s.type != SOCK_RAW && s.type != SOCK_DGRAM) return err(ESOCKTNOSUPPORT);
  if (protocol < 0 || protocol >= MAX_LINKS) return err(EPROTONOSUPPORT);
  const auto& e = n.w.netlink->protocols[static_cast<size_t>(protocol)];
  if (!e.registered) return err(EPROTONOSUPPORT);
  s.ops = &netlink_ops;
  s.sk = new netlink_sock(n, s, protocol, e.cfg.groups);
  return {};
}

const net_proto_family netlink_family = {.family = AF_NETLINK, .create = netlink_create};

// The packet for one listener: true when it was queued, false when he lost it.
bool broadcast_deliver(netlink_sock& to, const sk_buff& s, int nsid) {
  netlink_dump_deferred(to);
  if (to.rmem_alloc > to.rcvbuf || to.congested) {
    netlink_overrun(to);
    return false;
  }
  skb_ptr c = skb_clone(s);
  if (unlikely(!sk_filter_trim_cap(to, *c, 1))) {  // not for him, so not lost either
    kfree_skb_reason(std::move(c), skb_drop_reason::SOCKET_FILTER);
    return true;
  }
  auto& cb = NETLINK_CB(*c);
  cb.nsid = nsid;
  cb.nsid_is_set = nsid >= 0;
  skb_set_owner_r(*c, to);
  to.receive_queue.enqueue(std::move(c));
  sk_data_ready(to);
  return true;
}

}  // namespace

netlink_sock::netlink_sock(net& n, socket& s, int proto, u32 ngroups_)
    : sock(n, s, AF_NETLINK, static_cast<u8>(proto)), rq(n, s.owner, *this), ngroups(ngroups_) {}

netlink_sock::~netlink_sock() {
  cb.reset();
  auto& t = netlink_table_of(ns, protocol);
  if (bound) t.ports.erase(portid());
  for (u32 g = 1; subscriptions && g <= ngroups; ++g) netlink_set_group(*this, g, false);
  if (listen_all_nsid) std::erase(ns.w.netlink->all_nsid, this);
}

netns_netlink::table& netlink_table_of(net& n, int protocol) {
  if (!n.netlink)
    n.netlink = pernet_ptr<netns_netlink>(new netns_netlink, [](netns_netlink* p) { delete p; });
  auto& t = n.netlink->protocols[static_cast<size_t>(protocol)];
  if (!t) t = std::make_unique<netns_netlink::table>();
  return *t;
}

const netns_netlink::table* netlink_table_find(const net& n, int protocol) {
  return n.netlink ? n.netlink->protocols[static_cast<size_t>(protocol)].get() : nullptr;
}

bool netlink_allowed(const netlink_sock& nlk, bool netlink_protocol::* who) {
  return nlk.ns.w.netlink->protocols[nlk.protocol].cfg.*who || nlk.rq.who.net_admin;
}

status netlink_autobind(netlink_sock& nlk) {
  if (nlk.bound) return {};
  auto& ports = netlink_table_of(nlk.ns, nlk.protocol).ports;
  auto portid = static_cast<s32>(nlk.rq.who.pid);
  s32 rover = -4096;
  while (portid == 0 || ports.contains(static_cast<u32>(portid))) {
    if (rover == -4096)
      rover = INT32_MIN + static_cast<s32>(nlk.ns.c.rand.below(0x7ffff000u));
    else if (rover >= -4096)
      rover = -4097;
    portid = rover--;
  }
  return insert(nlk, static_cast<u32>(portid));
}

void netlink_set_group(netlink_sock& nlk, u32 group, bool join) {
  if (nlk.member(group) == join) return;
  auto& t = netlink_table_of(nlk.ns, nlk.protocol);
  nlk.groups.resize((nlk.ngroups + 31) / 32);
  if (t.listeners.size() <= group) t.listeners.resize(nlk.ngroups + 1);
  nlk.groups[(group - 1) / 32] ^= 1u << ((group - 1) % 32);
  if (join) {
    if (!nlk.subscriptions++) t.members.push_back(&nlk);
    ++t.listeners[group];
  } else {
    if (!--nlk.subscriptions) std::erase(t.members, &nlk);
    --t.listeners[group];
  }
}

void netlink_overrun(netlink_sock& nlk) {
  if (!nlk.recv_no_enobufs && !nlk.congested) {
    nlk.congested = true;
    nlk.sk_err = ENOBUFS;
    sk_error_report(nlk);
  }
  ++nlk.drops;
}

bool netlink_has_listeners(const net& n, int protocol, u32 group) {
  if (const auto* t = netlink_table_find(n, protocol))
    if (group < t->listeners.size() && t->listeners[group]) return true;
  return std::ranges::any_of(n.w.netlink->all_nsid, [&](const netlink_sock* s) {
    return s->protocol == protocol && s->member(group) && peernet2id(s->ns, n) >= 0;
  });
}

status netlink_broadcast(net& n, int protocol, skb_ptr s, u32 exclude_portid, u32 group) {
  NETLINK_CB(*s).dst_group = group;
  bool delivered = false, failed = false;
  u32 sender = NETLINK_CB(*s).portid;  // hears nothing of himself
  // Who has no port id yet is as the kernel, which sends most of it, and hears nothing either.
  auto excluded = [&](u32 id) { return id == exclude_portid || (id && id == sender); };
  auto one = [&](netlink_sock& to, int nsid) {
    bool ok = broadcast_deliver(to, *s, nsid);
    delivered |= ok;
    failed |= !ok && to.broadcast_send_error;
  };
  if (const auto* t = netlink_table_find(n, protocol))
    for (netlink_sock* to : t->members)
      if (to->member(group) && !excluded(to->portid())) one(*to, -1);
  for (netlink_sock* to : n.w.netlink->all_nsid)
    if (&to->ns != &n && to->protocol == protocol && to->member(group))
      if (int id = peernet2id(to->ns, n); id >= 0) one(*to, id);
  consume_skb(std::move(s));
  if (failed) return err(ENOBUFS);
  if (!delivered) return err(ESRCH);
  return {};
}

void netlink_register(world& w, int protocol, const netlink_protocol& cfg) {
  auto& e = w.netlink->protocols[static_cast<size_t>(protocol)];
  e.registered = true;
  e.cfg = cfg;
  e.cfg.groups = std::max(cfg.groups, 32u);
}

void netlink_proto_init(world& w) {
  w.netlink = std::unique_ptr<netlink_table, void (*)(netlink_table*)>(
      new netlink_table, [](netlink_table* t) { delete t; });
  w.families[AF_NETLINK] = &netlink_family;
  netlink_register(w, NETLINK_ROUTE,
                   {.rcv = rtnetlink_rcv_msg, .groups = RTNLGRP_MAX, .nonroot_recv = true});
  netlink_register(w, NETLINK_USERSOCK, {.nonroot_send = true});
  rtnl_registry& r = rtnl_of(w);
  r.has_listeners = [](const net& n, u32 group) {
    return netlink_has_listeners(n, NETLINK_ROUTE, group);
  };
  r.multicast = [](net& n, skb_ptr s, u32 exclude, u32 group) {
    (void)netlink_broadcast(n, NETLINK_ROUTE, std::move(s), exclude, group);
  };
  r.set_err = [](net& n, u32 group, int code) {
    const auto* t = netlink_table_find(n, NETLINK_ROUTE);
    if (!t) return;
    for (netlink_sock* s : t->members)
      if (s->member(group) && !(s->recv_no_enobufs && code == ENOBUFS)) {
        s->sk_err = code;
        sk_error_report(*s);
      }
  };
}

}  // namespace linnet
