// The tables of a namespace, and the questions that need no more than one of them: which type an address
// has, and whether a packet's source is believable. Lookups through rules are in fib_rules.cc.
#include "net/ipv4/fib_frontend.hh"
#include "net/core/l3mdev.hh"
#include "net/core/tracepoint.hh"

#include <algorithm>

#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/route.hh"

namespace linnet {

fib_tables& fib_tables_of(const net& n) { return *n.ipv4->fib; }

fib_tables::fib_tables(net& n) : ns(n), routes(std::make_unique<route_caches>(n)) {}

fib_tables::~fib_tables() = default;

fib_table* fib_get_table(const net& n, u32 id) {
  fib_tables& t = fib_tables_of(n);
  if (id == RT_TABLE_UNSPEC || id == RT_TABLE_MAIN) return t.main;
  auto it = t.by_id.find(id);
  return it == t.by_id.end() ? nullptr : it->second.get();
}

fib_table& fib_new_table(net& n, u32 id) {
  if (id == RT_TABLE_UNSPEC) id = RT_TABLE_MAIN;
  if (fib_table* tb = fib_get_table(n, id)) return *tb;
  fib_tables& t = fib_tables_of(n);
  auto tb = std::make_unique<fib_table>();
  tb->id = id;
  tb->trie = id == RT_TABLE_LOCAL && !t.has_custom_rules ? fib_new_table(n, RT_TABLE_MAIN).trie
                                                         : std::make_shared<fib_trie>();
  if (id == RT_TABLE_MAIN) t.main = tb.get();
  if (id == RT_TABLE_DEFAULT) t.dflt = tb.get();
  auto chain = [](const fib_table* x, u32 hash) { return (x->id & 255) < hash; };
  t.dump_order.insert(std::lower_bound(t.dump_order.begin(), t.dump_order.end(), id & 255, chain),
                      tb.get());
  return *(t.by_id[id] = std::move(tb));
}

void fib_unmerge(net& n) {
  fib_table* local = fib_get_table(n, RT_TABLE_LOCAL);
  fib_table* main = fib_get_table(n, RT_TABLE_MAIN);
  if (!local || !main || local->trie != main->trie) return;
  auto own = std::make_shared<fib_trie>();
  fib_trie::cursor c;
  main->trie->note_flush(true);
  for (;;) {
    std::span<fib_alias> list = main->trie->next(c);
    if (list.empty()) break;
    size_t kept = 0;
    for (size_t i = 0; i < list.size();) {
      if (list[i].tb_id != RT_TABLE_LOCAL) {
        ++i;
        continue;
      }
      own->insert(c.key, c.plen, kept++, list[i]);
      main->trie->erase(c.key, c.plen, i);
      list = main->trie->find(c.key, c.plen);
    }
  }
  main->trie->note_flush(false);
  local->trie = std::move(own);
}

result<fib_result> fib_table_lookup(net& n, u32 table_id, const flowi4& fl, int flags) {
  fib_table* tb = fib_get_table(n, table_id);
  if (!tb) return err(EAGAIN);
  return fib_table_lookup(*tb, fl, flags);
}

namespace {

// By the three default rules: local and main (one trie), then default.
result<fib_result> default_rules_lookup(const fib_tables& t, const flowi4& fl, int flags,
                                        fib_result* refused) {
  for (auto [tb, pref] : {std::pair{t.main, 32766u}, std::pair{t.dflt, 32767u}}) {
    if (!tb) continue;
    auto r = fib_table_lookup(*tb, fl, flags, refused);
    if (r || r.error().code != EAGAIN) {
      if (r) r->rule_pref = pref;
      if (refused) refused->rule_pref = pref;
      return r;
    }
  }
  return err(ENETUNREACH);
}

// What a lookup found, by the kernel's tracepoint of that name.
void trace_lookup(net& n, const flowi4& fl, const result<fib_result>& r) {
  trace_match m = {.a = fl.daddr.host()};
  const net_device* dev = nullptr;
  if (r) {
    m.c = r->table;
    m.d = r->prefixlen;
    if (r->nh) {
      m.b = r->nh->gw.host();
      dev = r->nh->dev.get();
    }
  }
  trace(n.c, tp::fib_table_lookup, nullptr, dev, m);
}

}  // namespace

result<fib_result> fib_lookup_untraced(net& n, const flowi4& fl, int flags, fib_result* refused) {
  const fib_tables& t = fib_tables_of(n);
  return unlikely(t.has_custom_rules) ? fib_rules_lookup4(n, fl, flags, refused)
                                      : default_rules_lookup(t, fl, flags, refused);
}

result<fib_result> fib_lookup(net& n, const flowi4& fl, int flags) {
  auto r = fib_lookup_untraced(n, fl, flags, nullptr);
  if (unlikely(n.c.trace != nullptr)) trace_lookup(n, fl, r);
  return r;
}

namespace {

u8 addr_type(net& n, const net_device* dev, be32 addr, u32 table) {
  if (ipv4_is_zeronet(addr) || ipv4_is_lbcast(addr)) return RTN_BROADCAST;
  if (ipv4_is_multicast(addr)) return RTN_MULTICAST;
  fib_table* tb = fib_get_table(n, table);
  if (!tb) return RTN_BROADCAST;
  flowi4 fl;
  fl.daddr = addr;
  auto res = fib_table_lookup(*tb, fl);
  if (res && (!dev || fib_info_nh(*res->fi, 0).dev == dev)) return res->type;
  return RTN_UNICAST;
}

bool is_own_address(const net& n, be32 addr) { return inet_lookup_ifaddr(n, addr) != nullptr; }

// Where answers to a packet go is where it came from: destination and source realms change places.
u32 fib_combine_itag(const fib_result& res) {
  const u32 itag = (res.nh ? res.nh->tclassid : 0) << 16;
  return (itag ? itag : res.tclassid << 16) | res.tclassid >> 16;
}

result<bool> validate_by_lookup(net& n, be32 src, be32 dst, u8 tos, int oif, net_device& dev,
                                in_device& idev, u32 mark, s32 rpf, const sk_buff* s, u32* itag) {
  flowi4 fl;
  fl.iif = l3mdev_master_ifindex(dev);
  if (!fl.iif) fl.iif = oif ? oif : LOOPBACK_IFINDEX;
  fl.daddr = src;
  fl.saddr = dst;
  fl.tos = tos;
  fl.mark = in_dev_orconf(idev, IPV4_DEVCONF_SRC_VMARK) ? mark : 0;
  if (s) {  // as the answer's would be
    fib4_rules_early_flow_dissect(n, *s, fl);
    std::swap(fl.sport, fl.dport);
  }
  auto res = fib_lookup(n, fl);
  auto last_resort = [&]() -> result<bool> {
    if (rpf) return err(EXDEV);
    return false;
  };
  if (!res) return last_resort();
  if (res->type != RTN_UNICAST &&
      (res->type != RTN_LOCAL || !in_dev_orconf(idev, IPV4_DEVCONF_ACCEPT_LOCAL)))
    return err(EINVAL);
  if (itag) *itag = fib_combine_itag(*res);
  const bool by_dev =
      fib_info_nh_uses_dev(*res->fi, dev) || (res->type == RTN_LOCAL && &dev == n.loopback_dev);
  if (by_dev) return res->nh->scope >= RT_SCOPE_HOST;
  if (idev.ifa_list.empty()) return last_resort();
  if (rpf == 1) return err(EXDEV);
  fl.oif = dev.ifindex;
  res = fib_lookup(n, fl, FIB_LOOKUP_IGNORE_LINKSTATE);
  return res && res->type == RTN_UNICAST && res->nh->scope >= RT_SCOPE_HOST;
}

void fib_net_init(net& n) {
  n.ipv4->fib = pernet_ptr<fib_tables>(new fib_tables(n), [](fib_tables* t) { delete t; });
  n.ipv4->fib->rules = fib4_rules_init(n);
}

void fib_net_exit(net& n) {
  if (!n.ipv4 || !n.ipv4->fib) return;
  for (fib_table* tb : n.ipv4->fib->dump_order) fib_table_flush(n, *tb, true);
  n.ipv4->fib->rules.reset();
  n.ipv4->fib.reset();
}

}  // namespace

u8 inet_addr_type(net& n, be32 addr) { return addr_type(n, nullptr, addr, RT_TABLE_LOCAL); }
u8 inet_addr_type_table(net& n, be32 addr, u32 table) { return addr_type(n, nullptr, addr, table); }
u8 inet_addr_type_dev_table(net& n, const net_device& dev, be32 addr) {
  const u32 table = l3mdev_fib_table(dev);
  return addr_type(n, nullptr, addr, table ? table : u32{RT_TABLE_LOCAL});
}
u8 inet_dev_addr_type(net& n, const net_device* dev, be32 addr) {
  return addr_type(n, dev, addr, RT_TABLE_LOCAL);
}

result<bool> fib_validate_source(net& n, be32 src, be32 dst, u8 tos, int oif, net_device& dev,
                                 in_device& idev, u32 mark, const sk_buff* s, u32* itag) {
  s32 rpf = in_dev_maxconf(idev, IPV4_DEVCONF_RP_FILTER);
  if (!rpf && !fib_tables_of(n).num_tclassid_users &&
      (dev.ifindex != oif || !in_dev_orconf(idev, IPV4_DEVCONF_SEND_REDIRECTS))) {
    if (in_dev_orconf(idev, IPV4_DEVCONF_ACCEPT_LOCAL)) return false;
    fib_tables& t = fib_tables_of(n);
    if (!t.has_custom_rules && !t.has_custom_local_routes) {
      if (is_own_address(n, src)) return err(EINVAL);
      return false;
    }
  }
  return validate_by_lookup(n, src, dst, tos, oif, dev, idev, mark, rpf, s, itag);
}

be32 fib_compute_spec_dst(const sk_buff& s, const net_device& arrived_by) {
  const iphdr& ip = ip_hdr(s);
  if ((skb_rtable(s)->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST | RTCF_LOCAL)) == RTCF_LOCAL)
    return ip.daddr;
  if (ipv4_is_zeronet(ip.saddr)) return inet_select_addr(arrived_by, ip.saddr, RT_SCOPE_LINK);
  const in_device* in = in_dev_get(arrived_by);
  flowi4 fl;
  fl.iif = LOOPBACK_IFINDEX;
  fl.l3mdev = l3mdev_master_ifindex(arrived_by);
  fl.daddr = ip.saddr;
  fl.tos = ip.tos & IPTOS_RT_MASK;
  if (in && in_dev_orconf(*in, IPV4_DEVCONF_SRC_VMARK)) fl.mark = s.mark;
  net& n = *arrived_by.nd_net;
  auto res = fib_lookup(n, fl);
  return res ? fib_result_prefsrc(n, *res)
             : inet_select_addr(arrived_by, ip.saddr, RT_SCOPE_UNIVERSE);
}

u32 rt_genid(const net& n) { return n.ipv4->rt_genid; }
void rt_cache_flush(net& n) { ++n.ipv4->rt_genid; }

void fib_init(world& w) {
  w.pernet.push_back({fib_net_init, fib_net_exit});
  fib_netlink_init(w);
  fib4_rules_netlink_init(w);
}

}  // namespace linnet
