// The handlers of AF_NETLINK (struct netlink_diag_req) and of AF_UNIX. Netlink sockets go by protocol and port id, the
// kernel's own first, as port 0; those that have no port id yet are not found. Sockets of AF_UNIX are the host kernel's own, so a world has none to show.
#include <linux/netlink_diag.h>
#include <linux/unix_diag.h>

#include <algorithm>
#include <cstring>

#include "net/netlink/af_netlink.hh"
#include "net/netlink/sock_diag.hh"

namespace linnet {
namespace {

u32 flags_of(const netlink_sock& nlk) {
  u32 f = 0;
  if (nlk.cb) f |= NDIAG_FLAG_CB_RUNNING;
  if (nlk.recv_pktinfo) f |= NDIAG_FLAG_PKTINFO;
  if (nlk.broadcast_send_error) f |= NDIAG_FLAG_BROADCAST_ERROR;
  if (nlk.recv_no_enobufs) f |= NDIAG_FLAG_NO_ENOBUFS;
  if (nlk.listen_all_nsid) f |= NDIAG_FLAG_LISTEN_ALL_NSID;
  if (nlk.rq.cap_ack) f |= NDIAG_FLAG_CAP_ACK;
  return f;
}

// Whole words of 64 bits, as many as the protocol's groups need (NLGRPSZ).
bool put_groups(sk_buff& s, const netlink_sock& nlk) {
  const size_t size = (nlk.ngroups + 63) / 64 * sizeof(u64);
  std::byte* p = nla_reserve(s, NETLINK_DIAG_GROUPS, size);
  if (!p) return false;
  std::memset(p, 0, size);
  std::memcpy(p, nlk.groups.data(), std::min(size, nlk.groups.size() * sizeof(u32)));
  return true;
}

bool fill(sk_buff& s, const netlink_callback& cb, netlink_sock& nlk, u32 show) {
  netlink_dump_deferred(nlk);
  nlmsghdr* h = nlmsg_put(s, cb.portid(), cb.nlmsg_seq(), SOCK_DIAG_BY_FAMILY,
                          sizeof(netlink_diag_msg), NLM_F_MULTI);
  if (!h) return false;
  auto& m = nlmsg_body<netlink_diag_msg>(h);
  m.ndiag_family = AF_NETLINK;
  m.ndiag_type = static_cast<u8>(nlk.type);
  m.ndiag_protocol = nlk.protocol;
  m.ndiag_state = nlk.connected ? 1 : 7;  // NETLINK_CONNECTED; what a sock begins with
  m.ndiag_portid = nlk.portid();
  m.ndiag_dst_portid = nlk.dst_portid;
  m.ndiag_dst_group = nlk.dst_group;
  m.ndiag_ino = static_cast<u32>(sock_i_ino(nlk));
  u32 cookie[2];
  sock_diag_save_cookie(nlk, cookie);
  std::copy_n(cookie, 2, m.ndiag_cookie);
  bool ok = true;
  if ((show & NDIAG_SHOW_GROUPS) && !nlk.groups.empty()) ok = put_groups(s, nlk);
  if (show & NDIAG_SHOW_MEMINFO) ok = ok && sock_diag_put_meminfo(s, nlk, NETLINK_DIAG_MEMINFO);
  if (show & NDIAG_SHOW_FLAGS) ok = ok && nla_put_u32(s, NETLINK_DIAG_FLAGS, flags_of(nlk));
  if (!ok) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

// The kernel's end of a protocol: nothing is ever queued on it.
bool fill_kernel(sk_buff& s, const netlink_callback& cb, int protocol, u32 show) {
  nlmsghdr* h = nlmsg_put(s, cb.portid(), cb.nlmsg_seq(), SOCK_DIAG_BY_FAMILY,
                          sizeof(netlink_diag_msg), NLM_F_MULTI);
  if (!h) return false;
  auto& m = nlmsg_body<netlink_diag_msg>(h);
  m.ndiag_family = AF_NETLINK;
  m.ndiag_type = SOCK_DGRAM;
  m.ndiag_state = 7;
  m.ndiag_protocol = static_cast<u8>(protocol);
  sock_meminfo mem;
  mem.vars[SK_MEMINFO_RCVBUF] = mem.vars[SK_MEMINFO_SNDBUF] = sk_mem_default;
  if (((show & NDIAG_SHOW_MEMINFO) && !nla_put_raw(s, NETLINK_DIAG_MEMINFO, mem.vars)) ||
      ((show & NDIAG_SHOW_FLAGS) && !nla_put_u32(s, NETLINK_DIAG_FLAGS, 0))) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

// Listeners are known twice, by port id and by being members of groups, and Linux shows them both times.
enum stage : u64 { kernel, ports, members };

// The cursor: the protocol, the stage, and in it the next port id or the place of the next member.
status dump_protocol(sk_buff& s, netlink_callback& cb, int protocol, u32 show) {
  auto& [of, stage, at, a3, a4, a5] = cb.args;
  if (stage == kernel) {
    const auto& e = cb.ns().w.netlink->protocols[static_cast<size_t>(protocol)];
    if (e.registered && e.cfg.rcv && !fill_kernel(s, cb, protocol, show)) return err(EMSGSIZE);
    stage = ports;
  }
  const netns_netlink::table* t = netlink_table_find(cb.ns(), protocol);
  if (!t) return {};
  if (stage == ports) {
    for (auto it = t->ports.lower_bound(static_cast<u32>(at)); it != t->ports.end(); ++it) {
      if (it->first < at) break;  // the last one was the highest id that there is
      at = it->first;
      if (!fill(s, cb, *it->second, show)) return err(EMSGSIZE);
      ++at;
    }
    stage = members;
    at = 0;
  }
  for (; at < t->members.size(); ++at)
    if (!fill(s, cb, *t->members[t->members.size() - 1 - at], show)) return err(EMSGSIZE);
  return {};
}

status netlink_diag_dump(sk_buff& s, netlink_callback& cb) {
  const auto& req = *nlmsg_header<netlink_diag_req>(*cb.nlh);
  const bool all = req.sdiag_protocol == NDIAG_PROTO_ALL;
  if (!all && req.sdiag_protocol >= MAX_LINKS) return err(ENOENT);
  const u64 end = all ? MAX_LINKS : 1;  // a dump of one protocol has but one step
  while (cb.args[0] < end) {
    const u64 protocol = all ? cb.args[0] : req.sdiag_protocol;
    if (status r = dump_protocol(s, cb, static_cast<int>(protocol), req.ndiag_show); !r) return r;
    cb.args = {cb.args[0] + 1};
  }
  return {};
}

status netlink_diag_handler(nl_request& rq) {
  if (!nlmsg_header<netlink_diag_req>(rq.nlh)) return err(EINVAL);
  if (!diag_wants_dump(rq)) return err(EOPNOTSUPP);
  return netlink_dump_start(rq, netlink_diag_dump);
}

status unix_diag_dump(sk_buff&, netlink_callback&) { return {}; }

status unix_diag_handler(nl_request& rq) {
  const auto* req = nlmsg_header<unix_diag_req>(rq.nlh);
  if (!req) return err(EINVAL);
  if (diag_wants_dump(rq)) return netlink_dump_start(rq, unix_diag_dump);
  return err(req->udiag_ino ? ENOENT : EINVAL);
}

}  // namespace

void netlink_diag_init(world& w) {
  sock_diag_register(w, AF_NETLINK, {.dump = netlink_diag_handler});
  sock_diag_register(w, AF_UNIX, {.dump = unix_diag_handler});
}

}  // namespace linnet
