// What GRO knows of each protocol (struct net_offload's gro callbacks): whether a packet could be joined with others at all,
// what becomes of it beside the one that is held of its flow, and the headers of what was joined. For gro.cc alone, which
// walks through IPv4's header first.
#pragma once

#include "net/core/gso.hh"
#include "wire/ip.hh"

namespace linnet {

// Of a held packet (struct napi_gro_cb).
struct gro_cb {
  u16 count;       // segments that it has been made of
  bool is_atomic;  // DF, and all with the same identification so far
  bool is_flist;   // to be taken apart again by whoever reads it (rx-gro-list)
  u32 payload;     // bytes behind the headers
  ktime age;       // the tick when it was first held
};
inline gro_cb& gro_cb_of(sk_buff& s) { return s.cb_as<gro_cb>(); }

// A packet that could be joined with others.
struct gro_candidate {
  const iphdr* ip = nullptr;
  const std::byte* l4 = nullptr;  // the header of TCP or UDP
  u32 l4_len = 0, len = 0;        // of that header, and of the payload
  bool is_flist = false;
};
// The same of one that is held, whose headers have been looked at.
gro_candidate gro_held(const sk_buff&);
// Whether the checksum of what follows IPv4's header is right.
bool gro_checksum_good(const sk_buff&, const gro_candidate&);

// What becomes of a packet and of the held one of its flow.
struct gro_verdict {
  bool joined = false;     // it is part of the held one now
  bool completes = false;  // the held one waits no longer
  bool passes = false;     // if not joined, it is not held either
};
// Whether the network header is one that segmentation would make of the held one's (inet_gro_receive's flush and flush_id).
bool inet_gro_fits(sk_buff& p, const gro_candidate& held, const gro_candidate& c);
// Copies the payload behind that of the held one (skb_gro_receive). False: that would be too large.
bool skb_gro_receive(sk_buff& p, sk_buff& s, const gro_candidate& c);

bool tcp_gro_understands(const sk_buff&, gro_candidate&);
bool udp_gro_understands(const sk_buff&, gro_candidate&);
// `p`: the held one of the same flow; null: there is none.
gro_verdict tcp_gro_receive(sk_buff* p, sk_buff& s, const gro_candidate& c);
gro_verdict udp_gro_receive(sk_buff* p, sk_buff& s, const gro_candidate& c);
// The header of what has been joined; IPv4's is right already.
void tcp_gro_complete(sk_buff&);
void udp_gro_complete(sk_buff&);

}  // namespace linnet
