// The route of a connection's packets, found by the connection instead of by their addresses (tcp_v4_early_demux,
// udp_v4_early_demux): it keeps the input route of its last packet for as long as no table has changed. A host saves three
// lookups for each packet; a router, whose packets are not for its own connections, would only lose by asking, and is not
// asked while it has none.
#pragma once

#include "net/core/sk_buff.hh"
#include "wire/ip.hh"

namespace linnet {

struct net;
struct tcp_sock;
struct udp_sock;

// What there is to ask for the packets of a burst: the settings say so, and there are sockets.
class early_demux {
 public:
  explicit early_demux(const net&);
  // Gives a packet its connection's route, if that holds; the packet borrows it. A datagram learns its socket as well, for
  // as long as the burst lasts. Data stands at the IP header, whose length is believable.
  void find(net&, sk_buff&, const iphdr&) const;

 private:
  bool tcp_ = false, udp_ = false;
};

// Keeps the route of a packet that has come for a connection (inet_sk_rx_dst_set, and tcp_v4_do_rcv's check of it).
void tcp_rx_dst_keep(tcp_sock&, const sk_buff&);
// The same (udp_sk_rx_dst_set), of a datagram that was given its socket here.
void udp_rx_dst_keep(udp_sock&, const sk_buff&);

}  // namespace linnet
