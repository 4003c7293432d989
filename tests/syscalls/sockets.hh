// The kinds of sockets that calls are tried on.
#pragma once

#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <span>

#include "tests/syscalls/arena.hh"

namespace calls {

struct socket_kind {
  const char* name;
  int family, type, protocol;
};

inline constexpr uint16_t own_ethertype = 0x88b5;  // local experiments: nobody else sends it

inline const socket_kind udp = {"udp", AF_INET, SOCK_DGRAM, 0};
inline const socket_kind udplite = {"udplite", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE};
inline const socket_kind raw_icmp = {"raw-icmp", AF_INET, SOCK_RAW, IPPROTO_ICMP};
inline const socket_kind raw_own = {"raw-253", AF_INET, SOCK_RAW, 253};
inline const socket_kind raw_header = {"raw-header", AF_INET, SOCK_RAW, IPPROTO_RAW};
inline const socket_kind ping = {"ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP};
inline const socket_kind packet_raw = {"packet-raw", AF_PACKET, SOCK_RAW, own_ethertype};
inline const socket_kind packet_dgram = {"packet-dgram", AF_PACKET, SOCK_DGRAM, own_ethertype};
inline const socket_kind netlink_route = {"netlink", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE};

// Opens one that never blocks; -1 with errno.
int open_socket(const socket_kind&);

// The tries, each a part of the program's output.
void try_creation();
void try_options();
void try_arguments();
void try_episodes(uint64_t seed, unsigned first, unsigned count);
void try_streams(uint64_t seed, unsigned first, unsigned count);

}  // namespace calls
