// The protocol itself: from a message to its family's handler, what all families' answers share, and the groups
// that hear of sockets' ends.
#include "net/netlink/sock_diag.hh"

#include <netinet/in.h>

#include <cstring>

#include "net/core/optmem.hh"

namespace linnet {
namespace {

// __sock_diag_cmd.
status sock_diag_cmd(nl_request& rq) {
  const auto* req = nlmsg_header<sock_diag_req>(rq.nlh);
  if (!req || req->sdiag_family >= AF_MAX) return err(EINVAL);
  const sock_diag_handler& h = rq.ns().w.sock_diag->handlers[req->sdiag_family];
  if (!h.dump) return err(ENOENT);
  if (rq.nlh.nlmsg_type == SOCK_DIAG_BY_FAMILY) return h.dump(rq);
  return h.destroy ? h.destroy(rq) : status(err(EOPNOTSUPP));
}

status sock_diag_rcv_msg(nl_request& rq) {
  switch (rq.nlh.nlmsg_type) {
    case TCPDIAG_GETSOCK:
    case DCCPDIAG_GETSOCK: {
      const netlink_rcv_func compat = rq.ns().w.sock_diag->inet_compat;
      return compat ? compat(rq) : status(err(EOPNOTSUPP));
    }
    case SOCK_DIAG_BY_FAMILY:
    case SOCK_DESTROY: return sock_diag_cmd(rq);
    default: return err(EINVAL);
  }
}

// sock_diag_destroy_group.
u32 destroy_group(const sock& sk) {
  if ((sk.family != AF_INET && sk.family != AF_INET6) || sk.type == SOCK_RAW) return SKNLGRP_NONE;
  const bool v6 = sk.family == AF_INET6;
  switch (sk.protocol) {
    case IPPROTO_TCP: return v6 ? SKNLGRP_INET6_TCP_DESTROY : SKNLGRP_INET_TCP_DESTROY;
    case IPPROTO_UDP: return v6 ? SKNLGRP_INET6_UDP_DESTROY : SKNLGRP_INET_UDP_DESTROY;
    default: return SKNLGRP_NONE;
  }
}

// sock_diag_broadcast_destroy.
void broadcast_destroy(sock& sk) {
  const u32 group = destroy_group(sk);
  if (group == SKNLGRP_NONE || !netlink_has_listeners(sk.ns, NETLINK_SOCK_DIAG, group)) return;
  const sock_diag_handler& h = sk.ns.w.sock_diag->handlers[sk.family];
  if (!h.get_info) return;
  skb_ptr s = nlmsg_new(sk.ns.c);
  if (!h.get_info(*s, sk)) return consume_skb(std::move(s));
  (void)netlink_broadcast(sk.ns, NETLINK_SOCK_DIAG, std::move(s), 0, group);
}

}  // namespace

void sock_diag_register(world& w, int family, const sock_diag_handler& h) {
  w.sock_diag->handlers[static_cast<size_t>(family)] = h;
}

void sock_diag_put_cookie(u64 cookie, u32 (&out)[2]) {
  out[0] = static_cast<u32>(cookie);
  out[1] = static_cast<u32>(cookie >> 32);
}

void sock_diag_save_cookie(sock& sk, u32 (&out)[2]) {
  sock_diag_put_cookie(sock_gen_cookie(sk), out);
}

status sock_diag_check_cookie(u64 cookie, const u32 (&wanted)[2]) {
  if (wanted[0] == INET_DIAG_NOCOOKIE && wanted[1] == INET_DIAG_NOCOOKIE) return {};
  u32 is[2];
  sock_diag_put_cookie(cookie, is);
  return is[0] == wanted[0] && is[1] == wanted[1] ? status() : status(err(ESTALE));
}

sock_meminfo sk_get_meminfo(const sock& sk) {
  sock_meminfo m;
  m.vars[SK_MEMINFO_RMEM_ALLOC] = static_cast<u32>(sk.rmem_alloc);
  m.vars[SK_MEMINFO_RCVBUF] = static_cast<u32>(sk.rcvbuf);
  m.vars[SK_MEMINFO_FWD_ALLOC] = static_cast<u32>(sk.forward_alloc());
  m.vars[SK_MEMINFO_WMEM_ALLOC] = static_cast<u32>(sk.wmem_alloc);
  m.vars[SK_MEMINFO_SNDBUF] = static_cast<u32>(sk.sndbuf);
  m.vars[SK_MEMINFO_WMEM_QUEUED] = static_cast<u32>(sk.queued_wmem());
  m.vars[SK_MEMINFO_OPTMEM] = sk_filter_omem(sk);
  m.vars[SK_MEMINFO_DROPS] = sk.drops;
  return m;
}

bool sock_diag_put_meminfo(sk_buff& s, const sock& sk, int type) {
  return nla_put_raw(s, type, sk_get_meminfo(sk).vars);
}

status sock_diag_destroy(const cred& who, sock& sk, int error) {
  if (!who.net_admin) return err(EPERM);
  return sk.diag_destroy(error);
}

void sock_diag_init(world& w) {
  w.sock_diag = {new sock_diag_registry, [](sock_diag_registry* r) { delete r; }};
  w.sock_ends = broadcast_destroy;
  netlink_register(w, NETLINK_SOCK_DIAG,
                   {.rcv = sock_diag_rcv_msg, .groups = SKNLGRP_MAX, .nonroot_recv = true});
  netlink_diag_init(w);
}

}  // namespace linnet
