// A device as a link message: the attributes in the order in which Linux 6.1 writes them, and the
// notifications made of them. Padding attributes, which some machines need, are left out as on x86-64.
#include <algorithm>

#include "net/core/rtnl_link.hh"
#include "net/core/sch.hh"

namespace linnet {

namespace {

bool put_strings(sk_buff& s, const net_device& d) {
  const char* q = d.registered ? qdisc_name(d) : "noop";
  return nla_put_string(s, IFLA_QDISC, q) &&
         (d.ifalias.empty() || nla_put_string(s, IFLA_IFALIAS, d.ifalias));
}

bool put_numbers(sk_buff& s, const net_device& d) {
  u8 oper = d.up() ? d.operstate : u8{IF_OPER_DOWN};
  return nla_put_u32(s, IFLA_TXQLEN, d.tx_queue_len) && nla_put_u8(s, IFLA_OPERSTATE, oper) &&
         nla_put_u8(s, IFLA_LINKMODE, d.link_mode) && nla_put_u32(s, IFLA_MTU, d.mtu) &&
         nla_put_u32(s, IFLA_MIN_MTU, d.min_mtu) && nla_put_u32(s, IFLA_MAX_MTU, d.max_mtu) &&
         nla_put_u32(s, IFLA_GROUP, d.group) && nla_put_u32(s, IFLA_PROMISCUITY, d.promiscuity) &&
         nla_put_u32(s, IFLA_ALLMULTI, d.allmulti) &&
         nla_put_u32(s, IFLA_NUM_TX_QUEUES, d.num_tx_queues) &&
         nla_put_u32(s, IFLA_GSO_MAX_SEGS, d.gso_max_segs) &&
         nla_put_u32(s, IFLA_GSO_MAX_SIZE, d.gso_max_size) &&
         nla_put_u32(s, IFLA_NUM_RX_QUEUES, d.num_rx_queues) &&
         nla_put_u32(s, IFLA_GRO_MAX_SIZE, d.gro_max_size) &&
         nla_put_u32(s, IFLA_TSO_MAX_SIZE, d.tso_max_size) &&
         nla_put_u32(s, IFLA_TSO_MAX_SEGS, d.tso_max_segs);
}

bool put_carrier(sk_buff& s, const net_device& d, u32 event) {
  return nla_put_u32(s, IFLA_CARRIER_CHANGES, d.carrier_up_count + d.carrier_down_count) &&
         nla_put_u32(s, IFLA_CARRIER_UP_COUNT, d.carrier_up_count) &&
         nla_put_u32(s, IFLA_CARRIER_DOWN_COUNT, d.carrier_down_count) &&
         nla_put_u8(s, IFLA_PROTO_DOWN, d.proto_down) &&
         (!event || nla_put_u32(s, IFLA_EVENT, event));
}

bool put_addresses(sk_buff& s, const net_device& d) {
  if (!nla_put_raw(s, IFLA_MAP, rtnl_link_ifmap{})) return false;
  if (!d.addr_len) return true;
  return nla_put(s, IFLA_ADDRESS, d.addr()) &&
         nla_put(s, IFLA_BROADCAST, std::as_bytes(std::span(d.broadcast)).first(d.addr_len));
}

// The 32-bit counters are the 64-bit ones' low words, in the same order.
bool put_stats(sk_buff& s, const net_device& d) {
  const rtnl_link_stats64 wide = dev_get_stats(d);
  rtnl_link_stats narrow{};
  constexpr size_t n = sizeof narrow / sizeof(u32);
  static_assert(sizeof wide >= n * sizeof(u64));
  std::array<u64, n> w;
  std::memcpy(w.data(), &wide, sizeof w);
  std::array<u32, n> v;
  for (size_t i = 0; i < n; ++i) v[i] = static_cast<u32>(w[i]);
  std::memcpy(&narrow, v.data(), sizeof narrow);
  return nla_put_raw(s, IFLA_STATS64, wide) && nla_put_raw(s, IFLA_STATS, narrow);
}

bool put_xdp(sk_buff& s) {
  nlattr* nest = nla_nest_start_noflag(s, IFLA_XDP);
  if (!nest || !nla_put_u8(s, IFLA_XDP_ATTACHED, XDP_ATTACHED_NONE)) return false;
  nla_nest_end(s, nest);
  return true;
}

// Of what kind it is, and its master's kind with what that says of it.
bool put_kind(sk_buff& s, const net_device& d) {
  if (!d.rtnl_link_ops) return true;
  if (!nla_put_string(s, IFLA_INFO_KIND, d.rtnl_link_ops->kind)) return false;
  if (!d.rtnl_link_ops->fill_info) return true;
  std::vector<std::byte> data;
  d.rtnl_link_ops->fill_info(d, data);
  return nla_put(s, IFLA_INFO_DATA, data);
}

bool put_slave_kind(sk_buff& s, const net_device& d) {
  const rtnl_link_ops* ops = d.master ? d.master->rtnl_link_ops : nullptr;
  if (!ops) return true;
  if (!nla_put_string(s, IFLA_INFO_SLAVE_KIND, ops->kind)) return false;
  if (!ops->fill_slave_info) return true;
  std::vector<std::byte> data;
  ops->fill_slave_info(*d.master, d, data);
  return nla_put(s, IFLA_INFO_SLAVE_DATA, data);
}

bool put_linkinfo(sk_buff& s, const net_device& d) {
  if (!d.rtnl_link_ops && !d.master) return true;
  nlattr* nest = nla_nest_start_noflag(s, IFLA_LINKINFO);
  if (!nest || !put_kind(s, d) || !put_slave_kind(s, d)) return false;
  nla_nest_end(s, nest);
  return true;
}

bool put_lower(sk_buff& s, const net_device& d, net& asker) {
  bool elsewhere = false;
  net* link_net = d.ops && d.ops->ndo_get_link_net ? d.ops->ndo_get_link_net(d) : nullptr;
  if (link_net && link_net != d.nd_net) {
    if (!nla_put_s32(s, IFLA_LINK_NETNSID, peernet2id_alloc(asker, *link_net))) return false;
    elsewhere = true;
  }
  int iflink = d.ops && d.ops->ndo_get_iflink ? d.ops->ndo_get_iflink(d) : d.ifindex;
  return (!elsewhere && iflink == d.ifindex) || nla_put_u32(s, IFLA_LINK, static_cast<u32>(iflink));
}

bool put_perm_address(sk_buff& s, const net_device& d) {
  auto a = std::as_bytes(std::span(d.perm_addr)).first(d.addr_len);
  if (std::ranges::all_of(a, [](std::byte b) { return b == std::byte{0}; })) return true;
  return nla_put(s, IFLA_PERM_ADDRESS, a);
}

bool put_af_spec(sk_buff& s, const net_device& d, u32 ext_filter_mask) {
  nlattr* spec = nla_nest_start_noflag(s, IFLA_AF_SPEC);
  if (!spec) return false;
  for (const rtnl_af_ops* ops : rtnl_of(d.nd_net->w).af_ops) {
    nlattr* af = nla_nest_start_noflag(s, ops->family);
    bool some = false;
    if (!af || !ops->fill_link_af(s, d, ext_filter_mask, &some)) return false;
    if (some)
      nla_nest_end(s, af);
    else
      nla_nest_cancel(s, af);
  }
  nla_nest_end(s, spec);
  return true;
}

bool put_prop_list(sk_buff& s, const net_device& d) {
  if (d.altnames.empty()) return true;
  nlattr* nest = nla_nest_start(s, IFLA_PROP_LIST);
  if (!nest) return false;
  for (const std::string& a : d.altnames)
    if (!nla_put_string(s, IFLA_ALT_IFNAME, a)) return false;
  nla_nest_end(s, nest);
  return true;
}

bool put_all(sk_buff& s, const net_device& d, net& asker, const ifinfo_args& a) {
  return (a.tgt_netnsid < 0 || nla_put_s32(s, IFLA_TARGET_NETNSID, a.tgt_netnsid)) &&
         nla_put_string(s, IFLA_IFNAME, d.name) && put_numbers(s, d) &&
         (!d.master || nla_put_u32(s, IFLA_MASTER, static_cast<u32>(d.master->ifindex))) &&
         nla_put_u8(s, IFLA_CARRIER, d.carrier_ok()) && put_strings(s, d) &&
         put_carrier(s, d, a.event) && put_addresses(s, d) &&
         ((a.ext_filter_mask & RTEXT_FILTER_SKIP_STATS) || put_stats(s, d)) && put_xdp(s) &&
         put_linkinfo(s, d) && (!a.new_nsid || nla_put_s32(s, IFLA_NEW_NETNSID, *a.new_nsid)) &&
         (!a.new_ifindex || nla_put_s32(s, IFLA_NEW_IFINDEX, a.new_ifindex)) &&
         put_lower(s, d, asker) && put_perm_address(s, d) && put_af_spec(s, d, a.ext_filter_mask) &&
         put_prop_list(s, d);
}

void notify(net_device& d, const ifinfo_args& a, const nl_request* rq) {
  net& n = *d.nd_net;
  if (!rtnl_notify_wanted(n, RTNLGRP_LINK, rq)) return;
  skb_ptr s = nlmsg_new(n.c, static_cast<u32>(nlmsg_total_size(if_nlmsg_size(d, 0))));
  if (!rtnl_fill_ifinfo(*s, d, n, a)) {
    consume_skb(std::move(s));
    return rtnl_set_sk_err(n, RTNLGRP_LINK, EMSGSIZE);
  }
  rtnl_notify(n, std::move(s), RTNLGRP_LINK, rq);
}

}  // namespace

bool rtnl_fill_ifinfo(sk_buff& s, net_device& d, net& asker, const ifinfo_args& a) {
  nlmsghdr* h = nlmsg_put(s, a.portid, a.seq, a.type, sizeof(ifinfomsg), a.flags);
  if (!h) return false;
  auto& ifm = nlmsg_body<ifinfomsg>(h);
  ifm.ifi_type = d.type;
  ifm.ifi_index = d.ifindex;
  ifm.ifi_flags = dev_get_flags(d);
  ifm.ifi_change = a.change;
  if (!put_all(s, d, asker, a)) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

// Generous: what has no bound of its own is counted, the rest is taken at its largest.
size_t if_nlmsg_size(const net_device& d, u32 ext_filter_mask) {
  size_t n = 1024;
  if (!(ext_filter_mask & RTEXT_FILTER_SKIP_STATS))
    n += nla_total_size(sizeof(rtnl_link_stats64)) + nla_total_size(sizeof(rtnl_link_stats));
  n += nla_total_size(d.ifalias.size());
  for (const std::string& a : d.altnames) n += nla_total_size(a.size() + 1);
  n += 256 * (rtnl_of(d.nd_net->w).af_ops.size() + 1);
  if (d.rtnl_link_ops && d.rtnl_link_ops->fill_info) n += 1024;
  if (d.master) n += 1024;
  return n;
}

void rtmsg_ifinfo(int type, net_device& d, unsigned change, const nl_request* rq) {
  if (d.rtnl_initializing) return;
  rtnl_registry& r = rtnl_of(d.nd_net->w);
  if (r.announcing == &d) change = ~0u, r.announcing = nullptr;
  ifinfo_args a{.type = type, .change = change};
  if (type == RTM_DELLINK && !rq) rq = r.deleting;
  if (rq) a.portid = rq->portid(), a.seq = rq->seq();
  notify(d, a, rq);
}

void rtmsg_ifinfo_newnet(int type, net_device& d, unsigned change, int new_nsid, int new_ifindex) {
  if (d.rtnl_initializing) return;
  notify(d, {.type = type, .change = change, .new_nsid = new_nsid, .new_ifindex = new_ifindex},
         nullptr);
}

void rtnetlink_event(net_device& d, netdev_event e) {
  switch (e) {
    case netdev_event::changemtu:
    case netdev_event::feat_change:
    case netdev_event::changeaddr:
    case netdev_event::changename: rtmsg_ifinfo(RTM_NEWLINK, d, 0); break;
    case netdev_event::changeupper:
      if (d.registered) rtmsg_ifinfo(RTM_NEWLINK, d, 0);
      break;
    case netdev_event::unregister:
      if (d.dismantled) rtnl_of(d.nd_net->w).offload_xstats_l3.erase(&d);
      break;
    default: break;  // the functions that cause the others send their messages themselves
  }
}

}  // namespace linnet
