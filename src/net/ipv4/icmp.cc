// ICMP that arrives: answers to echo and timestamp requests, and the hand-over of errors about our own packets to the
// protocols that sent them. What is sent is icmp_send.cc's.
#include "net/ipv4/icmp.hh"
#include "net/ipv4/fib_exceptions.hh"

#include <linux/icmp.h>
#include <linux/in_route.h>
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/icmp_types.hh"
#include "net/ipv4/ip_options_parse.hh"
#include "net/ipv4/ping.hh"
#include "net/ipv4/raw.hh"
#include "net/ipv4/snmp.hh"
#include "wire/icmp.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

// The handlers get packets with data behind the ICMP header.
icmphdr& icmp_hdr(const sk_buff& s) { return *reinterpret_cast<icmphdr*>(s.transport()); }

skb_drop_reason in_error(net& n, skb_drop_reason why) {
  icmp_inc_stats(n, ICMP_MIB_INERRORS);
  return why;
}

skb_drop_reason icmp_echo(net& n, sk_buff& s) {
  if (ipv4_of(n).sysctl_icmp_echo_ignore_all) {
    trace(n.c, tp::icmp_rcv, &s, nullptr, {.note = trace_note::echo_ignored});
    return consumed;
  }
  icmphdr h = icmp_hdr(s);
  if (h.type == ICMP_ECHO)
    h.type = ICMP_ECHOREPLY;
  else if (!icmp_build_probe(n, h, s.payload()))
    return consumed;
  icmp_reply(n, s, h, s.payload());
  return consumed;
}

// RFC 1122 §3.2.2.8: originate as received, receive and transmit ours, milliseconds since midnight UT.
skb_drop_reason icmp_timestamp(net& n, sk_buff& s) {
  if (s.len() < 4) return in_error(n, PKT_TOO_SMALL);
  std::array<be32, 3> times;
  times[0] = be32::load(s.data);
  times[1] = times[2] = inet_current_timestamp(n);
  icmphdr h = icmp_hdr(s);
  h.type = ICMP_TIMESTAMPREPLY;
  h.code = 0;
  icmp_reply(n, s, h, std::as_bytes(std::span(times)));
  return consumed;
}

// To the sockets and protocol that the quoted packet, where data stands, is of (icmp_socket_deliver). At least 8 bytes
// of it must be there behind its header.
void icmp_socket_deliver(net& n, sk_buff& s, u32 info) {
  const iphdr& quoted = *reinterpret_cast<const iphdr*>(s.data);
  if (s.len() < quoted.header_len() + 8) {
    icmp_inc_stats(n, ICMP_MIB_INERRORS);
    return;
  }
  const u8 protocol = quoted.protocol;
  raw_icmp_error(n, s, protocol, info);
  const net_protocol* proto = inet_protocol(n, protocol);
  if (proto && proto->err_handler) proto->err_handler(n, s, info);
}

// The MTU of "fragmentation needed", as far as ip_no_pmtu_disc lets it be believed: 1 the fact but not the number, 2
// nothing, 3 only what a protocol has checked. False: nothing of it.
bool believed_mtu(net& n, const icmphdr& h, const iphdr& quoted, u32& info) {
  const auto strict = [&] {
    const net_protocol* proto = inet_protocol(n, quoted.protocol);
    return proto && proto->icmp_strict_tag_validation;
  };
  switch (ipv4_of(n).sysctl_ip_no_pmtu_disc) {
    case 2: return false;
    case 3:
      if (!strict()) return false;
      [[fallthrough]];
    case 0: info = h.info().host() & 0xffff; return true;
    default: return true;
  }
}

// An error about a packet of ours: the quoted header says whose (icmp_unreach).
skb_drop_reason icmp_unreach(net& n, sk_buff& s) {
  const icmphdr& h = icmp_hdr(s);
  const iphdr* quoted = skb_header<iphdr>(s);
  if (!quoted) return in_error(n, PKT_TOO_SMALL);
  if (quoted->ihl() < 5) return in_error(n, IP_INHDR);
  u32 info = 0;
  switch (h.type) {
    case ICMP_DEST_UNREACH:
      if ((h.code & 15) == ICMP_FRAG_NEEDED && !believed_mtu(n, h, *quoted, info)) return consumed;
      if (h.code > NR_ICMP_UNREACH) return consumed;
      break;
    case ICMP_PARAMETERPROB: info = h.info().host() >> 24; break;
    case ICMP_TIME_EXCEEDED:
      if (h.code == ICMP_EXC_FRAGTIME) return consumed;  // no socket cares
      break;
    default: break;
  }
  // RFC 1122 §3.2.2: whoever answers what went to a broadcast address is mistaken.
  if (!ipv4_of(n).sysctl_icmp_ignore_bogus_error_responses &&
      inet_addr_type_dev_table(n, *s.dev, quoted->daddr) == RTN_BROADCAST)
    return consumed;
  icmp_socket_deliver(n, s, info);
  return consumed;
}

skb_drop_reason icmp_redirect(net& n, sk_buff& s) {
  if (s.len() < sizeof(iphdr)) return in_error(n, PKT_TOO_SMALL);
  icmp_socket_deliver(n, s, icmp_hdr(s).info().host());
  return consumed;
}

skb_drop_reason icmp_echo_reply(net& n, sk_buff& s) {
  ping_rcv(n, s);
  return consumed;  // raw sockets may have taken it
}

skb_drop_reason icmp_discard(net&, sk_buff&) { return consumed; }

using icmp_handler = skb_drop_reason (*)(net&, sk_buff&);

constexpr icmp_handler handler_of(u8 type) {
  switch (type) {
    case ICMP_ECHOREPLY:
    case ICMP_EXT_ECHOREPLY: return icmp_echo_reply;
    case ICMP_DEST_UNREACH:
    case ICMP_SOURCE_QUENCH:
    case ICMP_TIME_EXCEEDED:
    case ICMP_PARAMETERPROB: return icmp_unreach;
    case ICMP_REDIRECT: return icmp_redirect;
    case ICMP_ECHO:
    case ICMP_EXT_ECHO: return icmp_echo;
    case ICMP_TIMESTAMP: return icmp_timestamp;
    default: return icmp_discard;
  }
}

constexpr bool is_probe(u8 type) { return type == ICMP_EXT_ECHO || type == ICMP_EXT_ECHOREPLY; }

// Whether a message to many is read at all: RFC 1122 §3.2.2.6 and 8 allow silence.
bool fit_for_many(net& n, const sk_buff& s, u8 type) {
  if (type == ICMP_ECHO || type == ICMP_TIMESTAMP) {
    if (!ipv4_of(n).sysctl_icmp_echo_ignore_broadcasts) return true;
    trace(n.c, tp::icmp_rcv, &s, nullptr, {.note = trace_note::broadcast_ignored}, INVALID_PROTO);
    return false;
  }
  return type == ICMP_ADDRESS || type == ICMP_ADDRESSREPLY;
}

// icmp_rcv, for one packet.
skb_drop_reason icmp_rcv_one(sk_buff& s, net& n) {
  trace(n.c, tp::icmp_rcv, &s, nullptr);
  icmp_inc_stats(n, ICMP_MIB_INMSGS);
  const bool trusted = skb_csum_unnecessary(s);
  if (!trusted && csum_fold(csum_partial(s.data, s.len(), 0)).raw() != 0) {
    icmp_inc_stats(n, ICMP_MIB_CSUMERRORS);
    return in_error(n, ICMP_CSUM);
  }
  if (!skb_header<icmphdr>(s)) return in_error(n, PKT_TOO_SMALL);
  skb_pull(s, sizeof(icmphdr));
  const u8 type = icmp_hdr(s).type;
  icmp_msg_in(n, type);
  if (!is_probe(type)) {
    // RFC 1122 §3.2.2: types that nobody knows are passed over in silence.
    if (type > NR_ICMP_TYPES) return in_error(n, UNHANDLED_PROTO);
    const bool to_many = skb_rtable(s)->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST);
    if (to_many && !fit_for_many(n, s, type)) return in_error(n, INVALID_PROTO);
  }
  return handler_of(type)(n, s);
}

// An error about an ICMP message of ours (icmp_err): those that sockets sent are told by them, for the answers that
// nobody but the host sent it learns of the path itself.
void icmp_err_rcv(net& n, sk_buff& s, u32 info) {
  const icmphdr& icmp = icmp_hdr(s);
  const iphdr quoted = *reinterpret_cast<const iphdr*>(s.data);
  const auto* inner = skb_header<icmphdr>(s, quoted.header_len());
  if (!inner) return;
  if (inner->type != ICMP_ECHOREPLY) return ping_err(n, s, info);
  if (icmp.type == ICMP_DEST_UNREACH && icmp.code == ICMP_FRAG_NEEDED)
    ipv4_update_pmtu(n, quoted, info, IPPROTO_ICMP);
  else if (icmp.type == ICMP_REDIRECT)
    ipv4_redirect(n, s, IPPROTO_ICMP);
}

const net_protocol icmp_protocol_ = {.handler = icmp_list_rcv, .err_handler = icmp_err_rcv};

}  // namespace

void icmp_list_rcv(sk_buff_head&& list, net& n) {
  while (skb_ptr p = list.dequeue()) {
    const skb_drop_reason why = icmp_rcv_one(*p, n);
    if (why == consumed)
      consume_skb(std::move(p));
    else
      kfree_skb_reason(std::move(p), why);
  }
}

icmp_err icmp_err_convert(u8 code) {
  // By code of ICMP_DEST_UNREACH (RFC 1122 §4.2.3.9; EPROTO where none is defined).
  static constexpr std::array<icmp_err, 16> table = {{
      {ENETUNREACH, false},
      {EHOSTUNREACH, false},
      {ENOPROTOOPT, true},
      {ECONNREFUSED, true},
      {EMSGSIZE, false},
      {EOPNOTSUPP, false},
      {ENETUNREACH, true},
      {EHOSTDOWN, true},
      {ENONET, true},
      {ENETUNREACH, true},
      {EHOSTUNREACH, true},
      {ENETUNREACH, false},
      {EHOSTUNREACH, false},
      {EHOSTUNREACH, true},
      {EHOSTUNREACH, true},
      {EHOSTUNREACH, true},
  }};
  return code < table.size() ? table[code] : icmp_err{EPROTO, true};
}

icmp_err icmp_socket_error(u8 type, u8 code, u8 pmtudisc) {
  switch (type) {
    case ICMP_SOURCE_QUENCH: return {0, false};
    case ICMP_PARAMETERPROB: return {EPROTO, true};
    case ICMP_DEST_UNREACH:
      if (code > NR_ICMP_UNREACH) return {EHOSTUNREACH, false};
      if (code == ICMP_FRAG_NEEDED) return {EMSGSIZE, pmtudisc != IP_PMTUDISC_DONT};
      return icmp_err_convert(code);
    default: return {EHOSTUNREACH, false};  // time exceeded
  }
}

const net_protocol& icmp_protocol() { return icmp_protocol_; }

}  // namespace linnet
