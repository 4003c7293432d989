// Fragmentation and reassembly (RFC 791 §3.2, RFC 815).
#pragma once

#include "net/core/sk_buff.hh"
#include "net/core/world.hh"

namespace linnet {

// Cuts a packet into pieces of at most `mtu` bytes and appends them to `out`. False: it could not be, and is freed and counted.
bool ip_fragment(net&, skb_ptr, u32 mtu, sk_buff_head& out);

// For whom a datagram is put together: fragments on the way to different users never meet (enum ip_defrag_users).
enum ip_defrag_users : u8 { IP_DEFRAG_LOCAL_DELIVER, IP_DEFRAG_CALL_RA_CHAIN };

// Takes a fragment; returns the whole packet once its last piece is there, with data at the IP header.
skb_ptr ip_defrag(net&, skb_ptr, ip_defrag_users = IP_DEFRAG_LOCAL_DELIVER);

void ip_frag_net_init(net&);

}  // namespace linnet
