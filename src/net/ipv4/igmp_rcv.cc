// IGMP that arrives: queries, which are answered after a random while, and the reports of others, which spare us ours
// while the querier is an old one. What is for routers alone ends here; raw sockets have had their copy.
#include <linux/igmp.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "base/checksum.hh"
#include "net/core/l3mdev.hh"
#include "net/ipv4/igmp.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

constexpr ktime tenth = ns_per_sec / 10;
constexpr ktime query_interval = 125 * ns_per_sec, query_response_interval = 10 * ns_per_sec;

// Values above 127 have an exponent (RFC 3376 §4.1.1, §4.1.7).
u32 decode_exponent(u8 code) {
  return code < 0x80 ? code : ((code & 0xfu) | 0x10u) << ((code >> 4 & 7) + 3);
}

// Not at once: a delay of 0 is the shortest there is.
ktime response_time(u8 code) { return std::max<ktime>(decode_exponent(code) * tenth, ns_per_ms); }

// The sources that a query is about, in the packet.
class source_list {
 public:
  source_list() = default;
  source_list(const std::byte* at, size_t n) : at_(at), n_(n) {}
  size_t size() const { return n_; }
  bool contains(be32 addr) const {
    for (size_t i = 0; i < n_; ++i)
      if (be32::load(at_ + i * sizeof(be32)) == addr) return true;
    return false;
  }

 private:
  const std::byte* at_ = nullptr;
  size_t n_ = 0;
};

// What a query asks for: a group, or all; with sources, whether some of these are wanted.
struct query {
  be32 group;
  ktime max_delay;
  source_list sources;
};

// Of version 1 or 2: from now on, for as long as its sender counts as present, we speak as it does.
query old_query(ip_mc_device& d, const igmphdr& h) {
  const ktime until = d.ns.w.now() + static_cast<s64>(d.qrv) * d.qi + d.qri;
  d.ifc_count = 0;
  d.ns.c.timers.del(d.ifc_timer);
  igmpv3_clear_delrec(d);
  if (h.code) {
    d.v2_seen = until;
    return {be32::from_raw(h.group), h.code * tenth, {}};
  }
  d.v1_seen = until;
  return {be32(), query_response_interval, {}};
}

// What a querier of version 3 tells of its settings (RFC 3376 §4.1.6, §4.1.7, §8.3).
void learn_settings(ip_mc_device& d, const igmpv3_query& h, ktime max_delay) {
  d.maxdelay = max_delay;
  d.qrv = h.qrv ? h.qrv : static_cast<u32>(ipv4_of(d.ns).sysctl_igmp_qrv);
  const u32 interval = decode_exponent(h.qqic);
  d.qi = interval ? secs(interval) : query_interval;
  if (d.qri >= d.qi) d.qri = d.qi - ns_per_sec;
}

// Whether what is asked of these sources is anything that we have to answer; marks them (igmp_marksources).
bool mark_sources(ip_mc_list& im, const source_list& asked) {
  im.gsquery = false;
  if (im.sfmode == MCAST_EXCLUDE) {
    const auto unwanted = std::ranges::count_if(im.sources, [&](auto& s) {
      return !s.count[MCAST_INCLUDE] && im.sfcount[MCAST_EXCLUDE] == s.count[MCAST_EXCLUDE] &&
             asked.contains(s.addr);
    });
    return static_cast<size_t>(unwanted) != asked.size();
  }
  for (auto& s : im.sources) {
    if (!asked.contains(s.addr)) continue;
    s.gsresp = true;
    im.gsquery = true;
  }
  return im.gsquery;
}

void schedule_answers(ip_mc_device& d, const query& q) {
  const bool about_sources = q.sources.size() > 0;
  for (auto& im : d.groups) {
    if ((q.group && q.group != im->multiaddr) || igmp_is_silent(d.ns, im->multiaddr)) continue;
    im->gsquery = about_sources && (im->gsquery || !im->tmr.pending());
    if (!im->gsquery || mark_sources(*im, q.sources)) igmp_mod_timer(*im, q.max_delay);
  }
}

// A copy of the header: the packet need not be aligned.
template <class T>
T header_of(const sk_buff& s) {
  T h;
  std::memcpy(&h, s.data, sizeof h);
  return h;
}

// False: it makes no sense (igmp_heard_query).
bool heard_query(ip_mc_device& d, const sk_buff& s) {
  const auto old = header_of<igmphdr>(s);
  if (s.len() == sizeof old) {
    schedule_answers(d, old_query(d, old));
    return true;
  }
  if (s.len() < sizeof(igmpv3_query)) return false;
  const auto h = header_of<igmpv3_query>(s);
  query q = {be32::from_raw(h.group), response_time(h.code), {}};
  if (d.old_querier(1)) {
    q = {be32(), query_response_interval, {}};
  } else if (!d.old_querier(2)) {
    const size_t nsrcs = ntohs(h.nsrcs);
    if (s.len() < sizeof h + nsrcs * sizeof(be32)) return false;
    learn_settings(d, h, q.max_delay);
    if (!q.group) {
      if (nsrcs) return false;
      igmp_gq_start_timer(d);
      return true;
    }
    q.sources = {s.data + sizeof h, nsrcs};
  }
  schedule_answers(d, q);
  return true;
}

// Somebody else reported the group: routers know.
void heard_report(ip_mc_device& d, be32 group) {
  if (igmp_is_silent(d.ns, group)) return;
  if (ip_mc_list* im = d.find(group)) igmp_stop_timer(*im);
}

// The device that the packet came by, below a VRF.
ip_mc_device* receiver_of(net& n, const sk_buff& s) {
  const net_device* dev = s.dev;
  if (unlikely(netif_is_l3_master(*dev))) dev = dev_get_by_index(n, ipcb(s).iif);
  const in_device* in = dev ? in_dev_get(*dev) : nullptr;
  return in ? in->mc.get() : nullptr;
}

skb_drop_reason igmp_rcv(net& n, sk_buff& s) {
  ip_mc_device* d = receiver_of(n, s);
  if (!d || s.len() < sizeof(igmphdr)) return NOT_SPECIFIED;
  const bool trusted = skb_csum_unnecessary(s);
  if (!trusted && csum_fold(csum_partial(s.data, s.len(), 0)).raw()) return NOT_SPECIFIED;
  const auto h = header_of<igmphdr>(s);
  switch (h.type) {
    case IGMP_HOST_MEMBERSHIP_QUERY: return heard_query(*d, s) ? consumed : NOT_SPECIFIED;
    case IGMP_HOST_MEMBERSHIP_REPORT:
    case IGMPV2_HOST_MEMBERSHIP_REPORT:
      if (!skb_rtable(s)->rt_is_input) return NOT_SPECIFIED;  // our own, looped back
      // A router would not have heard one that was for us alone.
      if (s.pkt != pkt_type::multicast && s.pkt != pkt_type::broadcast) return NOT_SPECIFIED;
      heard_report(*d, be32::from_raw(h.group));
      return consumed;
    default: return NOT_SPECIFIED;
  }
}

void igmp_list_rcv(sk_buff_head&& list, net& n) {
  while (skb_ptr p = list.dequeue()) {
    const skb_drop_reason why = igmp_rcv(n, *p);
    if (why == consumed)
      consume_skb(std::move(p));
    else
      kfree_skb_reason(std::move(p), why);
  }
}

const net_protocol igmp_protocol_ = {.handler = igmp_list_rcv};

}  // namespace

const net_protocol& igmp_protocol() { return igmp_protocol_; }

}  // namespace linnet
