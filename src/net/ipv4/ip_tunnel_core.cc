// Reads and writes what a route says of a tunnel.
#include "net/ipv4/ip_tunnel_core.hh"

#include <linux/lwtunnel.h>

#include <cstring>

#include "net/ipv4/route.hh"

namespace linnet {
namespace {

// Those that say options of tunnels that aren't there (Geneve, VXLAN, ERSPAN).
constexpr u16 options_present = 0xd800;

constexpr auto ip_policy = [] {
  std::array<nla_policy, LWTUNNEL_IP_MAX + 1> p{};
  p[LWTUNNEL_IP_ID] = nla_of(NLA_U64);
  p[LWTUNNEL_IP_DST] = p[LWTUNNEL_IP_SRC] = nla_of(NLA_U32);
  p[LWTUNNEL_IP_TTL] = p[LWTUNNEL_IP_TOS] = nla_of(NLA_U8);
  p[LWTUNNEL_IP_FLAGS] = nla_of(NLA_U16);
  p[LWTUNNEL_IP_OPTS] = nla_of(NLA_NESTED);
  return p;
}();

constexpr auto ip6_policy = [] {
  std::array<nla_policy, LWTUNNEL_IP6_MAX + 1> p{};
  p[LWTUNNEL_IP6_ID] = nla_of(NLA_U64);
  p[LWTUNNEL_IP6_DST] = p[LWTUNNEL_IP6_SRC] = nla_of(NLA_UNSPEC, sizeof(std::array<u8, 16>));
  p[LWTUNNEL_IP6_HOPLIMIT] = p[LWTUNNEL_IP6_TC] = nla_of(NLA_U8);
  p[LWTUNNEL_IP6_FLAGS] = nla_of(NLA_U16);
  p[LWTUNNEL_IP6_OPTS] = nla_of(NLA_NESTED);
  return p;
}();

u16 flags_of(nla a) { return a.get<be16>().host() & static_cast<u16>(~options_present); }

status build_ip(lwtunnel_state& s, nla encap) {
  nla_table<LWTUNNEL_IP_MAX> tb;
  if (status r = nla_parse_nested_deprecated(tb, encap, ip_policy); !r) return r;
  ip_tunnel_key& k = s.key;
  if (tb[LWTUNNEL_IP_OPTS]) return err(EOPNOTSUPP);
  if (tb[LWTUNNEL_IP_ID]) k.tun_id = tb[LWTUNNEL_IP_ID].get<be64>().host();
  if (tb[LWTUNNEL_IP_DST]) k.dst = tb[LWTUNNEL_IP_DST].get_be32();
  if (tb[LWTUNNEL_IP_SRC]) k.src = tb[LWTUNNEL_IP_SRC].get_be32();
  if (tb[LWTUNNEL_IP_TTL]) k.ttl = tb[LWTUNNEL_IP_TTL].get_u8();
  if (tb[LWTUNNEL_IP_TOS]) k.tos = tb[LWTUNNEL_IP_TOS].get_u8();
  if (tb[LWTUNNEL_IP_FLAGS]) k.tun_flags = flags_of(tb[LWTUNNEL_IP_FLAGS]);
  return {};
}

status build_ip6(lwtunnel_state& s, nla encap) {
  nla_table<LWTUNNEL_IP6_MAX> tb;
  if (status r = nla_parse_nested_deprecated(tb, encap, ip6_policy); !r) return r;
  ip_tunnel_key& k = s.key;
  if (tb[LWTUNNEL_IP6_OPTS]) return err(EOPNOTSUPP);
  if (tb[LWTUNNEL_IP6_ID]) k.tun_id = tb[LWTUNNEL_IP6_ID].get<be64>().host();
  if (tb[LWTUNNEL_IP6_DST]) s.dst6 = tb[LWTUNNEL_IP6_DST].get<std::array<u8, 16>>();
  if (tb[LWTUNNEL_IP6_SRC]) s.src6 = tb[LWTUNNEL_IP6_SRC].get<std::array<u8, 16>>();
  if (tb[LWTUNNEL_IP6_HOPLIMIT]) k.ttl = tb[LWTUNNEL_IP6_HOPLIMIT].get_u8();
  if (tb[LWTUNNEL_IP6_TC]) k.tos = tb[LWTUNNEL_IP6_TC].get_u8();
  if (tb[LWTUNNEL_IP6_FLAGS]) k.tun_flags = flags_of(tb[LWTUNNEL_IP6_FLAGS]);
  return {};
}

bool fill(sk_buff& skb, const lwtunnel_state& s) {
  const ip_tunnel_key& k = s.key;
  if (s.type == LWTUNNEL_ENCAP_IP)
    return nla_put_raw(skb, LWTUNNEL_IP_ID, be64(k.tun_id)) &&
           nla_put_in_addr(skb, LWTUNNEL_IP_DST, k.dst) &&
           nla_put_in_addr(skb, LWTUNNEL_IP_SRC, k.src) &&
           nla_put_u8(skb, LWTUNNEL_IP_TOS, k.tos) && nla_put_u8(skb, LWTUNNEL_IP_TTL, k.ttl) &&
           nla_put_raw(skb, LWTUNNEL_IP_FLAGS, be16(k.tun_flags));
  return nla_put_raw(skb, LWTUNNEL_IP6_ID, be64(k.tun_id)) &&
         nla_put_raw(skb, LWTUNNEL_IP6_DST, s.dst6) && nla_put_raw(skb, LWTUNNEL_IP6_SRC, s.src6) &&
         nla_put_u8(skb, LWTUNNEL_IP6_TC, k.tos) && nla_put_u8(skb, LWTUNNEL_IP6_HOPLIMIT, k.ttl) &&
         nla_put_raw(skb, LWTUNNEL_IP6_FLAGS, be16(k.tun_flags));
}

}  // namespace

status lwtunnel_valid_encap_type(u16 type) {
  if (!type || type > LWTUNNEL_ENCAP_MAX) return err(EINVAL, "Unknown lwt encapsulation type");
  if (type != LWTUNNEL_ENCAP_IP && type != LWTUNNEL_ENCAP_IP6)
    return err(EOPNOTSUPP, "lwt encapsulation type not supported");
  return {};
}

result<ref<lwtunnel_state>> lwtunnel_build_state(u16 type, nla encap) {
  if (!type) return err(EINVAL, "LWT encap type not specified");
  if (status s = lwtunnel_valid_encap_type(type); !s) return std::unexpected(s.error());
  ref<lwtunnel_state> state(new lwtunnel_state);
  state->type = type;
  const status s = type == LWTUNNEL_ENCAP_IP ? build_ip(*state, encap) : build_ip6(*state, encap);
  if (!s) return std::unexpected(s.error());
  return state;
}

bool lwtunnel_fill_encap(sk_buff& skb, const lwtunnel_state* s, int encap_attr, int type_attr) {
  if (likely(!s)) return true;
  nlattr* nest = nla_nest_start_noflag(skb, encap_attr);
  if (!nest || !fill(skb, *s)) return false;
  nla_nest_end(skb, nest);
  return nla_put_u16(skb, type_attr, s->type);
}

const ip_tunnel_key* skb_tunnel_tx_key(const sk_buff& s) {
  if (!s.dst) return nullptr;
  if (const metadata_dst* md = skb_metadata_dst(s)) return md->tx ? &md->key : nullptr;
  const lwtunnel_state* lwt = skb_rtable(s)->lwtstate.get();
  return lwt && lwt->type == LWTUNNEL_ENCAP_IP ? &lwt->key : nullptr;
}

}  // namespace linnet
