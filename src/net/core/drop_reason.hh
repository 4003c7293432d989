// Why a packet ended before it was delivered: one list, in Linux's names (enum skb_drop_reason), each
// with a sentence for people and the SNMP counter that the dropping code increments, as nstat(8) names
// it ("" where Linux counts nothing there, or counts in the device's statistics).
#pragma once

#include <string_view>

#include "base/types.hh"

namespace linnet {

// clang-format off
#define LINNET_DROP_REASONS(X)                                                                      \
  X(NOT_SPECIFIED,       "",                  "dropped for a reason that has no name yet")           \
  X(NO_SOCKET,           "UdpNoPorts",        "no socket listens for it")                            \
  X(PKT_TOO_SMALL,       "IpInHdrErrors",     "the packet is shorter than its headers")              \
  X(TCP_CSUM,            "TcpInCsumErrors",   "wrong TCP checksum")                                  \
  X(TCP_MINTTL,          "TcpExtTCPMinTTLDrop", "the TTL is lower than the socket allows")           \
  X(TCP_MD5NOTFOUND,     "TcpExtTCPMD5NotFound", "a TCP segment without the signature that is wanted") \
  X(TCP_MD5UNEXPECTED,   "TcpExtTCPMD5Unexpected", "a TCP segment with a signature that nobody has a key for") \
  X(TCP_MD5FAILURE,      "TcpExtTCPMD5Failure", "a TCP segment whose signature is wrong")            \
  X(TCP_FAST_OPEN,       "",                  "a TCP segment that a Fast Open connection has no use for") \
  X(TCP_FLAGS,           "",                  "a TCP segment with flags that mean nothing here")     \
  X(TCP_ZEROWINDOW,      "TcpExtTCPZeroWindowDrop", "TCP data for a window that is shut")            \
  X(TCP_OLD_DATA,        "",                  "TCP data that arrived before")                        \
  X(TCP_OVERWINDOW,      "",                  "TCP data beyond the window")                          \
  X(TCP_OFOMERGE,        "TcpExtTCPOFOMerge", "TCP data that waits in the out-of-order queue already") \
  X(TCP_RFC7323_PAWS,    "TcpExtPAWSEstab",   "an old TCP segment by its time stamp (RFC 7323)")     \
  X(TCP_OLD_SEQUENCE,    "",                  "a TCP segment that was dealt with before")            \
  X(TCP_INVALID_SEQUENCE, "",                 "a TCP segment outside the window")                    \
  X(TCP_INVALID_ACK_SEQUENCE, "",             "an acknowledgement of what was not sent to it")       \
  X(TCP_RESET,           "",                  "a TCP reset")                                         \
  X(TCP_INVALID_SYN,     "TcpExtTCPSYNChallenge", "a SYN for a connection that is open")             \
  X(TCP_CLOSED,          "",                  "the TCP connection is closed")                        \
  X(TCP_LISTEN_FULL,     "TcpExtListenDrops", "the listening socket's queue is full")                \
  X(TCP_OLD_ACK,         "",                  "an old TCP acknowledgement")                          \
  X(TCP_TOO_OLD_ACK,     "",                  "a TCP acknowledgement older than any window")         \
  X(TCP_ACK_UNSENT_DATA, "",                  "an acknowledgement of data that was never sent")      \
  X(TCP_OFO_QUEUE_PRUNE, "TcpExtOfoPruned",   "pruned from the out-of-order queue")                  \
  X(TCP_OFO_DROP,        "",                  "TCP data out of order that came twice")               \
  X(SOCKET_FILTER,       "",                  "the socket's filter refused it")                      \
  X(UDP_CSUM,            "UdpInCsumErrors",   "wrong UDP checksum")                                  \
  X(NETFILTER_DROP,      "",                  "dropped by netfilter")                                \
  X(OTHERHOST,           "",                  "the frame is addressed to another host")              \
  X(IP_CSUM,             "IpExtInCsumErrors", "wrong IPv4 header checksum")                          \
  X(IP_INHDR,            "IpInHdrErrors",     "malformed IP header")                                 \
  X(IP_RPFILTER,         "TcpExtIPReversePathFilter", "reverse-path filter: the source is not reached by this device") \
  X(UNICAST_IN_L2_MULTICAST, "",              "a unicast packet in a link-layer multicast frame")    \
  X(IP_NOPROTO,          "IpInUnknownProtos", "no handler for the IP protocol")                      \
  X(SOCKET_RCVBUFF,      "",                  "the socket's receive buffer is full")                 \
  X(PROTO_MEM,           "",                  "the protocol's memory limit is reached")              \
  X(SOCKET_BACKLOG,      "",                  "the socket's backlog is full")                        \
  X(NEIGH_CREATEFAIL,    "",                  "no neighbour entry could be made")                    \
  X(NEIGH_FAILED,        "",                  "the neighbour did not answer")                        \
  X(NEIGH_QUEUEFULL,     "",                  "too many packets wait for the neighbour's address")   \
  X(NEIGH_DEAD,          "",                  "the neighbour entry is dead")                         \
  X(NEIGH_HH_FILLFAIL,   "",                  "the link-layer header could not be made")             \
  X(TC_EGRESS,           "",                  "dropped by traffic control on egress")                \
  X(QDISC_DROP,          "",                  "the queueing discipline was full or refused it")      \
  X(CPU_BACKLOG,         "",                  "the cpu's input queue is full")                       \
  X(XDP,                 "",                  "dropped by XDP")                                      \
  X(TC_INGRESS,          "",                  "dropped by traffic control on ingress")               \
  X(UNHANDLED_PROTO,     "",                  "no handler for the Ethernet protocol")                \
  X(SKB_CSUM,            "",                  "the checksum could not be computed")                  \
  X(SKB_GSO_SEG,         "",                  "segmentation failed")                                 \
  X(DEV_HDR,             "",                  "the device header could not be read")                 \
  X(DEV_READY,           "",                  "the device is not up")                                \
  X(FULL_RING,           "",                  "the device's ring is full")                           \
  X(NOMEM,               "",                  "out of memory")                                       \
  X(HDR_TRUNC,           "",                  "the headers are truncated")                           \
  X(TAP_FILTER,          "",                  "the tap's filter refused it")                         \
  X(TAP_TXFILTER,        "",                  "the tap's transmit filter refused it")                \
  X(ICMP_CSUM,           "IcmpInCsumErrors",  "wrong ICMP checksum")                                 \
  X(INVALID_PROTO,       "IpInHdrErrors",     "the protocol is not valid here")                      \
  X(IP_INADDRERRORS,     "IpInAddrErrors",    "the address is not valid here")                       \
  X(IP_INNOROUTES,       "IpInNoRoutes",      "no route to the destination")                         \
  X(PKT_TOO_BIG,         "IpFragFails",       "larger than the path's MTU, and may not be fragmented") \
  X(DUP_FRAG,            "",                  "a duplicate fragment")                                \
  X(FRAG_REASM_TIMEOUT,  "IpReasmTimeout",    "not all fragments came in time")                      \
  X(FRAG_TOO_FAR,        "",                  "a fragment too far from its fellows")                 \
  X(IP_OUTNOROUTES,      "IpOutNoRoutes",     "no route for a packet of this host")                  \
  X(IP_LOCAL_SOURCE,     "",                  "martian: the source address is this host's own")      \
  X(IP_INVALID_SOURCE,   "",                  "martian: no host may have that source address")       \
  X(IP_LOCALNET,         "",                  "martian: a loopback address came from outside")       \
  X(IP_INVALID_DEST,     "",                  "martian: no packet may have that destination")        \
  X(SOCKET_CLOSE,        "",                  "its socket was closed")                               \
  X(NO_TX_TARGET,        "",                  "the device has nowhere to send it")                   \
  X(QUEUE_PURGE,         "",                  "its queue was emptied")                               \
  X(BRIDGE_INGRESS_STP_STATE, "",             "the bridge port's state lets nothing in")             \
  X(MAC_INVALID_SOURCE,  "",                  "the source is no unicast address")                    \
  X(MAC_IEEE_MAC_CONTROL, "",                 "a pause frame, which no bridge forwards")
// clang-format on

enum class skb_drop_reason : u8 {
  not_dropped_yet = 0,
  consumed = 1,
#define X(name, counter, sentence) name,
  LINNET_DROP_REASONS(X)
#undef X
      max_,
};

std::string_view drop_reason_name(skb_drop_reason);      // "NEIGH_FAILED"
std::string_view drop_reason_sentence(skb_drop_reason);  // for people
std::string_view drop_reason_counter(skb_drop_reason);   // "IpInHdrErrors" or ""

}  // namespace linnet
