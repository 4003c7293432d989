// One function per cause. Each looks at the step's match and at the world as it is.
#include "trace/explain.hh"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "net/core/procfs.hh"
#include "net/core/pseudo_files.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip_fib.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "trace/explain_kit.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

// ---- routes that are missing or refuse

// A device that is down and has the destination's subnet: its routes are gone with it.
const net_device* down_device_towards(const net& n, u32 address) {
  for (auto& [index, dev] : n.dev_base) {
    if (dev->up() || !dev->ip_ptr) continue;
    for (auto& ifa : dev->ip_ptr->ifa_list)
      if (inet_ifa_match(be32(address), *ifa)) return dev.get();
  }
  return nullptr;
}

void no_route(scene& s, u32 to) {
  if (!s.n) return s.say("no route to " + ip_text(to));
  if (const net_device* dev = down_device_towards(*s.n, to)) {
    s.say("no route to " + ip_text(to) + ": " + dev->name + ", which has that subnet, is down");
    return s.fix("ip link set " + dev->name + " up");
  }
  s.say("no route to " + ip_text(to));
  bool down = false;
  for (auto& [index, dev] : s.n->dev_base) {
    if (dev->up() || !dev->ip_ptr || dev->ip_ptr->ifa_list.empty()) continue;
    s.hint(dev->name + " is down, and the routes by it are gone");
    s.fix("ip link set " + dev->name + " up");
    down = true;
  }
  if (!down) s.fix("ip route add " + ip_text(to) + " via GATEWAY");
}

void route_refuses(scene& s, u32 to) {
  const trace_match& m = s.r.match;
  const u8 type = static_cast<u8>(m.d >> 8);
  if (m.d == trace_match::route_unknown) return no_route(s, to);
  if (!m.c) {
    const std::string pref = std::to_string(m.e);
    s.say("rule " + pref + " says " + type_name(type) + " to packets for " + ip_text(to));
    return s.fix("ip rule del pref " + pref);
  }
  const std::string prefix = prefix_text(to, m.d & 255);
  s.say("the " + type_name(type) + " route " + prefix + " in table " + table_name(m.c) + " (rule " +
        std::to_string(m.e) + ")");
  std::string fix = "ip route del " + type_name(type) + ' ' + prefix;
  if (m.c != RT_TABLE_MAIN) fix += " table " + table_name(m.c);
  s.fix(fix);
}

void forwarding_off(scene& s) {
  const std::string all = s.setting("ipv4/ip_forward", true);
  s.conf("forwarding", true);
  if (s.conf_of(s.dev_key(), "forwarding"))
    return s.say("forwarding was off on " + s.dev_name() + "; it is on now");
  s.say("forwarding is off on " + s.dev_name());
  s.fix(all == "1" ? "sysctl -w net.ipv4.conf." + s.dev_key() + ".forwarding=1"
                   : "sysctl -w net.ipv4.ip_forward=1");
}

void ip_error_step(scene& s) {
  if (s.r.match.note == trace_note::forwarding_off) return forwarding_off(s);
  route_refuses(s, s.packet.dst);
}

void send_refused(scene& s) {
  const trace_match& m = s.r.match;
  if (s.r.ifindex && !s.dev) return s.say("the device that the sender asked for is gone");
  if (s.dev && !s.dev->up()) {
    s.say(s.dev->name + " is down");
    return s.fix("ip link set " + s.dev->name + " up");
  }
  if (m.b && s.n && !ip_dev_find(*s.n, be32(m.b)))
    return s.say(ip_text(m.b) + ", asked for as the source, is no address of this host");
  const bool matched = m.d != trace_match::route_unknown;
  const u8 type = static_cast<u8>(m.d >> 8);
  if (matched && type != RTN_BLACKHOLE && type != RTN_UNREACHABLE && type != RTN_PROHIBIT)
    return s.say(std::string("the route cannot be used: ") + strerror(m.error));
  route_refuses(s, m.a);
}

// ---- sources that are not believed

// Where packets to an address would go, as fib_validate_source asks.
result<fib_result> way_back(net& n, u32 to, u32 from) {
  flowi4 fl;
  fl.iif = LOOPBACK_IFINDEX;
  fl.daddr = to;
  fl.saddr = from;
  return fib_lookup_untraced(n, fl, 0, nullptr);
}

// The greater of all's and the device's value counts: 2 on the device is enough for loose, 0 must be on both.
void rp_filter(scene& s) {
  const std::string source = ip_text(s.packet.src);
  const s32 all = s.conf_of("all", "rp_filter"), own = s.conf_of(s.dev_key(), "rp_filter");
  s.setting("ipv4/conf/all/rp_filter", all >= own);
  s.conf("rp_filter", own >= all);
  if (std::max(all, own) <= 0)
    return s.say("rp_filter refused the source " + source + "; it is off now");
  const auto way = s.n ? way_back(*s.n, s.packet.src, s.packet.dst) : err(ENODEV);
  if (way && way->dev() && std::max(all, own) == 1) {
    const std::string& out = way->dev()->name;
    if (way->type == RTN_LOCAL)
      s.say("rp_filter: " + source + " is this host's own address (on " + out +
            "), which is not reached by " + s.dev_name());
    else
      s.say("rp_filter: the way back to " + source + " is by " + out + ", not by " + s.dev_name());
    return s.fix("sysctl -w net.ipv4.conf." + s.dev_key() + ".rp_filter=2");
  }
  s.say("rp_filter: there is no way back to " + source);
  s.hint("a route to " + source + " by " + s.dev_name() + " would do, or no filter:");
  std::string fix = "sysctl -w";
  if (all > 0) fix += " net.ipv4.conf.all.rp_filter=0";
  if (own > 0) fix += " net.ipv4.conf." + s.dev_key() + ".rp_filter=0";
  s.fix(fix);
}

void local_source(scene& s) {
  const u32 source = s.packet.src;
  const net_device* owner = s.n ? ip_dev_find(*s.n, be32(source)) : nullptr;
  s.say("fib_validate_source: martian source, " + ip_text(source) + " is this host's own address" +
        (owner ? " (on " + owner->name + ")" : "") + " and came in by " + s.dev_name());
  s.setting("ipv4/conf/all/accept_local", true);
  s.conf("accept_local", true);
  const s32 rpf = std::max(s.conf_of("all", "rp_filter"), s.conf_of(s.dev_key(), "rp_filter"));
  s.setting("ipv4/conf/all/rp_filter", false);
  s.conf("rp_filter", false);
  if (s.conf_of("all", "accept_local") || s.conf_of(s.dev_key(), "accept_local"))
    s.hint("accept_local is on now");
  else
    s.fix("sysctl -w net.ipv4.conf." + s.dev_key() + ".accept_local=1");
  if (rpf == 1) {
    s.hint("then rp_filter=1 would refuse it: " + ip_text(source) + " is not reached by " +
           s.dev_name());
    s.fix("sysctl -w net.ipv4.conf." + s.dev_key() + ".rp_filter=2");
  }
}

void localnet(scene& s) {
  s.say("a loopback address (" + ip_text(s.packet.src) + " to " + ip_text(s.packet.dst) +
        ") came in by " + s.dev_name());
  s.setting("ipv4/conf/all/route_localnet", true);
  s.conf("route_localnet", true);
  s.fix("sysctl -w net.ipv4.conf." + s.dev_key() + ".route_localnet=1");
}

void invalid_source(scene& s) {
  s.say("martian source: no host may send from " + ip_text(s.packet.src));
}

// ---- ARP requests that get no answer

void arp_settings(scene& s, bool ignore, bool filter) {
  s.setting("ipv4/conf/all/arp_ignore", ignore);
  s.conf("arp_ignore", ignore);
  s.setting("ipv4/conf/all/arp_filter", filter);
  s.conf("arp_filter", filter);
}

void arp_ignored(scene& s) {
  const s32 all = s.conf_of("all", "arp_ignore"), own = s.conf_of(s.dev_key(), "arp_ignore");
  static constexpr const char* meaning[] = {
      "",
      "another device has the address",
      "the address is another device's, or the sender is in none of this one's subnets",
      "the address is valid on this host only",
  };
  const s32 mode = std::max(all, own);
  std::string why = "arp_ignore=" + std::to_string(mode);
  if (mode >= 1 && mode <= 3) why += std::string(": ") + meaning[mode];
  if (mode == 8) why += ": nothing is answered";
  s.say(why);
  arp_settings(s, true, false);
  if (all > 0) s.fix("sysctl -w net.ipv4.conf.all.arp_ignore=0");
  if (own > 0) s.fix("sysctl -w net.ipv4.conf." + s.dev_key() + ".arp_ignore=0");
}

void arp_filtered(scene& s) {
  s.say("arp_filter: packets to " + ip_text(s.packet.src) + " do not leave by " + s.dev_name());
  arp_settings(s, false, true);
  if (s.conf_of("all", "arp_filter") > 0) s.fix("sysctl -w net.ipv4.conf.all.arp_filter=0");
  if (s.conf_of(s.dev_key(), "arp_filter") > 0)
    s.fix("sysctl -w net.ipv4.conf." + s.dev_key() + ".arp_filter=0");
}

void source_refused(scene& s, skb_drop_reason why) {
  switch (why) {
    case IP_RPFILTER: return rp_filter(s);
    case IP_LOCAL_SOURCE: return local_source(s);
    case IP_LOCALNET: return localnet(s);
    case IP_INVALID_SOURCE: return invalid_source(s);
    default: return s.say(std::string(drop_reason_sentence(why)));
  }
}

void arp_step(scene& s) {
  switch (s.r.match.note) {
    case trace_note::arp_ignore: return arp_ignored(s);
    case trace_note::arp_filter: return arp_filtered(s);
    case trace_note::refused_route:
      source_refused(s, s.r.reason);
      return arp_settings(s, false, false);
    case trace_note::drop_gratuitous:
      s.say("drop_gratuitous_arp");
      s.setting("ipv4/conf/all/drop_gratuitous_arp", true);
      return s.conf("drop_gratuitous_arp", true);
    default: return;
  }
}

// ---- ICMP

void icmp_rcv_step(scene& s) {
  if (s.r.match.note == trace_note::echo_ignored) {
    s.say("echo requests are ignored");
    s.setting("ipv4/icmp_echo_ignore_all", true);
    s.fix("sysctl -w net.ipv4.icmp_echo_ignore_all=0");
  } else if (s.r.match.note == trace_note::broadcast_ignored) {
    s.say("echo requests to broadcast and multicast addresses are ignored");
    s.setting("ipv4/icmp_echo_ignore_broadcasts", true);
    s.fix("sysctl -w net.ipv4.icmp_echo_ignore_broadcasts=0");
  } else if (s.r.match.note == trace_note::redirect_ignored) {
    s.say("the redirect of " + ip_text(s.r.match.a) + " to " + ip_text(s.r.match.b) +
          " is not believed");
    for (const char* name : {"accept_redirects", "secure_redirects", "shared_media"}) {
      s.setting(std::string("ipv4/conf/all/") + name, true);
      s.conf(name, true);
    }
  }
}

void icmp_send_step(scene& s) {
  switch (s.r.match.note) {
    case trace_note::icmp_not_about:
      return s.say("none is sent about an ICMP error, a broadcast or a later fragment");
    case trace_note::icmp_no_route:
      return s.say("there is no route back to " + ip_text(s.r.match.a));
    case trace_note::icmp_ratelimit:
      s.say("this peer had its share of ICMP errors");
      s.setting("ipv4/icmp_ratelimit", true);
      s.setting("ipv4/icmp_ratemask", false);
      return s.fix("sysctl -w net.ipv4.icmp_ratelimit=0");
    case trace_note::icmp_msgs_per_sec:
      s.say("this host sends no more ICMP errors for the moment");
      s.setting("ipv4/icmp_msgs_per_sec", true);
      s.setting("ipv4/icmp_msgs_burst", true);
      return s.setting("ipv4/icmp_ratemask", false), void();
    default: return;
  }
}

// ---- sizes, devices, neighbours, sockets

void too_big(scene& s) {
  const trace_match& m = s.r.match;
  const std::string out = s.n ? device_name(*s.n, static_cast<int>(m.f)) : "its device";
  if (!m.c) return s.say("larger than the receiving device's MTU allows");
  s.say(std::to_string(m.d) + " bytes, the MTU of " + out + " is " + std::to_string(m.c) +
        ", and the packet may not be fragmented");
  s.fix("ip link set " + out + " mtu " + std::to_string(m.d));
}

void device_not_ready(scene& s) {
  if (!s.dev) return s.say("the device is gone");
  if (!s.dev->up()) {
    s.say(s.dev->name + " is down");
    return s.fix("ip link set " + s.dev->name + " up");
  }
  if (s.dev->carrier_ok()) return s.say(s.dev->name + " was down");
  s.say(s.dev->name + " has no carrier: the other end of the cable is down");
  net* there = s.dev->ops->ndo_get_link_net ? s.dev->ops->ndo_get_link_net(*s.dev) : nullptr;
  const int index = s.dev->ops->ndo_get_iflink ? s.dev->ops->ndo_get_iflink(*s.dev) : 0;
  if (!there || !index) return;
  s.fix("ip link set " + device_name(*there, index) + " up", s.view.names(there->inum));
}

// The neighbour for which the packet waited, by its last step in a neighbour's output.
const trace_record* waited_at(const packet_story& story) {
  const trace_record* found = nullptr;
  for (const trace_record* r : story.steps)
    if (r->point == tp::neigh_resolve_output) found = r;
  return found;
}

void neighbour_failed(scene& s, bool still) {
  const trace_record* w = waited_at(s.story);
  if (!w) return s.say("the neighbour did not answer");
  const auto count = s.view.index.solicitations(*w, still ? ~u64{0} : s.story.last().seq).size();
  const std::string who = ip_text(w->match.a), dev(w->dev_name());
  std::string times = std::to_string(count) + (count == 1 ? " time" : " times");
  s.say(who + (still ? " has not answered yet" : " did not answer") + ": asked " + times +
        " by ARP on " + dev);
  const std::string base = "ipv4/neigh/" + dev + '/';
  if (s.setting(base + "mcast_solicit", true) == "0" && !count) {
    std::string key = dev;
    std::ranges::replace(key, '.', '/');
    s.fix("sysctl -w net.ipv4.neigh." + key + ".mcast_solicit=3");
  }
  s.setting(base + "retrans_time_ms", false);
}

void neighbour_queue_full(scene& s) {
  neighbour_failed(s, true);
  const std::string before = s.out.sentence;
  s.say("too many packets wait for the neighbour; " + before);
  const std::string base = "ipv4/neigh/" + s.dev_name() + "/unres_qlen_bytes";
  s.setting(base, true);
  s.fix("sysctl -w net.ipv4.neigh." + s.dev_key() + ".unres_qlen_bytes=BYTES");
}

void neighbour_table_full(scene& s) {
  s.say("no neighbour entry could be made: as many as gc_thresh3 allows are in use");
  s.hint("`cat /proc/net/stat/arp_cache` in the first namespace counts this as table_fulls");
  s.setting_of(s.view.w.init_net->inum, "ipv4/neigh/default/gc_thresh3", true);
  s.fix("sysctl -w net.ipv4.neigh.default.gc_thresh3=ENTRIES",
        s.view.names(s.view.w.init_net->inum));
}

void no_socket(scene& s) {
  if (!s.packet.has_l4) return s.say("no socket listens for it");
  const std::string proto = protocol_name(s.packet.protocol);
  s.say("no socket listens on " + proto + " port " + std::to_string(s.packet.dport) + " of " +
        ip_text(s.packet.dst));
  s.hint("`ss -lan` shows who listens");
}

void ttl_exceeded(scene& s) {
  s.say("the TTL ran out here");
  const packet_view sent = view_of(s.story.first());
  s.hint("it was sent with TTL " + std::to_string(sent.ttl) + " by " +
         s.view.names(s.story.first().net_inum));
  s.setting_of(s.story.first().net_inum, "ipv4/ip_default_ttl", false);
}

void datagram_memory_full(scene& s) {
  s.say("what waits to be read in all UDP sockets is more than udp_mem allows");
  s.hint("`ss -uam` shows what each socket has; a program that does not read is the usual cause");
  s.setting_of(s.view.w.init_net->inum, "ipv4/udp_mem", true);
  s.setting("ipv4/udp_rmem_min", true);
}

void receive_buffer_full(scene& s) {
  s.say("the socket's receive buffer is full: its program does not read");
  s.setting("core/rmem_default", true);
  s.setting("core/rmem_max", false);
  s.fix("sysctl -w net.core.rmem_default=BYTES");
  s.hint("or setsockopt SO_RCVBUF, up to rmem_max");
}

void dropped(scene& s, skb_drop_reason why) {
  const trace_note note = s.r.match.note;
  switch (why) {
    case IP_RPFILTER:
    case IP_LOCAL_SOURCE:
    case IP_LOCALNET:
    case IP_INVALID_SOURCE: return source_refused(s, why);
    case PKT_TOO_BIG: return too_big(s);
    case DEV_READY: return device_not_ready(s);
    case NEIGH_FAILED: return neighbour_failed(s, false);
    case NEIGH_CREATEFAIL: return neighbour_table_full(s);
    case NEIGH_QUEUEFULL: return neighbour_queue_full(s);
    case NO_SOCKET: return no_socket(s);
    case SOCKET_RCVBUFF: return receive_buffer_full(s);
    case PROTO_MEM:
      if (s.packet.protocol == IPPROTO_UDP) return datagram_memory_full(s);
      break;  // TCP's has other reasons beside it
    case IP_INHDR:
      if (note == trace_note::ttl_exceeded) return ttl_exceeded(s);
      break;
    case IP_NOPROTO: return s.say("nothing here handles IP " + protocol_name(s.packet.protocol));
    case QDISC_DROP:
      s.say("the queue of " + s.dev_name() + " was full");
      return s.fix("ip link set " + s.dev_name() + " txqueuelen LENGTH");
    case UNICAST_IN_L2_MULTICAST:
      s.say("a unicast packet in a broadcast frame");
      s.conf("drop_unicast_in_l2_multicast", true);
      return s.fix("sysctl -w net.ipv4.conf." + s.dev_key() + ".drop_unicast_in_l2_multicast=0");
    case FRAG_REASM_TIMEOUT:
      s.say("not all of its fragments came in time");
      return s.setting("ipv4/ipfrag_time", true), void();
    case OTHERHOST:
      s.say("the frame's destination is not the address of " + s.dev_name());
      return s.hint("the sender's neighbour entry may be wrong, or the frame was flooded");
    default: break;
  }
  if (tcp_dropped(s, why)) return;
  s.say(std::string(drop_reason_sentence(why)));
}

}  // namespace

explanation explain(const trace_view& view, const packet_story& story, const trace_record& step,
                    skb_drop_reason reason) {
  scene s(view, story, step);
  switch (step.point) {
    case tp::ip_error: ip_error_step(s); break;
    case tp::ip_route_output: send_refused(s); break;
    case tp::ip_append_data: too_big(s); break;
    case tp::arp_process: arp_step(s); break;
    case tp::icmp_rcv:
      if (step.match.note != trace_note::none)
        icmp_rcv_step(s);
      else if (reason > consumed)
        dropped(s, reason);
      break;
    case tp::icmp_send:
      if (reason > consumed)
        dropped(s, reason);
      else
        icmp_send_step(s);
      break;
    default:
      if (reason > consumed) {
        dropped(s, reason);
      } else if (&step == &story.last() && waits_for_neighbour(story)) {
        neighbour_failed(s, true);
      }
  }
  return std::move(s.out);
}

}  // namespace linnet
