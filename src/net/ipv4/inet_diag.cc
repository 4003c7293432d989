// Requests, and the message of a socket. A request's attributes are sorted out each time that a page of its dump is
// made; what is wrong with them is said before the first.
#include "net/ipv4/inet_diag.hh"

#include <algorithm>
#include <cstring>

namespace linnet {
namespace {

// A world is one control group, the root of all (cgroup_id of it on Linux).
constexpr u64 root_cgroup_id = 1;

// Programs of BPF keep no storage in sockets here, so there is no map that a request could name
// (bpf_sk_storage_diag_alloc).
status check_bpf_storages(nla asked) {
  if (!asked) return {};
  for (nla a : nla_range(asked.payload())) {
    if (a.type() != SK_DIAG_BPF_STORAGE_REQ_MAP_FD) continue;
    return err(a.len() == sizeof(u32) ? EBADF : EINVAL);
  }
  return {};
}

struct parsed {
  inet_diag_request request;
  nla bytecode, storages;
};

// Attributes are taken as they come, the last of a type counts (inet_diag_parse_attrs).
result<parsed> parse_attrs(const nl_requester& from, const nlmsghdr& h, size_t header,
                           const inet_diag_req_v2& req) {
  parsed p;
  p.request.req = req;
  p.request.protocol = req.sdiag_protocol;
  p.request.net_admin = from.who.net_admin;
  for (nla a : nla_range(nlmsg_attrs(h, header))) {
    switch (a.type()) {
      case INET_DIAG_REQ_PROTOCOL:
        if (a.len() != sizeof(u32)) return err(EINVAL);
        p.request.protocol = a.get_s32();
        break;
      case INET_DIAG_REQ_BYTECODE:
        p.bytecode = a;
        p.request.bytecode = a.payload();
        break;
      case INET_DIAG_REQ_SK_BPF_STORAGES: p.storages = a; break;
      default: break;
    }
  }
  return p;
}

// The old form of a request asks for any family, and names its protocol by its type.
inet_diag_req_v2 of_compat(const inet_diag_req& old, u16 type, u8 family) {
  inet_diag_req_v2 req{};
  req.sdiag_family = family;
  req.sdiag_protocol = type == TCPDIAG_GETSOCK ? IPPROTO_TCP : IPPROTO_DCCP;
  req.idiag_ext = old.idiag_ext;
  req.idiag_states = old.idiag_states;
  req.id = old.id;
  return req;
}

result<parsed> parse(const nl_requester& from, const nlmsghdr& h, bool dump) {
  if (h.nlmsg_type == SOCK_DIAG_BY_FAMILY || h.nlmsg_type == SOCK_DESTROY) {
    const auto* req = nlmsg_header<inet_diag_req_v2>(h);
    if (!req) return err(EINVAL);
    return parse_attrs(from, h, sizeof *req, *req);
  }
  const auto* req = nlmsg_header<inet_diag_req>(h);
  if (!req) return err(EINVAL);
  return parse_attrs(from, h, sizeof *req,
                     of_compat(*req, h.nlmsg_type, dump ? u8{AF_UNSPEC} : req->idiag_family));
}

status inet_diag_dump(sk_buff& s, netlink_callback& cb) {
  const auto p = parse(*cb.from, *cb.nlh, true);
  if (!p) return std::unexpected(p.error());
  const inet_diag_handler* h = inet_diag_handler_of(p->request.protocol);
  return h ? h->dump(s, cb, p->request) : status(err(ENOENT));
}

// The part before a dump (inet_diag_dump_start).
status dump_start(nl_request& rq, const parsed& p) {
  if (p.bytecode)
    if (status ok = inet_diag_bc_audit(p.request.bytecode, p.request.net_admin); !ok) return ok;
  if (status ok = check_bpf_storages(p.storages); !ok) return ok;
  return netlink_dump_start(rq, inet_diag_dump);
}

// inet_diag_cmd_exact.
status one(nl_request& rq, const inet_diag_request& r) {
  const inet_diag_handler* h = inet_diag_handler_of(r.protocol);
  if (!h) return err(ENOENT);
  if (rq.nlh.nlmsg_type == SOCK_DESTROY)
    return h->destroy ? h->destroy(rq.ns(), rq.from.who, r) : status(err(EOPNOTSUPP));
  skb_ptr s = nlmsg_new(rq.ns().c, netlink_dump_max);  // a socket may have many keys
  status ok = h->dump_one(rq.ns(), {*s, rq.portid(), rq.seq(), rq.nlh.nlmsg_type, 0}, r);
  if (!ok) {
    consume_skb(std::move(s));
    return ok;
  }
  rq.reply(std::move(s));
  return {};
}

status inet_diag_dump_handler(nl_request& rq) {
  const bool dump = diag_wants_dump(rq);
  const auto p = parse(rq.from, rq.nlh, dump);
  if (!p) return std::unexpected(p.error());
  return dump ? dump_start(rq, *p) : one(rq, p->request);
}

status inet_diag_destroy_handler(nl_request& rq) {
  const auto p = parse(rq.from, rq.nlh, false);
  if (!p) return std::unexpected(p.error());
  return one(rq, p->request);
}

// inet_diag_msg_common_fill.
void fill_id(inet_diag_msg& m, inet_sock& sk) {
  m.idiag_family = static_cast<u8>(sk.family);
  m.idiag_state = sk.state;
  m.id.idiag_sport = htons(sk.inet_num);
  m.id.idiag_dport = htons(sk.inet_dport);
  m.id.idiag_src[0] = sk.inet_rcv_saddr.raw();
  m.id.idiag_dst[0] = sk.inet_daddr.raw();
  m.id.idiag_if = static_cast<u32>(sk.bound_dev_if);
  sock_diag_save_cookie(sk, m.id.idiag_cookie);
}

inet_diag_sockopt options_of(const inet_sock& sk) {
  inet_diag_sockopt o{};
  o.recverr = sk.recverr;
  o.is_icsk = sk.type == SOCK_STREAM;
  o.freebind = sk.freebind;
  o.hdrincl = sk.hdrincl;
  o.mc_loop = sk.mc_loop;
  o.transparent = sk.transparent;
  o.mc_all = sk.mc_all;
  o.nodefrag = sk.nodefrag;
  o.bind_address_no_port = sk.bind_address_no_port;
  o.recverr_rfc4884 = sk.recverr_rfc4884;
  return o;
}

// inet_diag_msg_attrs_fill.
bool put_attrs(sk_buff& s, const inet_sock& sk, u8 ext, bool net_admin) {
  if (!nla_put_u8(s, INET_DIAG_SHUTDOWN, sk.shutdown)) return false;
  if (inet_diag_ext(ext, INET_DIAG_TOS) && !nla_put_u8(s, INET_DIAG_TOS, sk.tos)) return false;
  if (net_admin && !nla_put_u32(s, INET_DIAG_MARK, sk.mark)) return false;
  // A class that no control group gives is told by the priority; INET_DIAG_CLASS_ID has no bit of its own.
  if (inet_diag_ext(ext, INET_DIAG_TCLASS) && !nla_put_u32(s, INET_DIAG_CLASS_ID, sk.priority))
    return false;
  return nla_put_u64(s, INET_DIAG_CGROUP_ID, root_cgroup_id) &&
         nla_put_raw(s, INET_DIAG_SOCKOPT, options_of(sk));
}

bool put_memory(sk_buff& s, const inet_sock& sk, u8 ext) {
  if (inet_diag_ext(ext, INET_DIAG_MEMINFO)) {
    inet_diag_meminfo m{};
    m.idiag_rmem = static_cast<u32>(sk.rmem_alloc);
    m.idiag_wmem = static_cast<u32>(sk.queued_wmem());
    m.idiag_fmem = static_cast<u32>(sk.forward_alloc());
    m.idiag_tmem = static_cast<u32>(sk.wmem_alloc);
    if (!nla_put_raw(s, INET_DIAG_MEMINFO, m)) return false;
  }
  return !inet_diag_ext(ext, INET_DIAG_SKMEMINFO) ||
         sock_diag_put_meminfo(s, sk, INET_DIAG_SKMEMINFO);
}

bool put_socket(const inet_diag_answer& to, inet_sock& sk, const inet_diag_request& r,
                const inet_diag_handler& h, inet_diag_msg& m) {
  const u8 ext = r.req.idiag_ext;
  fill_id(m, sk);
  m.idiag_uid = sock_i_uid(sk);
  m.idiag_inode = static_cast<u32>(sock_i_ino(sk));
  if (!put_attrs(to.skb, sk, ext, r.net_admin) || !put_memory(to.skb, sk, ext)) return false;
  // The protocol that was asked for when the socket was made may be any.
  if (sk.type == SOCK_RAW && !nla_put_u8(to.skb, INET_DIAG_PROTOCOL, sk.protocol)) return false;
  if (h.put_connection) return h.put_connection(to.skb, sk, m, r);
  h.get_info(sk, m, nullptr);
  return true;
}

// What those hear who listen to the ends of sockets (inet_diag_handler_get_info).
bool get_info_of_destroyed(sk_buff& s, sock& any) {
  auto& sk = static_cast<inet_sock&>(any);
  const inet_diag_handler* handler = inet_diag_handler_of(sk.protocol);
  nlmsghdr* h = nlmsg_put(s, 0, 0, SOCK_DIAG_BY_FAMILY, sizeof(inet_diag_msg), 0);
  if (!h || !handler) return false;
  auto& m = nlmsg_body<inet_diag_msg>(h);
  fill_id(m, sk);
  m.id.idiag_sport = htons(sk.inet_sport);
  if (!nla_put_u8(s, INET_DIAG_PROTOCOL, sk.protocol)) return false;
  std::byte* info =
      handler->info_size ? nla_reserve(s, INET_DIAG_INFO, handler->info_size) : nullptr;
  handler->get_info(sk, m, info);
  nlmsg_end(s, h);
  return true;
}

}  // namespace

bool inet_diag_request::wants(const inet_diag_entry& e) const {
  if (req.sdiag_family != AF_UNSPEC && req.sdiag_family != e.family) return false;
  if (sport() && sport() != e.sport) return false;
  if (dport() && dport() != e.dport) return false;
  return inet_diag_bc_run(bytecode, e);
}

inet_diag_entry inet_diag_entry_of(const inet_sock& sk) {
  return {.saddr = sk.inet_rcv_saddr,
          .daddr = sk.inet_daddr,
          .sport = sk.inet_num,
          .dport = sk.inet_dport,
          .ifindex = static_cast<u32>(sk.bound_dev_if),
          .bindport_lock = (sk.userlocks & SOCK_BINDPORT_LOCK) != 0,
          .mark = sk.mark,
          .cgroup_id = root_cgroup_id};
}

bool inet_sk_diag_fill(const inet_diag_answer& to, inet_sock& sk, const inet_diag_request& r,
                       const inet_diag_handler& handler) {
  nlmsghdr* h = nlmsg_put(to.skb, to.portid, to.seq, to.type, sizeof(inet_diag_msg), to.flags);
  if (!h) return false;
  if (!put_socket(to, sk, r, handler, nlmsg_body<inet_diag_msg>(h))) {
    nlmsg_cancel(to.skb, h);
    return false;
  }
  nlmsg_end(to.skb, h);
  return true;
}

status inet_diag_dump_sorted(sk_buff& s, netlink_callback& cb, const inet_diag_request& r,
                             const inet_diag_handler& h, std::span<inet_sock* const> sorted,
                             bool any_state) {
  u64 place = 0, number = 0;
  for (inet_sock* sk : sorted) {
    place = sk->inet_num == number ? place + 1 : 1;
    number = sk->inet_num;
    if (std::pair(number, place) <= std::pair(cb.args[0], cb.args[1])) continue;
    const bool in_state = any_state || (r.req.idiag_states >> sk->state & 1);
    if (in_state && r.wants(inet_diag_entry_of(*sk)) &&
        !inet_sk_diag_fill(inet_diag_answer_to(s, cb), *sk, r, h))
      return err(EMSGSIZE);
    cb.args[0] = number;
    cb.args[1] = place;
  }
  return {};
}

const inet_diag_handler* inet_diag_handler_of(int protocol) {
  switch (protocol) {
    case IPPROTO_TCP: return &tcp_diag_handler;
    case IPPROTO_UDP: return &udp_diag_handler;
    case IPPROTO_UDPLITE: return &udplite_diag_handler;
    case IPPROTO_RAW: return &raw_diag_handler;
    default: return nullptr;
  }
}

void inet_diag_init(world& w) {
  const sock_diag_handler h = {.dump = inet_diag_dump_handler,
                               .destroy = inet_diag_destroy_handler,
                               .get_info = get_info_of_destroyed};
  sock_diag_register(w, AF_INET, h);
  sock_diag_register(w, AF_INET6, h);  // asks for sockets that there are none of
  w.sock_diag->inet_compat = inet_diag_dump_handler;
}

}  // namespace linnet
