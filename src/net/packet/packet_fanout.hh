// PACKET_FANOUT: packet sockets that share the packets of one hook, each packet going to one of them. A group has the
// protocol and device of its first member, and a way of choosing (struct packet_fanout). It takes the members' place
// among those who look on, while any of them is running.
#pragma once

#include <linux/filter.h>
#include <linux/if_packet.h>

#include <vector>

#include "net/core/dev.hh"

namespace linnet {

struct packet_sock;
struct sockopt_value;
struct socket;

struct packet_fanout {
  struct hook : packet_tap {
    packet_fanout* f;
  } prot_hook{};
  u16 id = 0;
  u8 type = 0;   // PACKET_FANOUT_HASH ...
  u8 flags = 0;  // PACKET_FANOUT_FLAG_*, shifted down
  u32 max_num_members = 0;
  u32 members = 0;                // sockets in the group
  std::vector<packet_sock*> arr;  // those that are running, in the order by which they are chosen
  u32 rr_cur = 0;
  std::vector<sock_filter> prog;  // PACKET_FANOUT_CBPF; empty: the first
};

// What a socket keeps of its turns at passing packets on (PACKET_FANOUT_ROLLOVER).
struct packet_rollover {
  u32 sock = 0;  // where to look first
  tpacket_rollover_stats stats{};
};

status fanout_add(packet_sock&, const fanout_args&);
status fanout_set_data(socket&, const sockopt_value& program);
void fanout_release(packet_sock&);
u32 fanout_value(const packet_sock&);  // as PACKET_FANOUT tells it

// The running members (__fanout_link, __fanout_unlink).
void fanout_link(packet_sock&);
void fanout_unlink(packet_sock&);

}  // namespace linnet
