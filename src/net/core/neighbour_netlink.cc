// Neighbour entries over netlink: RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH, and RTNLGRP_NEIGH's messages.
// Proxy entries (NTF_PROXY) are kept beside the others.
#include <algorithm>

#include "net/core/neighbour.hh"
#include "net/core/neighbour_netlink.hh"

namespace linnet {

namespace {

constexpr auto policy = [] {
  std::array<nla_policy, NDA_MAX + 1> p{};
  p[NDA_UNSPEC].strict_start_type = NDA_NH_ID;
  p[NDA_DST] = nla_of(NLA_BINARY, max_addr_len);
  p[NDA_LLADDR] = nla_of(NLA_BINARY, max_addr_len);
  p[NDA_CACHEINFO].len = sizeof(nda_cacheinfo);
  p[NDA_PROBES] = nla_of(NLA_U32);
  p[NDA_VLAN] = nla_of(NLA_U16);
  p[NDA_PORT] = nla_of(NLA_U16);
  p[NDA_VNI] = nla_of(NLA_U32);
  p[NDA_IFINDEX] = nla_of(NLA_U32);
  p[NDA_MASTER] = nla_of(NLA_U32);
  p[NDA_PROTOCOL] = nla_of(NLA_U8);
  p[NDA_NH_ID] = nla_of(NLA_U32);
  p[NDA_FLAGS_EXT] = nla_mask(NLA_U32, NTF_EXT_MANAGED);
  p[NDA_FDB_EXT_ATTRS] = nla_of(NLA_NESTED);
  return p;
}();
using nda_table = nla_table<NDA_MAX>;

struct fill_args {
  u32 portid = 0, seq = 0;
  int type = RTM_NEWNEIGH;
  int flags = 0;
  bool held = false;  // by who asks, or by the event that is told: Linux counts such references
};

bool put_cacheinfo(sk_buff& s, const neighbour& n, bool held) {
  const ktime now = n.tbl().ns.w.now();
  nda_cacheinfo ci{};
  ci.ndm_used = ktime_to_clock_t(now - n.used);
  ci.ndm_confirmed = ktime_to_clock_t(now - n.confirmed);
  ci.ndm_updated = ktime_to_clock_t(now - n.updated);
  ci.ndm_refcnt = held + n.pending();  // on Linux a pending timer holds one
  return nla_put_raw(s, NDA_CACHEINFO, ci);
}

bool fill_info(sk_buff& s, const neighbour& n, const fill_args& a) {
  nlmsghdr* h = nlmsg_put(s, a.portid, a.seq, a.type, sizeof(ndmsg), a.flags);
  if (!h) return false;
  auto& m = nlmsg_body<ndmsg>(h);
  m.ndm_family = static_cast<u8>(n.tbl().family);
  m.ndm_ifindex = n.dev->ifindex;
  m.ndm_state = n.nud_state;
  m.ndm_flags = n.flags;
  m.ndm_type = n.type;
  auto key = std::as_bytes(std::span(n.primary_key)).first(n.key_len);
  auto ha = std::as_bytes(std::span(n.ha)).first(n.dev->addr_len);
  bool ok = nla_put(s, NDA_DST, key) &&
            (!(n.nud_state & NUD_VALID_) || nla_put(s, NDA_LLADDR, ha)) &&
            nla_put_u32(s, NDA_PROBES, n.probes) && put_cacheinfo(s, n, a.held) &&
            (!n.protocol || nla_put_u8(s, NDA_PROTOCOL, n.protocol)) &&
            (!n.ext_flags || nla_put_u32(s, NDA_FLAGS_EXT, n.ext_flags));
  if (!ok) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

bool fill_proxy(sk_buff& s, const neigh_table& t, const_bytes key, int ifindex,
                const pneigh_entry& p, const fill_args& a) {
  nlmsghdr* h = nlmsg_put(s, a.portid, a.seq, a.type, sizeof(ndmsg), a.flags);
  if (!h) return false;
  auto& m = nlmsg_body<ndmsg>(h);
  m.ndm_family = static_cast<u8>(t.family);
  m.ndm_ifindex = ifindex;
  m.ndm_flags = p.flags | NTF_PROXY;
  m.ndm_type = RTN_UNICAST;
  bool ok = nla_put(s, NDA_DST, key) && (!p.protocol || nla_put_u8(s, NDA_PROTOCOL, p.protocol)) &&
            (!p.ext_flags || nla_put_u32(s, NDA_FLAGS_EXT, p.ext_flags));
  if (!ok) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

std::array<u8, 16> key_of(const neigh_table& t, const_bytes b) {
  std::array<u8, 16> k{};
  std::memcpy(k.data(), b.data(), t.key_len);
  return k;
}

// The device and table a request names; null device: none named.
struct place {
  net_device* dev = nullptr;
  neigh_table* tbl = nullptr;
};

status find_dev(const nl_request& rq, const ndmsg& m, place& p) {
  if (!m.ndm_ifindex) return {};
  p.dev = dev_get_by_index(rq.ns(), m.ndm_ifindex);
  return p.dev ? status{} : err(ENODEV);
}

status find_table(const nl_request& rq, const ndmsg& m, nla dst, place& p) {
  p.tbl = neigh_find_table(rq.ns(), m.ndm_family);
  if (!p.tbl) return err(EAFNOSUPPORT);
  if (dst.len() < p.tbl->key_len) return err(EINVAL, "Invalid network address");
  return {};
}

status add_proxy(const place& p, nla dst, u8 protocol, const ndmsg& m, u32 ext) {
  if (ext & NTF_EXT_MANAGED) return err(EINVAL, "Invalid NTF_* flag combination");
  pneigh_entry& e = pneigh_create(*p.tbl, dst.payload(), p.dev);
  e.flags = m.ndm_flags;
  e.ext_flags = ext;
  e.permanent = m.ndm_state & NUD_PERMANENT;
  if (protocol) e.protocol = protocol;
  return {};
}

u32 update_flags(const ndmsg& m, u32 ext) {
  u32 f = 0;
  if (m.ndm_flags & NTF_EXT_LEARNED) f |= NEIGH_UPDATE_F_EXT_LEARNED;
  if (m.ndm_flags & NTF_ROUTER) f |= NEIGH_UPDATE_F_ISROUTER;
  if (ext & NTF_EXT_MANAGED) f |= NEIGH_UPDATE_F_MANAGED;
  if (m.ndm_flags & NTF_USE) f |= NEIGH_UPDATE_F_USE;
  return f;
}

status neigh_add(nl_request& rq) {
  nda_table tb;
  if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(ndmsg), tb, policy); !s) return s;
  if (!tb[NDA_DST]) return err(EINVAL, "Network address not specified");
  const auto& m = *nlmsg_header<ndmsg>(rq.nlh);
  const u32 ext = tb[NDA_FLAGS_EXT] ? tb[NDA_FLAGS_EXT].get_u32() : 0;
  place p;
  if (status s = find_dev(rq, m, p); !s) return s;
  if (p.dev && tb[NDA_LLADDR] && tb[NDA_LLADDR].len() < p.dev->addr_len)
    return err(EINVAL, "Invalid link address");
  if (status s = find_table(rq, m, tb[NDA_DST], p); !s) return s;
  const u8 protocol = tb[NDA_PROTOCOL] ? tb[NDA_PROTOCOL].get_u8() : 0;
  if (m.ndm_flags & NTF_PROXY) return add_proxy(p, tb[NDA_DST], protocol, m, ext);
  if (!p.dev) return err(EINVAL, "Device not specified");

  u32 flags = NEIGH_UPDATE_F_ADMIN | NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_OVERRIDE_ISROUTER;
  neighbour* n = neigh_lookup(*p.tbl, tb[NDA_DST].payload(), *p.dev);
  if (!n) {
    if (!rq.flag(NLM_F_CREATE)) return err(ENOENT);
    if ((m.ndm_state & NUD_PERMANENT) && (ext & NTF_EXT_MANAGED))
      return err(EINVAL, "Invalid NTF_* flag for permanent entry");
    const bool exempt = (m.ndm_state & NUD_PERMANENT) || (m.ndm_flags & NTF_EXT_LEARNED);
    auto made = neigh_create(*p.tbl, tb[NDA_DST].payload().first(p.tbl->key_len), *p.dev, exempt,
                             m.ndm_flags & NTF_EXT_LEARNED, static_cast<u8>(ext & NTF_EXT_MANAGED));
    if (!made) return err(made.error().code);
    n = *made;
  } else {
    if (rq.flag(NLM_F_EXCL)) return err(EEXIST);
    if (!rq.flag(NLM_F_REPLACE))
      flags &= ~(NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_OVERRIDE_ISROUTER);
  }
  ref<neighbour> hold(n);
  if (protocol) n->protocol = protocol;
  const u8* lladdr =
      tb[NDA_LLADDR] ? reinterpret_cast<const u8*>(tb[NDA_LLADDR].payload().data()) : nullptr;
  const u32 more = update_flags(m, ext);
  status s = neigh_update(*n, lladdr, static_cast<u8>(m.ndm_state), flags | more, rq.portid());
  if (s && (more & (NEIGH_UPDATE_F_USE | NEIGH_UPDATE_F_MANAGED))) neigh_event_send(*n, skb_ptr());
  return s;
}

status neigh_delete(nl_request& rq) {
  const auto* m = nlmsg_header<ndmsg>(rq.nlh);
  if (!m) return err(EINVAL);
  nla dst;
  for (nla a : nla_range(nlmsg_attrs(rq.nlh, sizeof *m)))
    if (!dst && a.type() == NDA_DST) dst = a;
  if (!dst) return err(EINVAL, "Network address not specified");
  place p;
  if (status s = find_dev(rq, *m, p); !s) return s;
  if (status s = find_table(rq, *m, dst, p); !s) return s;
  if (m->ndm_flags & NTF_PROXY) {
    size_t gone = p.tbl->proxies.erase({key_of(*p.tbl, dst.payload()), m->ndm_ifindex});
    return gone ? status{} : err(ENOENT);
  }
  if (!p.dev) return err(EINVAL);
  neighbour* found = neigh_lookup(*p.tbl, dst.payload(), *p.dev);
  if (!found) return err(ENOENT);
  ref<neighbour> n(found);
  status s = neigh_update(*n, nullptr, NUD_FAILED, NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN,
                          rq.portid());
  if (!n->dead) neigh_remove(*n);
  return s;
}

status valid_get_req(const nl_request& rq, neigh_table*& tbl, nla& dst) {
  const auto* m = nlmsg_header<ndmsg>(rq.nlh);
  if (!m) return err(EINVAL, "Invalid header for neighbor get request");
  if (m->ndm_pad1 || m->ndm_pad2 || m->ndm_state || m->ndm_type)
    return err(EINVAL, "Invalid values in header for neighbor get request");
  if (m->ndm_flags & ~NTF_PROXY)
    return err(EINVAL, "Invalid flags in header for neighbor get request");
  nda_table tb;
  if (status s = nlmsg_parse_deprecated_strict(rq.nlh, sizeof *m, tb, policy); !s) return s;
  tbl = neigh_find_table(rq.ns(), m->ndm_family);
  if (!tbl) return err(EAFNOSUPPORT, "Unsupported family in header for neighbor get request");
  for (size_t i = 0; i < tb.size(); ++i) {
    if (!tb[i]) continue;
    if (i != NDA_DST) return err(EINVAL, "Unsupported attribute in neighbor get request");
    if (tb[i].len() != tbl->key_len)
      return err(EINVAL, "Invalid network address in neighbor get request");
    dst = tb[i];
  }
  return {};
}

status neigh_get(nl_request& rq) {
  neigh_table* tbl = nullptr;
  nla dst;
  if (status s = valid_get_req(rq, tbl, dst); !s) return s;
  const auto& m = *nlmsg_header<ndmsg>(rq.nlh);
  net_device* dev = nullptr;
  if (m.ndm_ifindex) {
    dev = dev_get_by_index(rq.ns(), m.ndm_ifindex);
    if (!dev) return err(ENODEV, "Unknown device ifindex");
  }
  if (!dst) return err(EINVAL, "Network address not specified");
  const fill_args a{.portid = rq.portid(), .seq = rq.seq(), .held = true};
  if (m.ndm_flags & NTF_PROXY) {
    auto it = tbl->proxies.find({key_of(*tbl, dst.payload()), m.ndm_ifindex});
    if (it == tbl->proxies.end()) return err(ENOENT, "Proxy neighbour entry not found");
    skb_ptr s = nlmsg_new(rq.ns().c, 256);
    fill_proxy(*s, *tbl, dst.payload(), m.ndm_ifindex, it->second, a);
    rq.reply(std::move(s));
    return {};
  }
  if (!dev) return err(EINVAL, "No device specified");
  neighbour* n = neigh_lookup(*tbl, dst.payload(), *dev);
  if (!n) return err(ENOENT, "Neighbour entry not found");
  skb_ptr s = nlmsg_new(rq.ns().c, 256);
  fill_info(*s, *n, a);
  rq.reply(std::move(s));
  return {};
}

struct dump_filter {
  u32 dev = 0, master = 0;
};

status valid_dump_req(const netlink_callback& cb, dump_filter& f) {
  nda_table tb;
  if (cb.strict_check) {
    const auto* m = nlmsg_header<ndmsg>(*cb.nlh);
    if (!m) return err(EINVAL, "Invalid header for neighbor dump request");
    if (m->ndm_pad1 || m->ndm_pad2 || m->ndm_ifindex || m->ndm_state || m->ndm_type)
      return err(EINVAL, "Invalid values in header for neighbor dump request");
    if (m->ndm_flags & ~NTF_PROXY)
      return err(EINVAL, "Invalid flags in header for neighbor dump request");
    if (status s = nlmsg_parse_deprecated_strict(*cb.nlh, sizeof *m, tb, policy); !s) return s;
  } else if (status s = nlmsg_parse_deprecated(*cb.nlh, sizeof(ndmsg), tb, policy); !s) {
    return s;
  }
  for (size_t i = 0; i < tb.size(); ++i) {
    if (!tb[i]) continue;
    if (i == NDA_IFINDEX)
      f.dev = tb[i].get_u32();
    else if (i == NDA_MASTER)
      f.master = tb[i].get_u32();
    else if (cb.strict_check)
      return err(EINVAL, "Unsupported attribute in neighbor dump request");
  }
  return {};
}

bool wanted(const net& ns, const dump_filter& f, int ifindex) {
  if (f.master) {
    const net_device* d = dev_get_by_index(ns, ifindex);
    if (!d || !d->master || d->master->ifindex != static_cast<int>(f.master)) return false;
  }
  return (!f.dev || f.dev == static_cast<u32>(ifindex));
}

// args[1] counts the entries that are done. Where to go on is remembered for the dump that was last continued; another
// has to count.
neighbour* resume(neigh_table& t, const netlink_callback& cb) {
  if (cb.args[1] && t.cursor.whose == &cb) return t.cursor.next;
  neighbour* n = t.first();
  for (u64 i = 0; n && i < cb.args[1]; ++i) n = t.after(*n);
  return n;
}

bool dump_entries(sk_buff& s, netlink_callback& cb, neigh_table& t, const dump_filter& f,
                  const fill_args& a) {
  neighbour* n = resume(t, cb);
  for (; n; n = t.after(*n), ++cb.args[1])
    if (wanted(cb.ns(), f, n->dev->ifindex) && !fill_info(s, *n, a)) break;
  t.cursor = {&cb, n};
  return !n;
}

bool dump_proxies(sk_buff& s, netlink_callback& cb, neigh_table& t, const dump_filter& f,
                  const fill_args& a) {
  u64 at = 0;
  for (const auto& [key, p] : t.proxies) {
    if (at++ < cb.args[1]) continue;
    auto k = std::as_bytes(std::span(key.first)).first(t.key_len);
    if (wanted(cb.ns(), f, key.second) && !fill_proxy(s, t, k, key.second, p, a)) return false;
    cb.args[1] = at;
  }
  return true;
}

status neigh_dump_info(sk_buff& s, netlink_callback& cb) {
  dump_filter f;
  if (status r = valid_dump_req(cb, f); !r) {
    if (cb.strict_check) return r;
    cb.warning = r.error().msg;  // said, but not insisted on
  }
  const auto family = static_cast<int>(*nlmsg_data(*cb.nlh));
  const auto* m = nlmsg_header<ndmsg>(*cb.nlh);
  const bool proxy = m && m->ndm_flags == NTF_PROXY;
  const fill_args a{.portid = cb.portid(),
                    .seq = cb.nlmsg_seq(),
                    .flags = NLM_F_MULTI | (f.dev || f.master ? NLM_F_DUMP_FILTERED : 0)};
  const auto& tables = cb.ns().neigh_tables;
  for (; cb.args[0] < tables.size(); ++cb.args[0], cb.args[1] = 0) {
    neigh_table& t = *tables[cb.args[0]];
    if (family && t.family != family) continue;
    if (!(proxy ? dump_proxies : dump_entries)(s, cb, t, f, a)) return err(EMSGSIZE);
  }
  return {};
}

void send_notify(neighbour& n, int type, int flags, u32 portid) {
  net& ns = *n.dev->nd_net;
  if (!rtnl_has_listeners(ns, RTNLGRP_NEIGH)) return;
  skb_ptr s = nlmsg_new(ns.c, 256);
  fill_info(*s, n, {.portid = portid, .type = type, .flags = flags, .held = type != RTM_DELNEIGH});
  rtnl_notify(ns, std::move(s), RTNLGRP_NEIGH);
}

}  // namespace

neigh_table* neigh_find_table(const net& n, int family) {
  auto it = std::ranges::find(n.neigh_tables, family, &neigh_table::family);
  return it == n.neigh_tables.end() ? nullptr : *it;
}

void neigh_notify(neighbour& n, int type, u32 portid) { send_notify(n, type, 0, portid); }
void neigh_app_ns(neighbour& n) { send_notify(n, RTM_GETNEIGH, NLM_F_REQUEST, 0); }

void neighbour_netlink_init(world& w) {
  rtnl_register(w, PF_UNSPEC, RTM_NEWNEIGH, neigh_add, nullptr);
  rtnl_register(w, PF_UNSPEC, RTM_DELNEIGH, neigh_delete, nullptr);
  rtnl_register(w, PF_UNSPEC, RTM_GETNEIGH, neigh_get, neigh_dump_info);
  neightbl_init(w);
}

}  // namespace linnet
