// `encap ip` of routes and nexthop objects as messages (lwtunnel.c, ip_tunnel_core.c), and where a packet that goes into
// an `external` tunnel shall go.
#pragma once

#include "base/result.hh"
#include "net/core/lwtunnel.hh"
#include "net/core/nlattr.hh"

namespace linnet {

// EINVAL for none or unknown ones, EOPNOTSUPP for those that aren't there (lwtunnel_valid_encap_type).
status lwtunnel_valid_encap_type(u16 type);
// From RTA_ENCAP or NHA_ENCAP (lwtunnel_build_state). EINVAL, EOPNOTSUPP, ERANGE.
result<ref<lwtunnel_state>> lwtunnel_build_state(u16 type, nla encap);
// Appends both attributes; nothing for null. False: the packet is full (lwtunnel_fill_encap).
bool lwtunnel_fill_encap(sk_buff&, const lwtunnel_state*, int encap_attr, int type_attr);

// The key by which the packet's route or metadata sends it into a tunnel of IPv4; null: none (skb_tunnel_info).
const ip_tunnel_key* skb_tunnel_tx_key(const sk_buff&);

}  // namespace linnet
