// `ip link add type gre`, `type gretap`: what may be asked for, and what is shown.
// Before <netinet/in.h>, which then leaves its structures alone.
#include <linux/if_tunnel.h>
//
#include <netinet/in.h>

#include "net/ethernet/eth.hh"
#include "net/ipv4/ip_gre.hh"

namespace linnet {
namespace {

constexpr auto policy = [] {
  std::array<nla_policy, IFLA_GRE_MAX + 1> p{};
  for (int t : {IFLA_GRE_LINK, IFLA_GRE_IKEY, IFLA_GRE_OKEY, IFLA_GRE_FWMARK})
    p[static_cast<size_t>(t)] = nla_of(NLA_U32);
  for (int t : {IFLA_GRE_IFLAGS, IFLA_GRE_OFLAGS, IFLA_GRE_ENCAP_TYPE, IFLA_GRE_ENCAP_FLAGS,
                IFLA_GRE_ENCAP_SPORT, IFLA_GRE_ENCAP_DPORT})
    p[static_cast<size_t>(t)] = nla_of(NLA_U16);
  for (int t : {IFLA_GRE_TTL, IFLA_GRE_TOS, IFLA_GRE_PMTUDISC, IFLA_GRE_IGNORE_DF})
    p[static_cast<size_t>(t)] = nla_of(NLA_U8);
  p[IFLA_GRE_LOCAL] = p[IFLA_GRE_REMOTE] = nla_of(NLA_UNSPEC, 4);
  p[IFLA_GRE_COLLECT_METADATA] = nla_of(NLA_FLAG);
  return p;
}();
using gre_table = nla_table<IFLA_GRE_MAX>;

u16 flags_of(nla a) { return a ? a.get<be16>().host() : u16{0}; }

// ipgre_tunnel_validate.
status validate(const gre_table& tb) {
  if ((flags_of(tb[IFLA_GRE_IFLAGS]) | flags_of(tb[IFLA_GRE_OFLAGS])) & (gre_version | gre_routing))
    return err(EINVAL);
  // Inside UDP (fou, gue) there is nothing yet.
  if (tb[IFLA_GRE_ENCAP_TYPE] && tb[IFLA_GRE_ENCAP_TYPE].get_u16() != TUNNEL_ENCAP_NONE)
    return err(EINVAL);
  return {};
}

status validate_tap(const gre_table& tb) {
  if (tb[IFLA_GRE_REMOTE] && !tb[IFLA_GRE_REMOTE].get_be32()) return err(EINVAL);
  return validate(tb);
}

// ipgre_netlink_parms.
result<tunnel_parms> parms_of(ip_tunnel& t, const_bytes data, const gre_table& tb) {
  tunnel_parms p{.protocol = IPPROTO_GRE};
  if (!data.data()) return p;
  if (tb[IFLA_GRE_LINK]) p.link = tb[IFLA_GRE_LINK].get_s32();
  p.i_flags = flags_of(tb[IFLA_GRE_IFLAGS]) & (gre_csum | gre_key | gre_seq);
  p.o_flags = flags_of(tb[IFLA_GRE_OFLAGS]) & (gre_csum | gre_key | gre_seq);
  if (tb[IFLA_GRE_IKEY]) p.i_key = tb[IFLA_GRE_IKEY].get_be32();
  if (tb[IFLA_GRE_OKEY]) p.o_key = tb[IFLA_GRE_OKEY].get_be32();
  if (tb[IFLA_GRE_LOCAL]) p.saddr = tb[IFLA_GRE_LOCAL].get_be32();
  if (tb[IFLA_GRE_REMOTE]) p.daddr = tb[IFLA_GRE_REMOTE].get_be32();
  if (tb[IFLA_GRE_TTL]) p.ttl = tb[IFLA_GRE_TTL].get_u8();
  if (tb[IFLA_GRE_TOS]) p.tos = tb[IFLA_GRE_TOS].get_u8();
  if (!tb[IFLA_GRE_PMTUDISC] || tb[IFLA_GRE_PMTUDISC].get_u8()) {
    if (t.ignore_df) return err(EINVAL);
    p.df = true;
  }
  if (tb[IFLA_GRE_COLLECT_METADATA]) {
    t.collect_md = true;
    if (t.type == ARPHRD_IPGRE) t.type = ARPHRD_NONE;
  }
  if (tb[IFLA_GRE_IGNORE_DF]) {
    if (tb[IFLA_GRE_IGNORE_DF].get_u8() && p.df) return err(EINVAL);
    t.ignore_df = tb[IFLA_GRE_IGNORE_DF].get_u8();
  }
  if (tb[IFLA_GRE_FWMARK]) p.fwmark = tb[IFLA_GRE_FWMARK].get_u32();
  return p;
}

result<net_device*> newlink(const rtnl_newlink_params& p, const tunnel_kind_ops& kind,
                            status (*check)(const gre_table&)) {
  gre_load(p.dest_net->w);
  const ifla_table tb = rtnl_parse_request(p);
  ref<ip_tunnel> t(new ip_tunnel(kind));
  if (status s = rtnl_create_link(*t, kind.link_ops, tb); !s) return std::unexpected(s.error());
  gre_table data;
  status s = nla_parse(data, p.data, policy, NL_VALIDATE_LIBERAL);
  if (s) s = check(data);
  if (!s) return std::unexpected(s.error());
  auto parms = parms_of(*t, p.data, data);
  if (!parms) return std::unexpected(parms.error());
  return ip_tunnel_newlink(p, std::move(t), *parms);
}

result<net_device*> ipgre_newlink(const rtnl_newlink_params& p) {
  return newlink(p, gre_kind, validate);
}
result<net_device*> gretap_newlink(const rtnl_newlink_params& p) {
  return newlink(p, gretap_kind, validate_tap);
}

// ipgre_link_update: other flags make another header.
void link_update(ip_tunnel& t) {
  const u32 old = std::exchange(t.hlen, gre_calc_hlen(t.parms.o_flags));
  const u32 more = t.hlen - old;  // modulo 2^32
  if (t.header_ops && t.type != ARPHRD_ETHER)
    t.hard_header_len = static_cast<u16>(t.hard_header_len + more);
  else
    t.needed_headroom = static_cast<u16>(t.needed_headroom + more);
  t.mtu = static_cast<u32>(std::max(static_cast<s32>(t.mtu - more), 68));
}

status changelink(net_device& dev, const_bytes bytes) {
  ip_tunnel& t = tunnel_of(dev);
  gre_table data;
  if (status s = nla_parse(data, bytes, policy, NL_VALIDATE_LIBERAL); !s) return s;
  if (status s = t.type == ARPHRD_ETHER ? validate_tap(data) : validate(data); !s) return s;
  auto p = parms_of(t, bytes, data);
  if (!p) return std::unexpected(p.error());
  if (status s = ip_tunnel_changelink(t, *p); !s) return s;
  t.parms.i_flags = p->i_flags;
  t.parms.o_flags = p->o_flags;
  link_update(t);
  return {};
}

void fill(const net_device& dev, u16 more_o_flags, std::vector<std::byte>& out) {
  const ip_tunnel& t = tunnel_of(dev);
  const tunnel_parms& p = t.parms;
  nla_append_raw(out, IFLA_GRE_LINK, p.link);
  nla_append_raw(out, IFLA_GRE_IFLAGS, be16(p.i_flags));
  nla_append_raw(out, IFLA_GRE_OFLAGS, be16(static_cast<u16>(p.o_flags | more_o_flags)));
  nla_append_raw(out, IFLA_GRE_IKEY, p.i_key);
  nla_append_raw(out, IFLA_GRE_OKEY, p.o_key);
  nla_append_raw(out, IFLA_GRE_LOCAL, p.saddr);
  nla_append_raw(out, IFLA_GRE_REMOTE, p.daddr);
  nla_append_raw(out, IFLA_GRE_TTL, p.ttl);
  nla_append_raw(out, IFLA_GRE_TOS, p.tos);
  nla_append_raw(out, IFLA_GRE_PMTUDISC, static_cast<u8>(p.df));
  nla_append_raw(out, IFLA_GRE_FWMARK, p.fwmark);
  for (int none :
       {IFLA_GRE_ENCAP_TYPE, IFLA_GRE_ENCAP_SPORT, IFLA_GRE_ENCAP_DPORT, IFLA_GRE_ENCAP_FLAGS})
    nla_append_raw(out, none, u16{0});
  nla_append_raw(out, IFLA_GRE_IGNORE_DF, static_cast<u8>(t.ignore_df));
  if (t.collect_md) nla_append(out, IFLA_GRE_COLLECT_METADATA, {});
}

void fill_info(const net_device& dev, std::vector<std::byte>& out) { fill(dev, 0, out); }

result<net_device*> erspan_newlink(const rtnl_newlink_params&) { return err(EOPNOTSUPP); }

void erspan_fill_info(const net_device& dev, std::vector<std::byte>& out) {
  nla_append_raw(out, IFLA_GRE_ERSPAN_VER, u8{1});
  nla_append_raw(out, IFLA_GRE_ERSPAN_INDEX, u32{0});
  fill(dev, gre_key, out);
}

}  // namespace

const rtnl_link_ops erspan_link_ops = {.kind = "erspan",
                                       .newlink = erspan_newlink,
                                       .dellink = ip_tunnel_dellink,
                                       .fill_info = erspan_fill_info};
const rtnl_link_ops gre_link_ops = {.kind = "gre",
                                    .newlink = ipgre_newlink,
                                    .dellink = ip_tunnel_dellink,
                                    .fill_info = fill_info,
                                    .changelink = changelink};
const rtnl_link_ops gretap_link_ops = {.kind = "gretap",
                                       .newlink = gretap_newlink,
                                       .dellink = ip_tunnel_dellink,
                                       .fill_info = fill_info,
                                       .changelink = changelink};

}  // namespace linnet
