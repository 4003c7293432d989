// Which of a route's next hops a flow goes by: by its hash, among those that share the traffic. What goes into the hash
// is up to net.ipv4.fib_multipath_hash_policy. Both directions of a flow have the same hash.
#include <linux/icmp.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "net/core/flow_dissector.hh"
#include "net/core/neighbour.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/nexthop.hh"
#include "wire/icmp.hh"

namespace linnet {

namespace {

// net.ipv4.fib_multipath_hash_fields (FIB_MULTIPATH_HASH_FIELD_*; ip-sysctl.rst).
enum hash_field : u32 {
  field_src_ip = 1u << 0,
  field_dst_ip = 1u << 1,
  field_ip_proto = 1u << 2,
  field_flowlabel = 1u << 3,
  field_src_port = 1u << 4,
  field_dst_port = 1u << 5,
  inner_shift = 6,  // the same of what is inside a tunnel
  field_outer_mask = (1u << inner_shift) - 1,
};

enum hash_policy : u8 { policy_l3, policy_l4, policy_inner_l3, policy_custom };

// What is hashed, of both ends alike.
struct hash_keys {
  std::array<u8, 16> src{}, dst{};
  be16 sport, dport;
  u32 flow_label = 0;
  u8 ip_proto = 0;
};

u64 stir(u64 h, u64 word) {
  h = (h ^ word) + 0x9e3779b97f4a7c15;
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9;
  h = (h ^ (h >> 27)) * 0x94d049bb133111eb;
  return h ^ (h >> 31);
}

// flow_hash_from_keys: addresses and ports are each put in order first, so an answer goes the way that its question came.
u32 flow_hash_from_keys(const net& n, hash_keys k) {
  if (k.dst < k.src) std::swap(k.src, k.dst);
  if (k.dport.host() < k.sport.host()) std::swap(k.sport, k.dport);
  u64 words[5];
  std::memcpy(words, k.src.data(), 16);
  std::memcpy(words + 2, k.dst.data(), 16);
  words[4] =
      u64{k.sport.host()} << 48 | u64{k.dport.host()} << 32 | u64{k.ip_proto} << 24 | k.flow_label;
  u64 h = n.w.seed;
  for (u64 w : words) h = stir(h, w);
  return static_cast<u32>(h >> 32);
}

std::array<u8, 16> address(be32 a) {
  std::array<u8, 16> r{};
  std::memcpy(r.data(), &a, sizeof a);
  return r;
}

const_bytes headers_of(const sk_buff& s) {
  return {s.network(), static_cast<size_t>(s.tail - s.network())};
}

bool is_icmp_error(u8 type) {
  return type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH || type == ICMP_REDIRECT ||
         type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETERPROB;
}

// The addresses of a packet; of an ICMP error, those of the packet that it is about, which it should follow
// (ip_multipath_l3_keys).
hash_keys l3_keys(const sk_buff& s) {
  const_bytes at = headers_of(s);
  const auto* ip = reinterpret_cast<const iphdr*>(at.data());
  hash_keys k;
  auto take = [&] {
    k.src = address(ip->saddr);
    k.dst = address(ip->daddr);
  };
  take();
  if (ip->protocol != IPPROTO_ICMP || (ip->frag_off.host() & ip_offset)) return k;
  const size_t hlen = ip->header_len();
  if (at.size() < hlen + sizeof(icmphdr) + sizeof(iphdr)) return k;
  at = at.subspan(hlen);
  if (!is_icmp_error(reinterpret_cast<const icmphdr*>(at.data())->type)) return k;
  ip = reinterpret_cast<const iphdr*>(at.subspan(sizeof(icmphdr)).data());
  take();
  return k;
}

hash_keys l3_keys(const flowi4& fl) {
  hash_keys k;
  k.src = address(fl.saddr);
  k.dst = address(fl.daddr);
  return k;
}

flow_keys keys_of(const flowi4& fl) {
  flow_keys f;
  f.src = address(fl.saddr);
  f.dst = address(fl.daddr);
  f.ip_proto = fl.proto;
  f.sport = fl.sport;
  f.dport = fl.dport;
  return f;
}

hash_keys l4_keys(const flow_keys& f) {
  return {.src = f.src, .dst = f.dst, .sport = f.sport, .dport = f.dport, .ip_proto = f.ip_proto};
}

hash_keys inner_l3_keys(const sk_buff& s) {
  const flow_keys f = flow_dissect_ipv4(headers_of(s), false);
  hash_keys k;
  k.src = f.src;
  k.dst = f.dst;
  if (f.addr_family == AF_INET6) {
    k.flow_label = f.flow_label;
    k.ip_proto = f.ip_proto;
  }
  return k;
}

u32 custom_hash(const net& n, u32 fields, const flow_keys& f) {
  if (!(fields & field_outer_mask)) return 0;
  hash_keys k;
  if (fields & field_src_ip) k.src = f.src;
  if (fields & field_dst_ip) k.dst = f.dst;
  if (fields & field_ip_proto) k.ip_proto = f.ip_proto;
  if (fields & field_flowlabel) k.flow_label = f.flow_label;
  if (fields & field_src_port) k.sport = f.sport;
  if (fields & field_dst_port) k.dport = f.dport;
  return flow_hash_from_keys(n, k);
}

u32 custom_hash(const net& n, u32 fields, const flowi4* fl, const sk_buff* skb) {
  if (!skb) return custom_hash(n, fields, keys_of(*fl));
  const flow_keys outer = flow_dissect_ipv4(headers_of(*skb), true);
  u64 h = custom_hash(n, fields, outer);
  if (outer.encapsulated && fields >> inner_shift)
    h = stir(h, custom_hash(n, fields >> inner_shift, flow_dissect_ipv4(headers_of(*skb), false)));
  return static_cast<u32>(h);
}

u32 hash_by_policy(const net& n, const flowi4* fl, const sk_buff* skb) {
  const netns_ipv4& v4 = ipv4_of(n);
  switch (v4.sysctl_fib_multipath_hash_policy) {
    case policy_l4:
      return flow_hash_from_keys(
          n, l4_keys(skb ? flow_dissect_ipv4(headers_of(*skb), true) : keys_of(*fl)));
    case policy_inner_l3: return flow_hash_from_keys(n, skb ? inner_l3_keys(*skb) : l3_keys(*fl));
    case policy_custom: return custom_hash(n, v4.sysctl_fib_multipath_hash_fields, fl, skb);
    default: return flow_hash_from_keys(n, skb ? l3_keys(*skb) : l3_keys(*fl));
  }
}

const neighbour* neigh_of(const fib_nh& nh) {
  if (!nh.dev) return nullptr;
  const be32 gw = nh.gw;
  return neigh_lookup_noref(*ipv4_of(*nh.dev->nd_net).arp_tbl, std::as_bytes(std::span(&gw, 1)),
                            *nh.dev);
}

// Of a route's own next hops, only gateways are looked at (fib_good_nh).
bool fib_good_nh(const fib_nh& nh) { return nh.scope != RT_SCOPE_LINK || ipv4_good_nh(nh); }

}  // namespace

u32 fib_multipath_hash(net& n, const flowi4* fl, const sk_buff* skb) {
  u32 h = hash_by_policy(n, fl, skb);
  if (fl && fl->multipath_hash) h = static_cast<u32>(stir(h, fl->multipath_hash));
  return h >> 1;
}

bool ipv4_good_nh(const fib_nh& nh) {
  const neighbour* neigh = neigh_of(nh);
  return !neigh || (neigh->nud_state & NUD_VALID_);
}

void fib_select_multipath(net& n, fib_result& res, u32 hash) {
  const fib_info& fi = *res.fi;
  if (fi.nh_obj) {
    res.nh = &nexthop_select_path(*fi.nh_obj, hash).info->fib_nh;
    return;
  }
  const bool use_neigh = ipv4_of(n).sysctl_fib_multipath_use_neigh;
  bool first = true;
  for (const fib_nh& nh : fi.nh) {
    if (use_neigh) {
      if (!fib_good_nh(nh)) continue;
      if (first) res.nh = &nh;
      first = false;
    }
    if (static_cast<s32>(hash) > nh.upper_bound) continue;
    res.nh = &nh;
    return;
  }
}

// ---- default routes

namespace {

// Goes through the default routes of one metric, in their order, for one whose gateway is there.
struct default_search {
  net& n;
  fib_result& res;
  const fib_info* candidate = nullptr;
  const fib_alias* first = nullptr;  // remembers the last choice
  int order = -1;
  const fib_info* last_resort = nullptr;
  int last_idx = -1;

  // Whether the candidate's gateway is doubtful (fib_detect_death). One that only may be there is believed unless it was
  // the last choice, so that doubtful ones take turns and ARP gets to ask for each.
  bool candidate_is_dead() {
    const neighbour* neigh = neigh_of(fib_info_nh(*candidate, 0));
    if (!neigh || neigh->nud_state == NUD_REACHABLE) return false;
    const bool valid = neigh->nud_state & NUD_VALID_;
    if (valid && order != first->fa_default) return false;
    if (valid ||
        (last_idx < 0 && order > first->fa_default && neigh->nud_state != NUD_INCOMPLETE)) {
      last_resort = candidate;
      last_idx = order;
    }
    return true;
  }
  void choose(const fib_info* fi, int which) {
    if (fi) {
      res.fi = fi;
      res.nh = &fib_info_nh(*fi, 0);
    }
    first->fa_default = static_cast<std::int8_t>(std::min(which, 127));
  }
  // False: this one ended the search.
  bool add(const fib_alias& a) {
    if (!candidate) {
      if (a.info != res.fi) return false;
      first = &a;
    } else if (!candidate_is_dead()) {
      choose(candidate, order);
      candidate = nullptr;
      return false;
    }
    candidate = a.info;
    ++order;
    return true;
  }
  void finish() {
    if (order <= 0) return choose(nullptr, -1);
    if (!candidate_is_dead()) return choose(candidate, order);
    choose(last_idx >= 0 ? last_resort : nullptr, last_idx);
  }
};

void fib_select_default(net& n, const fib_table& tb, const flowi4& fl, fib_result& res) {
  default_search search{n, res};
  u32 last_prio = res.fi->priority;
  u8 last_tos = 0;
  for (const fib_alias& a : tb.trie->find(0, 0)) {
    const fib_info& fi = *a.info;
    if (a.tb_id != tb.id || (a.tos && a.tos != fl.tos)) continue;
    if (fi.priority > last_prio && a.tos == last_tos) {
      if (last_tos) continue;
      break;
    }
    if (fi.flags & RTNH_F_DEAD) continue;
    last_tos = a.tos;
    last_prio = fi.priority;
    if (fi.scope != res.scope || a.type != RTN_UNICAST) continue;
    const fib_nh& nh = fib_info_nh(fi, 0);
    if (!nh.gw_family || nh.scope != RT_SCOPE_LINK) continue;
    if (!search.add(a)) break;
  }
  if (search.candidate) search.finish();
}

}  // namespace

void fib_select_path(net& n, fib_result& res, flowi4& fl, const sk_buff* skb) {
  if (!fl.oif) {
    if (fib_info_num_path(*res.fi) > 1) {
      fib_select_multipath(n, res, fib_multipath_hash(n, &fl, skb));
    } else if (!res.prefixlen && res.type == RTN_UNICAST) {
      const fib_table* tb = fib_get_table(n, res.table);
      if (tb && tb->num_default > 1) fib_select_default(n, *tb, fl, res);
    }
  }
  if (!fl.saddr) fl.saddr = fib_result_prefsrc(n, res);
}

}  // namespace linnet
