// Routes, neighbours and rules, as `ip route`, `ip neigh` and `ip rule` ask for them.
#include <linux/fib_rules.h>

#include "api/rtnetlink_kit.hh"

namespace linnet::v0 {
namespace {

// As `ip route` guesses a scope that nobody gave (iproute_modify).
std::uint8_t usual_scope(const route& r) {
  switch (r.type) {
    case RTN_LOCAL:
    case RTN_NAT: return RT_SCOPE_HOST;
    case RTN_BROADCAST:
    case RTN_MULTICAST:
    case RTN_ANYCAST: return RT_SCOPE_LINK;
    case RTN_UNICAST:
    case RTN_UNSPEC: return r.gateway || !r.next_hops.empty() ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    default: return RT_SCOPE_UNIVERSE;
  }
}

status put_next_hops(const net& n, netlink_request& m, const std::vector<next_hop>& hops) {
  const std::size_t all = m.nest(RTA_MULTIPATH);
  for (const next_hop& h : hops) {
    rtnexthop nh{};
    nh.rtnh_hops = static_cast<std::uint8_t>(h.weight - 1);
    nh.rtnh_len = static_cast<std::uint16_t>(sizeof nh + (h.gateway ? NLA_HDRLEN + 4 : 0));
    if (h.weight < 1 || h.weight > 256) return fail(EINVAL, "Invalid weight");
    if (!h.device.empty()) {
      const auto index = device_index(n, h.device);
      if (!index) return std::unexpected(index.error());
      nh.rtnh_ifindex = *index;
    }
    m.header(nh);
    if (h.gateway) m.attribute(RTA_GATEWAY, h.gateway->bytes);
  }
  m.end_nest(all);
  return {};
}

status ask_for_route(const net& n, const route& r, std::uint16_t type, unsigned flags) {
  const bool removes = type == RTM_DELROUTE;
  rtmsg h{};
  h.rtm_family = AF_INET;
  h.rtm_dst_len = r.destination.length;
  h.rtm_tos = r.tos;
  h.rtm_table = static_cast<std::uint8_t>(r.table < 256 ? r.table : RT_TABLE_UNSPEC);
  h.rtm_protocol = removes && r.protocol == RTPROT_BOOT ? u8{RTPROT_UNSPEC} : r.protocol;
  h.rtm_scope = r.scope.value_or(removes ? u8{RT_SCOPE_NOWHERE} : usual_scope(r));
  h.rtm_type = removes && r.type == RTN_UNICAST ? u8{RTN_UNSPEC} : r.type;
  netlink_request m(type, flags);
  m.header(h);
  put_prefix(m, RTA_DST, r.destination);
  if (r.table > 255) m.attribute(RTA_TABLE, r.table);
  if (r.gateway) m.attribute(RTA_GATEWAY, r.gateway->bytes);
  if (!r.device.empty()) {
    const auto index = device_index(n, r.device);
    if (!index) return std::unexpected(index.error());
    m.attribute(RTA_OIF, *index);
  }
  if (r.source) m.attribute(RTA_PREFSRC, r.source->bytes);
  if (r.metric) m.attribute(RTA_PRIORITY, r.metric);
  if (r.mtu) {
    const std::size_t metrics = m.nest(RTA_METRICS);
    m.attribute(RTAX_MTU, *r.mtu).end_nest(metrics);
  }
  if (!r.next_hops.empty()) {
    if (status ok = put_next_hops(n, m, r.next_hops); !ok) return ok;
  }
  return netlink_call(n, m);
}

std::vector<next_hop> next_hops_of(const net& n, std::span<const std::byte> rest) {
  std::vector<next_hop> hops;
  while (rest.size() >= sizeof(rtnexthop)) {
    rtnexthop nh;
    std::memcpy(&nh, rest.data(), sizeof nh);
    if (nh.rtnh_len < sizeof nh || nh.rtnh_len > rest.size()) break;
    const netlink_attributes tb(rest.subspan(sizeof nh, nh.rtnh_len - sizeof nh));
    next_hop h{
        .gateway = {}, .device = device_name(n, nh.rtnh_ifindex), .weight = nh.rtnh_hops + 1u};
    if (const auto via = tb[RTA_GATEWAY]) h.gateway = address_of(via);
    hops.push_back(std::move(h));
    rest = rest.subspan(std::min<std::size_t>(RTNH_ALIGN(nh.rtnh_len), rest.size()));
  }
  return hops;
}

route route_of(const net& n, const netlink_message& m) {
  const auto h = m.family_header<rtmsg>();
  const auto tb = m.attributes<rtmsg>();
  route r;
  r.destination = {address_of(tb[RTA_DST]), h.rtm_dst_len};
  if (const auto a = tb[RTA_GATEWAY]) r.gateway = address_of(a);
  if (const auto a = tb[RTA_OIF]) r.device = device_name(n, a.as<int>());
  r.next_hops = next_hops_of(n, tb[RTA_MULTIPATH].payload);
  if (const auto a = tb[RTA_PREFSRC]) r.source = address_of(a);
  r.table = tb[RTA_TABLE] ? tb[RTA_TABLE].as<std::uint32_t>() : h.rtm_table;
  r.metric = tb[RTA_PRIORITY].as<std::uint32_t>();
  r.tos = h.rtm_tos;
  r.type = h.rtm_type;
  r.protocol = h.rtm_protocol;
  r.scope = h.rtm_scope;
  if (const auto a = netlink_attributes(tb[RTA_METRICS].payload)[RTAX_MTU])
    r.mtu = a.as<std::uint32_t>();
  return r;
}

}  // namespace

status add_route(const net& n, const route& r) {
  return ask_for_route(n, r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
}
status replace_route(const net& n, const route& r) {
  return ask_for_route(n, r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
}
status del_route(const net& n, const route& r) { return ask_for_route(n, r, RTM_DELROUTE, 0); }

std::vector<route> routes(const net& n, std::uint32_t table) {
  rtmsg h{};
  h.rtm_family = AF_INET;
  netlink_request m(RTM_GETROUTE, NLM_F_DUMP);
  m.header(h).attribute(RTA_TABLE, table);
  std::vector<route> all;
  // ENOENT when there is no such table: then there is nothing in it.
  (void)netlink_call(n, m,
                     [&](const netlink_message& answer) { all.push_back(route_of(n, answer)); });
  return all;
}

result<route> get_route(const net& n, const ipv4_address& to) {
  rtmsg h{};
  h.rtm_family = AF_INET;
  h.rtm_dst_len = 32;
  h.rtm_flags = RTM_F_LOOKUP_TABLE;
  netlink_request m(RTM_GETROUTE);
  m.header(h).attribute(RTA_DST, to.bytes);
  route found;
  const status done =
      netlink_call(n, m, [&](const netlink_message& answer) { found = route_of(n, answer); });
  if (!done) return std::unexpected(done.error());
  return found;
}

// ---- neighbours

status add_neighbour(const net& n, const neighbour& e) {
  const auto index = device_index(n, e.device);
  if (!index) return std::unexpected(index.error());
  ndmsg h{};
  h.ndm_family = AF_INET;
  h.ndm_ifindex = *index;
  h.ndm_state = e.state;
  netlink_request m(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  m.header(h).attribute(NDA_DST, e.address.bytes);
  if (e.link_address) m.attribute(NDA_LLADDR, e.link_address->bytes);
  return netlink_call(n, m);
}

status del_neighbour(const net& n, std::string_view device, const ipv4_address& address) {
  const auto index = device_index(n, device);
  if (!index) return std::unexpected(index.error());
  ndmsg h{};
  h.ndm_family = AF_INET;
  h.ndm_ifindex = *index;
  netlink_request m(RTM_DELNEIGH);
  m.header(h).attribute(NDA_DST, address.bytes);
  return netlink_call(n, m);
}

std::vector<neighbour> neighbours(const net& n) {
  ndmsg h{};
  h.ndm_family = AF_INET;
  netlink_request m(RTM_GETNEIGH, NLM_F_DUMP);
  std::vector<neighbour> all;
  (void)netlink_call(n, m.header(h), [&](const netlink_message& answer) {
    const auto ndm = answer.family_header<ndmsg>();
    const auto tb = answer.attributes<ndmsg>();
    neighbour e{.device = device_name(n, ndm.ndm_ifindex),
                .address = address_of(tb[NDA_DST]),
                .link_address = {},
                .state = ndm.ndm_state};
    if (const auto a = tb[NDA_LLADDR]; a.payload.size() == 6)
      e.link_address = mac_address::from(a.as<std::array<std::uint8_t, 6>>());
    all.push_back(std::move(e));
  });
  return all;
}

// ---- rules

static status ask_for_rule(const net& n, const rule& r, std::uint16_t type, unsigned flags) {
  fib_rule_hdr h{};
  h.family = AF_INET;
  h.dst_len = r.to.length;
  h.src_len = r.from.length;
  h.tos = r.tos;
  h.table = static_cast<std::uint8_t>(r.table < 256 ? r.table : RT_TABLE_UNSPEC);
  h.action = r.action;
  netlink_request m(type, flags);
  m.header(h);
  put_prefix(m, FRA_SRC, r.from);
  put_prefix(m, FRA_DST, r.to);
  if (r.priority) m.attribute(FRA_PRIORITY, *r.priority);
  if (!r.input_device.empty()) m.attribute(FRA_IIFNAME, r.input_device);
  if (!r.output_device.empty()) m.attribute(FRA_OIFNAME, r.output_device);
  if (r.mark_mask) {
    m.attribute(FRA_FWMARK, r.mark).attribute(FRA_FWMASK, r.mark_mask);
  }
  if (r.table > 255) m.attribute(FRA_TABLE, r.table);
  return netlink_call(n, m);
}

status add_rule(const net& n, const rule& r) {
  return ask_for_rule(n, r, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
}
status del_rule(const net& n, const rule& r) { return ask_for_rule(n, r, RTM_DELRULE, 0); }

std::vector<rule> rules(const net& n) {
  fib_rule_hdr h{};
  h.family = AF_INET;
  netlink_request m(RTM_GETRULE, NLM_F_DUMP);
  std::vector<rule> all;
  (void)netlink_call(n, m.header(h), [&](const netlink_message& answer) {
    const auto frh = answer.family_header<fib_rule_hdr>();
    const auto tb = answer.attributes<fib_rule_hdr>();
    rule r;
    r.priority = tb[FRA_PRIORITY].as<std::uint32_t>();
    r.from = {address_of(tb[FRA_SRC]), frh.src_len};
    r.to = {address_of(tb[FRA_DST]), frh.dst_len};
    r.input_device = tb[FRA_IIFNAME].text();
    r.output_device = tb[FRA_OIFNAME].text();
    r.mark = tb[FRA_FWMARK].as<std::uint32_t>();
    r.mark_mask = tb[FRA_FWMASK].as<std::uint32_t>();
    r.tos = frh.tos;
    r.action = frh.action;
    r.table = tb[FRA_TABLE] ? tb[FRA_TABLE].as<std::uint32_t>() : frh.table;
    all.push_back(std::move(r));
  });
  return all;
}

}  // namespace linnet::v0
