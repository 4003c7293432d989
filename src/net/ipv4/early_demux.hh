// The route of a connection's segments, found by the connection instead of by their addresses (tcp_v4_early_demux): it keeps
// the input route of its last segment for as long as no table has changed. A host saves three lookups for each packet; a
// router, whose packets are not for its own connections, would only lose by asking, and is not asked while it has none.
#pragma once

#include "net/core/sk_buff.hh"

namespace linnet {

struct net;
struct tcp_sock;

// Whether to try for the packets of a burst: the settings say so, there are connections, and nobody wants to be told of
// each lookup.
bool early_demux_wanted(const net&);
// Gives a TCP segment its connection's route, if that holds; the packet borrows it. Data stands at the IP header, whose
// length is believable.
void tcp_v4_early_demux(net&, sk_buff&);
// Keeps the route of a segment that has come for a connection (inet_sk_rx_dst_set, and tcp_v4_do_rcv's check of it).
void tcp_rx_dst_keep(tcp_sock&, const sk_buff&);

}  // namespace linnet
