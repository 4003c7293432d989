// From records to lines. The end of a packet (kfree_skb) is a step of its own in the ring; on paper it belongs to the
// function that decided it: the step before, or the one that a reason stands for.
#include "trace/narrate.hh"

#include <linux/if_arp.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "net/core/neighbour.hh"
#include "net/core/procfs.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

std::string neighbour_text(const trace_record& r) {
  const trace_match& m = r.match;
  if (!m.a) return {};  // devices without neighbours
  std::string t = ip_text(m.a) + ' ' + nud_name(m.b);
  if (!(m.b & NUD_VALID_)) return t + ", waits for ARP";
  seq_printf(t, " %02x:%02x:%02x:%02x:%02x:%02x", m.c >> 8, m.c & 255, m.d >> 24, m.d >> 16 & 255,
             m.d >> 8 & 255, m.d & 255);
  return t;
}

std::string input_route(const trace_view& v, const trace_record& r) {
  const trace_match& m = r.match;
  if (r.reason != not_dropped_yet) return {};
  if (m.d == trace_match::route_unknown) return {};
  std::string t = "rule " + std::to_string(m.e) + " → ";
  if (m.c) t += "table " + table_name(m.c) + " → ";
  return t + route_text(v, r);
}

std::string output_route(const trace_view& v, const trace_record& r) {
  if (!r.match.f) return {};
  std::string t = "route " + route_text(v, r);
  if (r.match.c) t += " (table " + table_name(r.match.c) + ")";
  return t;
}

std::string matched_text(const trace_view& v, const trace_record& r) {
  const trace_match& m = r.match;
  switch (r.point) {
    case tp::ip_output: return output_route(v, r);
    case tp::ip_route_input: return input_route(v, r);
    case tp::neigh_resolve_output:
    case tp::neigh_connected_output: return neighbour_text(r);
    case tp::arp_send:
      return m.c == ARPOP_REQUEST ? "who-has " + ip_text(m.a) : "tells " + ip_text(m.a);
    case tp::arp_process:
      if (m.note == trace_note::not_ours) return ip_text(m.a) + " is not ours";
      return m.note == trace_note::answered ? "answers for " + ip_text(m.a) : "";
    case tp::icmp_send:
      return icmp_name(static_cast<u8>(m.c), static_cast<u8>(m.d)) + " to " + ip_text(m.a);
    case tp::ip_fragment:
    case tp::ip_defrag:
    case tp::skb_gso_segment: {
      std::string t;
      seq_printf(t, "bytes %u to %u", m.a, m.a + m.b);
      return t;
    }
    default: return {};
  }
}

// Steps that every packet takes and that say nothing by themselves.
bool is_detail(tp point) {
  switch (point) {
    case tp::netif_rx:
    case tp::netif_receive_skb:
    case tp::ip_finish_output:
    case tp::dev_queue_xmit:
    case tp::dev_hard_start_xmit:
    case tp::arp_rcv:
    case tp::raw_rcv:
    case tp::ping_rcv:
    case tp::udp_rcv:
    case tp::tcp_v4_rcv:
    case tp::tcp_transmit_skb:
    case tp::consume_skb: return true;
    default: return false;
  }
}

// The function that ends a packet by itself, later or elsewhere than the step before; empty: that step does.
std::string_view function_of_drop(const trace_record& drop) {
  const packet_view p = view_of(drop);
  switch (drop.reason) {
    case NEIGH_FAILED: return "arp_error_report";
    case NEIGH_QUEUEFULL: return "neigh_event_send";
    case NEIGH_DEAD: return "neigh_destroy";
    case FRAG_REASM_TIMEOUT: return "ip_expire";
    case NO_SOCKET:
    case UDP_CSUM:
    case TCP_CSUM:
      return p.protocol == IPPROTO_UDP ? "udp_rcv" : p.protocol == IPPROTO_TCP ? "tcp_v4_rcv" : "";
    default: return {};
  }
}

path_line line_of(const trace_view& v, const packet_story& s, const trace_record& r) {
  path_line l{.r = &r,
              .function = std::string(tracepoint_name(r.point)),
              .matched = matched_text(v, r),
              .why = {},
              .detail = is_detail(r.point)};
  // What was sent to this host itself has its route and needs no neighbour.
  const bool silent_for_lo = r.point == tp::ip_route_input ||
                             r.point == tp::neigh_connected_output ||
                             r.point == tp::neigh_resolve_output;
  if (silent_for_lo && l.matched.empty() && r.reason == not_dropped_yet) l.detail = true;
  l.why = explain(v, s, r, not_dropped_yet);
  switch (r.point) {
    case tp::sock_queue_rcv_skb:
      l.verdict = path_verdict::delivered;
      l.matched = "to a socket";
      break;
    case tp::ip_route_output:
    case tp::ip_append_data:
      l.verdict = path_verdict::dropped;  // before there was a packet, so without a reason
      break;
    case tp::arp_process:
    case tp::icmp_rcv:
      if (!l.why.empty()) l.verdict = path_verdict::unanswered;
      break;
    case tp::icmp_send:
      if (!l.why.empty()) l.verdict = path_verdict::not_sent;
      break;
    default:
      if (!l.why.empty()) l.verdict = path_verdict::waiting;
  }
  // What an ARP request was refused for is the verdict's reason, though the packet itself is consumed.
  if (r.point == tp::arp_process && r.match.note == trace_note::refused_route) l.reason = r.reason;
  return l;
}

// A step that says more about the one before: it has a note or a reason and stands at the same place.
bool refines(const trace_record& r, const path_line& before) {
  return before.r->point == r.point && before.r->net_inum == r.net_inum &&
         before.r->ifindex == r.ifindex &&
         (r.match.note != trace_note::none || r.reason != not_dropped_yet);
}

// A driver that ends what it sends has given it to somebody outside (a TAP device).
bool left_by_driver(const trace_record& end, const path_line& before) {
  return before.r->point == tp::dev_hard_start_xmit && before.r->net_inum == end.net_inum &&
         before.r->ifindex == end.ifindex;
}

}  // namespace

std::vector<path_line> narrate(const trace_view& v, const packet_story& s) {
  std::vector<path_line> lines;
  for (const trace_record* r : s.steps) {
    if (r->point == tp::kfree_skb) {
      const std::string_view named = function_of_drop(*r);
      const bool own = lines.empty() || !named.empty();
      if (own) {
        lines.push_back(line_of(v, s, *r));
        lines.back().function = named.empty() ? "kfree_skb" : named;
      }
      path_line& l = lines.back();
      l.verdict = path_verdict::dropped;
      l.reason = r->reason;
      l.detail = false;
      l.why = explain(v, s, own ? *r : *l.r, r->reason);
      continue;
    }
    if (r->point == tp::consume_skb && !lines.empty() && left_by_driver(*r, lines.back())) {
      lines.back().detail = false;
      lines.back().matched = "left the world by " + std::string(r->dev_name());
    }
    path_line l = line_of(v, s, *r);
    if (!lines.empty() && refines(*r, lines.back()))
      lines.back() = std::move(l);
    else
      lines.push_back(std::move(l));
  }
  return lines;
}

std::string story_title(const trace_view& v, const packet_story& s) {
  const trace_record& first = s.first();
  if (!s.id) {
    std::string t = v.names(first.net_inum) + ' ';
    if (first.match.b) t += ip_text(first.match.b) + ' ';
    return t + "> " + ip_text(first.match.a) + " could not be sent: " + strerror(first.match.error);
  }
  // The first steps may stand before the headers are there.
  packet_view p;
  for (const trace_record* r : s.steps) {
    p = view_of(*r);
    if (p.what == packet_view::kind::ip || p.what == packet_view::kind::arp) break;
  }
  const bool arrived = first.point == tp::netif_rx || first.point == tp::netif_receive_skb;
  return (arrived ? std::string() : v.names(first.net_inum) + ' ') + packet_title(p);
}

}  // namespace linnet
