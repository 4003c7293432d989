// Sending to the kernel, to other sockets and to groups; receiving; and the dump that goes on as the reader
// drains his queue.
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "net/core/cmsg.hh"
#include "net/core/filter.hh"
#include "net/netlink/af_netlink.hh"

namespace linnet {

namespace {

void queue(netlink_sock& to, skb_ptr s) {  // __netlink_sendskb
  if (unlikely(!sk_filter_trim_cap(to, *s, 1)))
    return kfree_skb_reason(std::move(s), skb_drop_reason::SOCKET_FILTER);
  skb_set_owner_r(*s, to);
  to.receive_queue.enqueue(std::move(s));
  sk_data_ready(to);
}

// The next packet of the socket's dump (netlink_dump).
status dump_next(netlink_sock& nlk) {
  if (nlk.rmem_alloc >= nlk.rcvbuf) return err(ENOBUFS);
  bool finished = false;
  skb_ptr s = netlink_dump_page(*nlk.cb, nlk.max_recvmsg_len, finished);
  NETLINK_CB(*s) = {};
  if (finished) nlk.cb.reset();
  queue(nlk, std::move(s));
  return {};
}

// To the socket with that port id (netlink_unicast). Frees the packet in any case.
status unicast(netlink_sock& from, skb_ptr s, u32 portid) {
  const auto* t = netlink_table_find(from.ns, from.protocol);
  auto it = t ? t->ports.find(portid) : decltype(t->ports.end()){};
  netlink_sock* to = t && it != t->ports.end() ? it->second : nullptr;
  if (to) netlink_dump_deferred(*to);
  if (!to || (to->connected && to->dst_portid != from.portid())) {
    kfree_skb_reason(std::move(s), skb_drop_reason::NO_SOCKET);
    return err(ECONNREFUSED);
  }
  if (to->rmem_alloc > to->rcvbuf || to->congested) {
    kfree_skb_reason(std::move(s), skb_drop_reason::SOCKET_RCVBUFF);
    return err(EAGAIN);
  }
  queue(*to, std::move(s));
  return {};
}

struct destination {
  u32 portid = 0, group = 0;
};

result<destination> where_to(const netlink_sock& nlk, const_bytes name) {
  if (name.empty()) return destination{nlk.dst_portid, nlk.dst_group};
  sockaddr_nl a{};
  if (name.size() < sizeof a) return err(EINVAL);
  std::memcpy(&a, name.data(), sizeof a);
  if (a.nl_family != AF_NETLINK) return err(EINVAL);
  destination d{a.nl_pid, a.nl_groups ? static_cast<u32>(std::countr_zero(a.nl_groups)) + 1 : 0};
  if ((d.portid || d.group) && !netlink_allowed(nlk, &netlink_protocol::nonroot_send))
    return err(EPERM);
  return d;
}

// Control messages: a sender may only say who it is (__scm_send).
status scm_send(const_bytes control) {
  cmsg_walk walk(control);
  while (const auto m = walk.next()) {
    if (m->level != SOL_SOCKET) continue;
    constexpr size_t ucred_size = 3 * sizeof(u32);
    if (m->type != SCM_CREDENTIALS || m->data.size() != ucred_size) return err(EINVAL);
  }
  return walk.malformed() ? status(err(EINVAL)) : status();
}

}  // namespace

// Linux makes a dump's next page within the recvmsg that made room for it. Here its reader has the answer first,
// and may use it while the page is made; only nobody must see the queue without it.
void netlink_dump_deferred(netlink_sock& nlk) {
  if (!std::exchange(nlk.dump_due, false)) return;
  if (status r = dump_next(nlk); !r) {
    nlk.sk_err = r.error().code;
    sk_error_report(nlk);
  }
  if (nlk.receive_queue.empty()) nlk.congested = false;
}

void netlink_sock::requester::deliver(skb_ptr s) {
  NETLINK_CB(*s) = {};
  if (nlk.rmem_alloc > nlk.rcvbuf || nlk.congested) {
    netlink_overrun(nlk);
    return kfree_skb_reason(std::move(s), skb_drop_reason::SOCKET_RCVBUFF);
  }
  queue(nlk, std::move(s));
}

status netlink_sock::requester::start_dump(std::unique_ptr<netlink_callback> cb) {
  if (nlk.cb) return linnet::err(EBUSY);
  nlk.cb = std::move(cb);
  return dump_next(nlk);
}

result<size_t> netlink_sendmsg(socket& s, const msg_out& m, int flags) {
  netlink_sock& nlk = nlk_sk(s);
  netlink_dump_deferred(nlk);
  if (flags & MSG_OOB) return err(EOPNOTSUPP);
  if (m.data.empty()) return err(ENODATA);
  if (status ok = scm_send(m.control); !ok) return std::unexpected(ok.error());
  auto to = where_to(nlk, m.name);
  if (!to) return std::unexpected(to.error());
  if (status r = netlink_autobind(nlk); !r) return std::unexpected(r.error());
  if (m.data.size() + 32 > static_cast<size_t>(std::max(nlk.sndbuf, 32))) return err(EMSGSIZE);
  if (m.unreadable()) return err(EFAULT);

  if (to->portid || to->group) {
    skb_ptr k = nlmsg_new(nlk.ns.c, static_cast<u32>(m.data.size()));
    skb_put_data(*k, m.data);
    NETLINK_CB(*k) = {nlk.portid(),   to->group,     0, 0, nlk.rq.who.pid,
                      nlk.rq.who.uid, nlk.rq.who.gid};
    if (to->group)
      (void)netlink_broadcast(nlk.ns, nlk.protocol, skb_clone(*k), to->portid, to->group);
    if (!to->portid) {
      consume_skb(std::move(k));
    } else {
      if (status r = unicast(nlk, std::move(k), to->portid); !r) return std::unexpected(r.error());
      return m.data.size();
    }
  }
  const auto& cfg = nlk.ns.w.netlink->protocols[nlk.protocol].cfg;
  if (!cfg.rcv) return err(ECONNREFUSED);
  netlink_rcv_skb(nlk.rq, m.data, cfg.rcv);
  return m.data.size();
}

result<size_t> netlink_recvmsg(socket& s, msg_in& m, int flags) {
  netlink_sock& nlk = nlk_sk(s);
  netlink_dump_deferred(nlk);
  if (flags & MSG_OOB) return err(EOPNOTSUPP);
  int code = 0;
  skb_ptr p = skb_recv_datagram(nlk, flags, code);
  if (!p) {
    if (nlk.receive_queue.empty()) nlk.congested = false;
    return err(code ? code : EAGAIN);
  }
  nlk.max_recvmsg_len = std::max(
      nlk.max_recvmsg_len, static_cast<u32>(std::min<size_t>(m.data.size(), netlink_dump_max)));
  const netlink_skb_parms cb = NETLINK_CB(*p);
  size_t len = p->len(), copied = std::min(len, m.data.size());
  if (copied) std::memcpy(m.data.data(), p->data, copied);
  if (copied < len) m.flags |= MSG_TRUNC;

  sockaddr_nl a{};
  a.nl_family = AF_NETLINK;
  a.nl_pid = cb.portid;
  a.nl_groups = cb.dst_group && cb.dst_group <= 32 ? 1u << (cb.dst_group - 1) : 0;
  std::memcpy(&m.name, &a, sizeof a);
  m.namelen = sizeof a;
  auto cmsg = [&](int level, int type, const auto& v) {
    put_cmsg(m.control, level, type, std::as_bytes(std::span(&v, 1)));
  };
  if (nlk.recv_pktinfo) cmsg(SOL_NETLINK, NETLINK_PKTINFO, nl_pktinfo{cb.dst_group});
  if (nlk.listen_all_nsid && cb.nsid_is_set) cmsg(SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, cb.nsid);
  if (nlk.passcred) cmsg(SOL_SOCKET, SCM_CREDENTIALS, std::array<u32, 3>{cb.pid, cb.uid, cb.gid});
  consume_skb(std::move(p));

  nlk.dump_due = nlk.cb && nlk.rmem_alloc <= nlk.rcvbuf / 2;
  if (nlk.receive_queue.empty() && !nlk.dump_due) nlk.congested = false;
  return flags & MSG_TRUNC ? len : copied;
}

}  // namespace linnet
