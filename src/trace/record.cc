// From event to record, and from a record's headers to text.
#include "trace/record.hh"

#include <linux/icmp.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "net/core/net_device.hh"
#include "net/core/procfs.hh"
#include "wire/arp.hh"
#include "wire/icmp.hh"
#include "wire/ip.hh"
#include "wire/udp.hh"

namespace linnet {
namespace {

// Where the network header stands. On arrival data is there already and network_header still the sender's; a
// packet that has not got so far has none (0).
const std::byte* network_of(const sk_buff& s, tp point) {
  if (point == tp::netif_rx || point == tp::netif_receive_skb) return s.data;
  if (!s.network_header) return s.data;
  const std::byte* at = s.network();
  return at < s.tail ? at : s.data;
}

template <class T>
const T* header_at(const trace_record& r, size_t offset) {
  return offset + sizeof(T) <= r.snap_len ? reinterpret_cast<const T*>(r.snap.data() + offset)
                                          : nullptr;
}

void view_transport(packet_view& v, const trace_record& r, size_t at) {
  if (v.frag & ip_offset) return;  // not the first fragment
  if (v.protocol == IPPROTO_ICMP) {
    if (const auto* h = header_at<icmphdr>(r, at)) {
      v.has_l4 = true;
      v.icmp_type = h->type;
      v.icmp_code = h->code;
      v.icmp_id = h->id.host();
      v.icmp_seq = h->sequence.host();
    }
  } else if (v.protocol == IPPROTO_UDP || v.protocol == IPPROTO_TCP) {
    // Both begin with the ports.
    if (const auto* h = header_at<udphdr>(r, at)) {
      v.has_l4 = true;
      v.sport = h->source.host();
      v.dport = h->dest.host();
    }
  }
}

void view_ip(packet_view& v, const trace_record& r) {
  const auto* ip = header_at<iphdr>(r, 0);
  if (!ip || ip->version() != 4) return;
  v.what = packet_view::kind::ip;
  v.src = ip->saddr.host();
  v.dst = ip->daddr.host();
  v.protocol = ip->protocol;
  v.ttl = ip->ttl;
  v.header_len = static_cast<u8>(ip->header_len());
  v.tos = ip->tos;
  v.len = ip->tot_len.host();
  v.id = ip->id.host();
  v.frag = ip->frag_off.host();
  view_transport(v, r, ip->header_len());
}

void view_arp(packet_view& v, const trace_record& r) {
  const auto* arp = header_at<arphdr>(r, 0);
  if (!arp || arp->ar_hln != ETH_ALEN || arp->ar_pln != 4) return;
  const auto* body = header_at<arp_eth_ip>(r, sizeof(arphdr));
  if (!body) return;
  v.what = packet_view::kind::arp;
  v.arp_op = arp->ar_op.host();
  v.arp_sha = body->ar_sha;
  v.src = body->ar_sip.host();
  v.dst = body->ar_tip.host();
}

std::string ip_title(const packet_view& v) {
  std::string t = protocol_name(v.protocol);
  const u32 payload = v.len > v.header_len ? v.len - v.header_len : 0u;
  if (!v.has_l4) {
    if (v.frag & ip_offset) seq_printf(t, " fragment at %u,", (v.frag & ip_offset) * 8u);
    seq_printf(t, " %u bytes", payload);
    return t;
  }
  if (v.protocol == IPPROTO_ICMP) {
    t += ' ' + icmp_name(v.icmp_type, v.icmp_code);
    if (v.icmp_type == ICMP_ECHO || v.icmp_type == ICMP_ECHOREPLY) {
      seq_printf(t, " %u bytes, id %u, seq %u", payload > 8 ? payload - 8 : 0, v.icmp_id,
                 v.icmp_seq);
    }
  } else {
    seq_printf(t, " %u > %u %u bytes", v.sport, v.dport,
               v.protocol == IPPROTO_UDP && payload >= 8 ? payload - 8 : payload);
  }
  if (v.frag & ip_mf) t += ", first fragment";
  return t;
}

}  // namespace

void fill_record(trace_record& r, const trace_event& e, u64 seq) {
  r.seq = seq;
  r.time = e.time;
  r.skb_id = e.skb_id;
  r.match = e.match;
  r.net_inum = e.net_inum;
  r.ifindex = e.ifindex;
  r.len = e.len;
  r.point = e.point;
  r.reason = e.reason;
  r.pkt = pkt_type::host;
  r.snap_len = 0;
  r.protocol = be16();
  r.dev = {};
  if (e.dev)
    std::memcpy(r.dev.data(), e.dev->name.data(), std::min(e.dev->name.size(), r.dev.size()));
  if (!e.skb) return;
  const sk_buff& s = *e.skb;
  r.pkt = s.pkt;
  r.protocol = s.protocol;
  const std::byte* from = network_of(s, e.point);
  r.snap_len = static_cast<u8>(std::min<std::ptrdiff_t>(s.tail - from, trace_snap));
  std::memcpy(r.snap.data(), from, r.snap_len);
}

packet_view view_of(const trace_record& r) {
  packet_view v;
  v.ethertype = r.protocol.host();
  if (v.ethertype == ETH_P_IP) {
    view_ip(v, r);
  } else if (v.ethertype == ETH_P_ARP) {
    view_arp(v, r);
  } else if (v.ethertype) {
    v.what = packet_view::kind::other;
  }
  return v;
}

std::string packet_title(const packet_view& v) {
  std::string t;
  switch (v.what) {
    case packet_view::kind::ip: return ip_text(v.src) + " > " + ip_text(v.dst) + ' ' + ip_title(v);
    case packet_view::kind::arp:
      if (v.arp_op == ARPOP_REQUEST)
        return "arp who-has " + ip_text(v.dst) + " tell " + ip_text(v.src);
      if (v.arp_op == ARPOP_REPLY) {
        const auto& a = v.arp_sha;
        t = "arp reply " + ip_text(v.src);
        seq_printf(t, " is-at %02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5]);
        return t;
      }
      seq_printf(t, "arp operation %u", v.arp_op);
      return t;
    case packet_view::kind::other: seq_printf(t, "a frame of type 0x%04x", v.ethertype); return t;
    case packet_view::kind::none: break;
  }
  return "a packet without headers";
}

std::string icmp_name(u8 type, u8 code) {
  static constexpr std::array<const char*, 16> unreachable = {"network unreachable",
                                                              "host unreachable",
                                                              "protocol unreachable",
                                                              "port unreachable",
                                                              "fragmentation needed",
                                                              "source route failed",
                                                              "network unknown",
                                                              "host unknown",
                                                              "source isolated",
                                                              "network prohibited",
                                                              "host prohibited",
                                                              "network unreachable for the TOS",
                                                              "host unreachable for the TOS",
                                                              "packet filtered",
                                                              "precedence violation",
                                                              "precedence cutoff"};
  switch (type) {
    case ICMP_ECHOREPLY: return "echo reply";
    case ICMP_ECHO: return "echo request";
    case ICMP_TIMESTAMP: return "timestamp request";
    case ICMP_TIMESTAMPREPLY: return "timestamp reply";
    case ICMP_REDIRECT: return "redirect";
    case ICMP_PARAMETERPROB: return "parameter problem";
    case ICMP_TIME_EXCEEDED:
      return code == ICMP_EXC_TTL ? "time exceeded" : "reassembly time exceeded";
    case ICMP_DEST_UNREACH:
      if (code < unreachable.size()) return unreachable[code];
      break;
    default: break;
  }
  return "type " + std::to_string(type) + " code " + std::to_string(code);
}

std::string ip_text(u32 host_order) {
  const u32 a = host_order;
  std::string t;
  seq_printf(t, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
  return t;
}

std::string protocol_name(u8 ip_protocol) {
  switch (ip_protocol) {
    case IPPROTO_ICMP: return "icmp";
    case IPPROTO_IGMP: return "igmp";
    case IPPROTO_TCP: return "tcp";
    case IPPROTO_UDP: return "udp";
    default: return "protocol " + std::to_string(ip_protocol);
  }
}

std::string_view trace_note_name(trace_note n) {
  static constexpr std::array<std::string_view, 21> names = {"none",
                                                             "answered",
                                                             "not_ours",
                                                             "refused_route",
                                                             "arp_ignore",
                                                             "arp_filter",
                                                             "drop_gratuitous",
                                                             "forwarding_off",
                                                             "ttl_exceeded",
                                                             "echo_ignored",
                                                             "broadcast_ignored",
                                                             "icmp_not_about",
                                                             "icmp_no_route",
                                                             "icmp_ratelimit",
                                                             "icmp_msgs_per_sec",
                                                             "redirected",
                                                             "redirect_resolving",
                                                             "redirect_ignored",
                                                             "redirects_in_vain",
                                                             "source_route",
                                                             "bad_option"};
  static_assert(names.size() == static_cast<size_t>(trace_note::bad_option) + 1);
  return names[static_cast<size_t>(n)];
}

std::string id_text(u64 skb_id) {
  std::string t = std::to_string(skb_id >> 8);
  if (skb_id & 255) t += '.' + std::to_string(skb_id & 255);
  return t;
}

bool parse_id(std::string_view text, u64& skb_id) {
  if (text.starts_with('#')) text.remove_prefix(1);
  const size_t dot = text.find('.');
  u64 number = 0;
  u64 cpu = 0;
  const auto parse = [](std::string_view t, u64& out) {
    const auto [end, ec] = std::from_chars(t.data(), t.data() + t.size(), out);
    return ec == std::errc() && end == t.data() + t.size();
  };
  if (!parse(text.substr(0, dot), number) || number >> 56) return false;
  if (dot != text.npos && (!parse(text.substr(dot + 1), cpu) || cpu > 255)) return false;
  skb_id = number << 8 | cpu;
  return true;
}

}  // namespace linnet
