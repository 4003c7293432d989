// The handlers of AF_NETLINK (struct netlink_diag_req) and of AF_UNIX. Netlink sockets go by protocol and port id, the
// kernel's own first, as port 0; those that have no port id yet are not found. Sockets of AF_UNIX are the host kernel's own, so a world has none to show.
#include <linux/netlink_diag.h>
#include <linux/unix_diag.h>

#include <algorithm>

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

bool fill(sk_buff& s, const netlink_callback& cb, netlink_sock& nlk, u32 show) {
  nlmsghdr* h = nlmsg_put(s, cb.portid(), cb.nlmsg_seq(), SOCK_DIAG_BY_FAMILY,
                          sizeof(netlink_diag_msg), NLM_F_MULTI);
  if (!h) return false;
  auto& m = nlmsg_body<netlink_diag_msg>(h);
  m.ndiag_family = AF_NETLINK;
  m.ndiag_type = static_cast<u8>(nlk.type);
  m.ndiag_protocol = nlk.protocol;
  m.ndiag_state = nlk.connected ? 1 : 0;  // NETLINK_CONNECTED, NETLINK_UNCONNECTED
  m.ndiag_portid = nlk.portid();
  m.ndiag_dst_portid = nlk.dst_portid;
  m.ndiag_dst_group = nlk.dst_group;
  m.ndiag_ino = static_cast<u32>(sock_i_ino(nlk));
  u32 cookie[2];
  sock_diag_save_cookie(nlk, cookie);
  std::copy_n(cookie, 2, m.ndiag_cookie);
  bool ok = true;
  if ((show & NDIAG_SHOW_GROUPS) && !nlk.groups.empty())
    ok = nla_put(s, NETLINK_DIAG_GROUPS, std::as_bytes(std::span(nlk.groups)));
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

// The cursor: the protocol, and the port id from which to go on.
status dump_protocol(sk_buff& s, netlink_callback& cb, int protocol, u32 show) {
  if (cb.args[1] == 0) {
    const auto& e = cb.ns().w.netlink->protocols[static_cast<size_t>(protocol)];
    if (e.registered && e.cfg.rcv && !fill_kernel(s, cb, protocol, show)) return err(EMSGSIZE);
    cb.args[1] = 1;
  }
  const netns_netlink::table* t = netlink_table_find(cb.ns(), protocol);
  if (!t) return {};
  for (auto it = t->ports.lower_bound(static_cast<u32>(cb.args[1])); it != t->ports.end(); ++it) {
    cb.args[1] = it->first;
    if (!fill(s, cb, *it->second, show)) return err(EMSGSIZE);
    cb.args[1] = u64{it->first} + 1;
    if (it->first == UINT32_MAX) break;
  }
  return {};
}

status netlink_diag_dump(sk_buff& s, netlink_callback& cb) {
  const auto& req = *nlmsg_header<netlink_diag_req>(*cb.nlh);
  const bool all = req.sdiag_protocol == NDIAG_PROTO_ALL;
  if (!all && req.sdiag_protocol >= MAX_LINKS) return err(ENOENT);
  const u64 from = all ? 0 : req.sdiag_protocol, end = all ? MAX_LINKS : from + 1;
  for (u64 p = std::max(from, cb.args[0]); p < end; ++p) {
    if (p != cb.args[0]) cb.args[1] = 0;
    cb.args[0] = p;
    if (cb.args[1] > UINT32_MAX) continue;
    if (status r = dump_protocol(s, cb, static_cast<int>(p), req.ndiag_show); !r) return r;
    cb.args[1] = u64{UINT32_MAX} + 1;
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
