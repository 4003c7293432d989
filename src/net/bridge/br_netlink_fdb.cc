// The forwarding table over netlink (`bridge fdb`): RTM_NEWNEIGH, RTM_DELNEIGH and RTM_GETNEIGH of family AF_BRIDGE,
// and RTNLGRP_NEIGH's messages. A request goes to the master's table (NTF_MASTER), to the device's own filter
// of addresses (NTF_SELF), or to both.
#include <algorithm>

#include "net/bridge/br_private.hh"
#include "net/core/neighbour.hh"

namespace linnet {
namespace {

using nda_table = nla_table<NDA_MAX>;

// fdb_to_nud.
u16 state_of(const net_bridge& br, const net_bridge_fdb_entry& e) {
  if (e.is_local) return NUD_PERMANENT;
  if (e.is_static) return NUD_NOARP;
  const bool expired = !e.ext_learn && e.updated + br.ageing_time <= br.nd_net->w.now();
  return expired ? NUD_STALE : NUD_REACHABLE;
}

struct fill_args {
  int type = RTM_NEWNEIGH;
  u32 portid = 0, seq = 0;
  int flags = 0;
};

bool fdb_fill_info(sk_buff& s, const net_bridge& br, const net_bridge_fdb_entry& e,
                   const fill_args& a) {
  nlmsghdr* h = nlmsg_put(s, a.portid, a.seq, a.type, sizeof(ndmsg), a.flags);
  if (!h) return false;
  auto& m = nlmsg_body<ndmsg>(h);
  m.ndm_family = AF_BRIDGE;
  m.ndm_ifindex = e.dst ? e.dst->dev->ifindex : br.ifindex;
  m.ndm_state = state_of(br, e);
  m.ndm_flags = static_cast<u8>((e.ext_learn ? NTF_EXT_LEARNED : 0) | (e.sticky ? NTF_STICKY : 0));
  const ktime now = br.nd_net->w.now();
  nda_cacheinfo ci{};
  ci.ndm_used = static_cast<u32>((now - e.used) / (10 * ns_per_ms));
  ci.ndm_updated = static_cast<u32>((now - e.updated) / (10 * ns_per_ms));
  const bool ok = nla_put_raw(s, NDA_LLADDR, e.addr) &&
                  nla_put_u32(s, NDA_MASTER, static_cast<u32>(br.ifindex)) &&
                  nla_put_raw(s, NDA_CACHEINFO, ci) && (!e.vid || nla_put_u16(s, NDA_VLAN, e.vid));
  if (!ok) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

// An address of a device's own (nlmsg_populate_fdb_fill).
bool fill_self(sk_buff& s, const net_device& d, const u8* addr, u16 state, const fill_args& a) {
  nlmsghdr* h = nlmsg_put(s, a.portid, a.seq, a.type, sizeof(ndmsg), a.flags);
  if (!h) return false;
  auto& m = nlmsg_body<ndmsg>(h);
  m.ndm_family = AF_BRIDGE;
  m.ndm_ifindex = d.ifindex;
  m.ndm_flags = NTF_SELF;
  m.ndm_state = state;
  if (!nla_put(s, NDA_LLADDR, std::as_bytes(std::span(addr, ETH_ALEN)))) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

void notify_self(const net_device& d, const u8* addr, u16 state, int type) {
  net& n = *d.nd_net;
  if (!rtnl_has_listeners(n, RTNLGRP_NEIGH)) return;
  skb_ptr s = nlmsg_new(n.c, 128);
  fill_self(*s, d, addr, state, {.type = type});
  rtnl_notify(n, std::move(s), RTNLGRP_NEIGH);
}

// What a request is about.
struct fdb_request {
  const ndmsg* m = nullptr;
  net_device* dev = nullptr;
  const u8* addr = nullptr;
  u16 vid = 0;
  bool master = false, self = false;

  net_bridge* br() const {
    if (dev->br_port) return dev->br_port->br;
    return is_bridge(*dev) ? &of_bridge(*dev) : nullptr;
  }
};

result<fdb_request> parse(const nl_request& rq, const char* not_ethernet) {
  fdb_request f;
  nda_table tb;
  if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(ndmsg), tb, {}); !s)
    return std::unexpected(s.error());
  f.m = nlmsg_header<ndmsg>(rq.nlh);
  if (!f.m->ndm_ifindex) return err(EINVAL, "invalid ifindex");
  f.dev = dev_get_by_index(rq.ns(), f.m->ndm_ifindex);
  if (!f.dev) return err(ENODEV, "unknown ifindex");
  if (!tb[NDA_LLADDR] || tb[NDA_LLADDR].len() != ETH_ALEN) return err(EINVAL, "invalid address");
  if (f.dev->type != ARPHRD_ETHER) return err(EINVAL, not_ethernet);
  f.addr = reinterpret_cast<const u8*>(tb[NDA_LLADDR].payload().data());
  if (nla v = tb[NDA_VLAN]) {
    if (v.len() != sizeof(u16)) return err(EINVAL, "invalid vlan attribute size");
    f.vid = v.get_u16();
    if (!f.vid || f.vid >= 4095) return err(EINVAL, "invalid vlan id");
  }
  f.master = (!f.m->ndm_flags || f.m->ndm_flags & NTF_MASTER) && f.dev->br_port;
  f.self = f.m->ndm_flags & NTF_SELF;
  return f;
}

// fdb_add_entry.
status add_entry(net_bridge& br, net_bridge_port* p, const fdb_request& f, u16 vid, int nlflags) {
  const u16 state = f.m->ndm_state;
  const bool sticky = f.m->ndm_flags & NTF_STICKY;
  const bool learns = p && (p->state == BR_STATE_LEARNING || p->state == BR_STATE_FORWARDING);
  if (p && !(state & (NUD_PERMANENT | NUD_NOARP)) && !learns) return err(EPERM);
  if (!p && !(state & NUD_PERMANENT)) return err(EINVAL);
  if (sticky && (state & NUD_PERMANENT)) return err(EINVAL);
  net_bridge_fdb_entry* e = br_fdb_find(br, f.addr, vid);
  bool modified = !e;
  if (!e) {
    if (!(nlflags & NLM_F_CREATE)) return err(ENOENT);
    e = &br.fdb.insert(f.addr, vid);
    e->dst = p;
  } else {
    if (nlflags & NLM_F_EXCL) return err(EEXIST);
    modified = std::exchange(e->dst, p) != p;
  }
  const ktime now = br.nd_net->w.now();
  if (modified) e->updated = now;
  if (state_of(br, *e) != state) {
    e->is_local = state & NUD_PERMANENT;
    e->is_static = state & (NUD_PERMANENT | NUD_NOARP);
    modified = true;
  }
  modified |= std::exchange(e->sticky, sticky) != sticky;
  e->by_user = true;
  e->used = now;
  if (!modified) return {};
  e->updated = now;
  fdb_notify(br, *e, RTM_NEWNEIGH);
  br_fdb_rearm(br);
  return {};
}

// br_fdb_external_learn_add.
status add_external(net_bridge& br, net_bridge_port* p, const fdb_request& f, u16 vid) {
  if (!p && !(f.m->ndm_state & NUD_PERMANENT))
    return err(EINVAL, "bridge: FDB entry towards bridge must be permanent");
  net_bridge_fdb_entry* e = br_fdb_find(br, f.addr, vid);
  const bool fresh = !e;
  if (fresh) e = &br.fdb.insert(f.addr, vid);
  const bool moved = std::exchange(e->dst, p) != p;
  e->ext_learn = e->by_user = true;
  if (!p) e->is_local = true;
  e->updated = e->used = br.nd_net->w.now();
  if (fresh || moved) fdb_notify(br, *e, RTM_NEWNEIGH);
  return {};
}

status add_one(net_bridge& br, net_bridge_port* p, const fdb_request& f, u16 vid, int nlflags) {
  if (f.m->ndm_flags & NTF_USE) {
    if (!p) return err(EINVAL);
    if (p->state == BR_STATE_LEARNING || p->state == BR_STATE_FORWARDING)
      br_fdb_update(br, *p, f.addr, vid, true);
    return {};
  }
  if (f.m->ndm_flags & NTF_EXT_LEARNED) return add_external(br, p, f, vid);
  return add_entry(br, p, f, vid, nlflags);
}

// br_fdb_add. Without a vid the entry is made for each VLAN of the port too, and that is the default one.
status br_fdb_add(net_bridge& br, const fdb_request& f, int nlflags) {
  if (!(f.m->ndm_state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE))) return err(EINVAL);
  if (is_zero_ether_addr(f.addr)) return err(EINVAL);
  net_bridge_port* p = f.dev->br_port;
  if (f.vid) {
    if (f.vid != br_default_pvid) return err(EINVAL);  // no such VLAN
    return add_one(br, p, f, f.vid, nlflags);
  }
  if (status s = add_one(br, p, f, 0, nlflags); !s) return s;
  return add_one(br, p, f, br_default_pvid, nlflags);
}

status br_fdb_delete(net_bridge& br, const fdb_request& f) {
  if (f.vid && f.vid != br_default_pvid) return err(EINVAL);
  bool any = false;
  for (u16 vid : {u16{0}, br_default_pvid}) {
    if (f.vid && vid != f.vid) continue;
    net_bridge_fdb_entry* e = br_fdb_find(br, f.addr, vid);
    if (!e || e->dst != f.dev->br_port) continue;
    fdb_delete(br, *e);
    any = true;
  }
  return any ? status{} : err(ENOENT);
}

using filter_list = std::vector<netdev_hw_addr>;

filter_list& filter_of(net_device& d, const u8* addr) {
  static constexpr u8 link_local[] = {0x01, 0x80, 0xc2, 0, 0};
  const bool unicast = !is_multicast_ether_addr(addr);
  return unicast || std::memcmp(addr, link_local, sizeof link_local) == 0 ? d.uc : d.mc;
}

filter_list::iterator find_in(filter_list& l, const u8* addr) {
  return std::ranges::find_if(
      l, [addr](const auto& e) { return std::memcmp(e.addr.data(), addr, ETH_ALEN) == 0; });
}

// ndo_dflt_fdb_add and ndo_dflt_fdb_del.
status dflt_add(const fdb_request& f, int nlflags) {
  if (f.m->ndm_state && !(f.m->ndm_state & NUD_PERMANENT)) return err(EINVAL);
  if (f.vid) return err(EINVAL);
  filter_list& l = filter_of(*f.dev, f.addr);
  if (find_in(l, f.addr) != l.end()) return nlflags & NLM_F_EXCL ? err(EEXIST) : status{};
  hw_addr a{};
  std::memcpy(a.data(), f.addr, ETH_ALEN);
  l.push_back({a});
  return {};
}

status dflt_del(const fdb_request& f) {
  if (!(f.m->ndm_state & NUD_PERMANENT)) return err(EINVAL);
  filter_list& l = filter_of(*f.dev, f.addr);
  const auto it = find_in(l, f.addr);
  if (it == l.end()) return err(ENOENT);
  if (--it->refcount == 0) l.erase(it);
  return {};
}

status rtnl_fdb_add(nl_request& rq) {
  auto f = parse(rq, "FDB add only supported for Ethernet devices");
  if (!f) return std::unexpected(f.error());
  const int nlflags = rq.nlh.nlmsg_flags;
  status s = err(EOPNOTSUPP);
  if (f->master) {
    s = br_fdb_add(*f->dev->br_port->br, *f, nlflags);
    if (!s) return s;
  }
  if (!f->self) return s;
  s = is_bridge(*f->dev) ? br_fdb_add(of_bridge(*f->dev), *f, nlflags) : dflt_add(*f, nlflags);
  if (s) notify_self(*f->dev, f->addr, f->m->ndm_state, RTM_NEWNEIGH);
  return s;
}

status rtnl_fdb_del(nl_request& rq) {
  const auto* m = nlmsg_header<ndmsg>(rq.nlh);
  if (rq.nlh.nlmsg_flags & NLM_F_BULK) {
    net_device* dev = m ? dev_get_by_index(rq.ns(), m->ndm_ifindex) : nullptr;
    if (!dev) return err(ENODEV, "unknown ifindex");
    if (!is_bridge(*dev)) return err(EOPNOTSUPP);
    br_fdb_flush(of_bridge(*dev), true);
    return {};
  }
  auto f = parse(rq, "FDB delete only supported for Ethernet devices");
  if (!f) return std::unexpected(f.error());
  status s = err(EOPNOTSUPP);
  if (f->master) {
    s = br_fdb_delete(*f->dev->br_port->br, *f);
    if (!s) return s;
  }
  if (!f->self) return s;
  s = is_bridge(*f->dev) ? br_fdb_delete(of_bridge(*f->dev), *f) : dflt_del(*f);
  if (s) notify_self(*f->dev, f->addr, f->m->ndm_state, RTM_DELNEIGH);
  return s;
}

// rtnl_fdb_get: the bridge by NDA_MASTER, or by a device of its.
status rtnl_fdb_get(nl_request& rq) {
  nda_table tb;
  if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(ndmsg), tb, {}); !s) return s;
  const auto& m = *nlmsg_header<ndmsg>(rq.nlh);
  if (!tb[NDA_LLADDR]) return err(EINVAL, "Missing lookup address for fdb get request");
  if (tb[NDA_LLADDR].len() != ETH_ALEN) return err(EINVAL, "Invalid address in fdb get request");
  if (!m.ndm_ifindex && !tb[NDA_MASTER]) return err(EINVAL, "No device specified");
  const int index = m.ndm_ifindex ? m.ndm_ifindex : tb[NDA_MASTER].get_s32();
  net_device* dev = dev_get_by_index(rq.ns(), index);
  if (!dev) return err(ENODEV, "Unknown device ifindex");
  net_bridge* br = nullptr;
  if (dev->br_port && !(m.ndm_flags & NTF_SELF)) br = dev->br_port->br;
  if (is_bridge(*dev)) br = &of_bridge(*dev);
  if (!br) return err(EOPNOTSUPP, "Fdb get operation not supported by device");
  const u16 vid = tb[NDA_VLAN] ? tb[NDA_VLAN].get_u16() : u16{0};
  const auto* addr = reinterpret_cast<const u8*>(tb[NDA_LLADDR].payload().data());
  const net_bridge_fdb_entry* e = br_fdb_find(*br, addr, vid);
  if (!e) return err(ENOENT, "Fdb entry not found");
  skb_ptr s = nlmsg_new(rq.ns().c, 256);
  fdb_fill_info(*s, *br, *e, {.portid = rq.portid(), .seq = rq.seq()});
  rq.reply(std::move(s));
  return {};
}

struct dump_filter {
  int port = 0, br = 0;
};

result<dump_filter> dump_filter_of(const netlink_callback& cb) {
  dump_filter f;
  const auto* m = nlmsg_header<ndmsg>(*cb.nlh);
  if (!m) return f;
  f.port = m->ndm_ifindex;
  for (nla a : nla_range(nlmsg_attrs(*cb.nlh, sizeof *m))) {
    if (a.type() == NDA_IFINDEX) f.port = a.get_s32();
    if (a.type() == NDA_MASTER) f.br = a.get_s32();
  }
  return f;
}

// One device's entries, in their order: of the master's table, of its own, and its filters. The cursor counts them.
class dumper {
 public:
  dumper(sk_buff& s, netlink_callback& cb) : s_(s), cb_(cb) {
    args_ = {.portid = cb.portid(), .seq = cb.nlmsg_seq(), .flags = NLM_F_MULTI};
  }
  bool table(const net_bridge& br, const net_bridge_port* of) {
    for (const net_bridge_fdb_entry* e = br.fdb.newest(); e; e = e->older)
      if (e->dst == of && !entry([&] { return fdb_fill_info(s_, br, *e, args_); })) return false;
    return true;
  }
  bool filters(const net_device& d) {
    for (const filter_list* l : {&d.uc, &d.mc})
      for (const netdev_hw_addr& a : *l)
        if (!entry([&] { return fill_self(s_, d, a.addr.data(), NUD_PERMANENT, args_); }))
          return false;
    return true;
  }
  void next_device() { at_ = 0; }

 private:
  template <class F>
  bool entry(F fill) {
    if (at_++ < cb_.args[1]) return true;
    if (!fill()) return false;
    cb_.args[1] = at_;
    return true;
  }
  sk_buff& s_;
  netlink_callback& cb_;
  fill_args args_;
  u64 at_ = 0;
};

status rtnl_fdb_dump(sk_buff& s, netlink_callback& cb) {
  const auto f = dump_filter_of(cb);
  if (!f) return std::unexpected(f.error());
  if (f->br && !dev_get_by_index(cb.ns(), f->br)) return err(ENODEV);
  dumper out(s, cb);
  auto& devices = cb.ns().dev_base;
  for (auto it = devices.upper_bound(static_cast<int>(cb.args[0])); it != devices.end(); ++it) {
    net_device& d = *it->second;
    const net_device* master = d.br_port ? d.master : nullptr;
    const bool other_bridge = f->br && d.ifindex != f->br && (!master || master->ifindex != f->br);
    if ((!f->port || d.ifindex == f->port) && !other_bridge && d.type == ARPHRD_ETHER) {
      if (d.br_port && !out.table(*d.br_port->br, d.br_port)) return err(EMSGSIZE);
      if (!out.filters(d)) return err(EMSGSIZE);
      if (is_bridge(d) && !out.table(of_bridge(d), nullptr)) return err(EMSGSIZE);
    }
    cb.args[0] = static_cast<u64>(it->first);
    cb.args[1] = 0;
    out.next_device();
  }
  return {};
}

}  // namespace

void fdb_notify(net_bridge& br, const net_bridge_fdb_entry& e, int type) {
  net& n = *br.nd_net;
  if (!rtnl_has_listeners(n, RTNLGRP_NEIGH)) return;
  skb_ptr s = nlmsg_new(n.c, 256);
  fdb_fill_info(*s, br, e, {.type = type});
  rtnl_notify(n, std::move(s), RTNLGRP_NEIGH);
}

void br_netlink_fdb_init(world& w) {
  rtnl_register(w, PF_BRIDGE, RTM_NEWNEIGH, rtnl_fdb_add, nullptr);
  rtnl_register(w, PF_BRIDGE, RTM_DELNEIGH, rtnl_fdb_del, nullptr, RTNL_FLAG_BULK_DEL_SUPPORTED);
  rtnl_register(w, PF_BRIDGE, RTM_GETNEIGH, rtnl_fdb_get, rtnl_fdb_dump);
}

}  // namespace linnet
