// Groups of devices: joining and leaving, link-layer filters, the timers of reports, and devices that come and go.
#include "net/ipv4/igmp.hh"

#include <linux/igmp.h>
#include <netinet/in.h>

#include <algorithm>

#include "net/ipv4/arp.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {
namespace {

constexpr ktime jiffy = ns_per_ms;
constexpr ktime query_interval = 125 * ns_per_sec, query_response_interval = 10 * ns_per_sec;
constexpr size_t many_groups = 8;  // from here on they are found by a hash

// At a random moment before `max_delay` has passed.
ktime random_moment(const net& n, ktime max_delay) {
  const u32 ticks = static_cast<u32>(std::max<ktime>(max_delay / jiffy, 1));
  return n.w.now() + (n.c.rand.below(ticks) + 2) * jiffy;
}

void start_timer(ip_mc_list& im, ktime max_delay) {
  net& n = im.owner.ns;
  n.c.timers.mod(im.tmr, random_moment(n, max_delay));
}

void ifc_start_timer(ip_mc_device& d, ktime delay) {
  d.ns.c.timers.mod(d.ifc_timer, random_moment(d.ns, delay));
}

void gq_expired(timer& t) {
  igmpv3_send_report(static_cast<ip_mc_device::device_timer&>(t).owner, nullptr);
}

void ifc_expired(timer& t) {
  ip_mc_device& d = static_cast<ip_mc_device::device_timer&>(t).owner;
  igmpv3_send_cr(d);
  if (!d.ifc_count) return;
  --d.ifc_count;
  ifc_start_timer(d, d.unsolicited_interval());
}

// That a group was left is told as often as robustness wants, with the sources that it had (igmpv3_add_delrec).
void add_delrec(ip_mc_device& d, ip_mc_list& im) {
  auto left = std::make_unique<ip_mc_list>(d);
  left->multiaddr = im.multiaddr;
  left->crcount = d.robustness();
  left->sfmode = im.sfmode;
  if (im.sfmode == MCAST_INCLUDE) {
    left->tomb = std::exchange(im.tomb, {});
    left->sources = std::exchange(im.sources, {});
    for (auto& s : left->sources) s.crcount = left->crcount;
  }
  d.tomb.insert(d.tomb.begin(), std::move(left));
}

// A group that was left is joined again (igmpv3_del_delrec).
void del_delrec(ip_mc_device& d, ip_mc_list& im) {
  const auto it = std::ranges::find(d.tomb, im.multiaddr, [](auto& p) { return p->multiaddr; });
  if (it == d.tomb.end()) return;
  if (im.sfmode == MCAST_INCLUDE) {
    std::swap(im.tomb, (*it)->tomb);
    std::swap(im.sources, (*it)->sources);
    for (auto& s : im.sources) s.crcount = d.robustness();
  } else {
    im.crcount = d.robustness();
  }
  d.tomb.erase(it);
}

// The device's link-layer filter follows its groups.
void load(ip_mc_list& im, bool on) {
  if (im.loaded == on) return;
  im.loaded = on;
  net_device& dev = *im.owner.in.dev;
  hw_addr filter{};
  if (!arp_mc_map(im.multiaddr, dev, filter)) return;
  if (on)
    dev_mc_add(dev, filter);
  else
    dev_mc_del(dev, filter);
}

void group_added(ip_mc_list& im) {
  ip_mc_device& d = im.owner;
  load(im, true);
  if (igmp_is_silent(d.ns, im.multiaddr) || d.in.dead) return;
  im.unsolicit_count = static_cast<u32>(ipv4_of(d.ns).sysctl_igmp_qrv);
  if (d.old_querier()) return start_timer(im, jiffy);
  // A group that is joined for some sources only hasn't changed its mode (RFC 3376 §5.1).
  if (im.sfmode == MCAST_EXCLUDE) im.crcount = d.robustness();
  igmp_ifc_event(d);
}

void group_dropped(ip_mc_list& im) {
  ip_mc_device& d = im.owner;
  load(im, false);
  if (igmp_is_silent(d.ns, im.multiaddr)) return;
  const bool reporter = im.reporter;
  igmp_stop_timer(im);
  if (d.in.dead || d.old_querier(1)) return;
  if (d.old_querier(2)) {
    if (reporter) igmp_send_report(d, im.multiaddr, IGMP_HOST_LEAVE_MESSAGE);
    return;
  }
  add_delrec(d, im);
  igmp_ifc_event(d);
}

void reset(ip_mc_device& d) {
  d.qi = query_interval;
  d.qri = query_response_interval;
  d.qrv = static_cast<u32>(ipv4_of(d.ns).sysctl_igmp_qrv);
}

ip_mc_device& make(in_device& in) {
  if (!in.mc) in.mc = {new ip_mc_device(in), [](ip_mc_device* d) { delete d; }};
  return *in.mc;
}

void hash_add(ip_mc_device& d, ip_mc_list& im) {
  if (d.groups.size() < many_groups) return;
  if (!d.mc_hash.empty()) {
    d.mc_hash.emplace(im.multiaddr.raw(), &im);
    return;
  }
  for (auto& g : d.groups) d.mc_hash.emplace(g->multiaddr.raw(), g.get());
}

}  // namespace

ip_mc_list::~ip_mc_list() { owner.ns.c.timers.del(tmr); }

ip_mc_device::ip_mc_device(in_device& i)
    : ns(*i.dev->nd_net), in(i), gq_timer(*this, gq_expired), ifc_timer(*this, ifc_expired) {
  reset(*this);
}

ip_mc_device::~ip_mc_device() {
  ns.c.timers.del(gq_timer);
  ns.c.timers.del(ifc_timer);
}

ip_mc_list* ip_mc_device::find(be32 group) const {
  if (!mc_hash.empty()) {
    const auto it = mc_hash.find(group.raw());
    return it == mc_hash.end() ? nullptr : it->second;
  }
  const auto it = std::ranges::find(groups, group, [](auto& p) { return p->multiaddr; });
  return it == groups.end() ? nullptr : it->get();
}

u32 ip_mc_device::robustness() const {
  return qrv ? qrv : static_cast<u32>(ipv4_of(ns).sysctl_igmp_qrv);
}

bool ip_mc_device::old_querier(int version) const {
  const int forced = IPV4_DEVCONF_FORCE_IGMP_VERSION;
  if (ipv4_of(ns).devconf_all.get(forced) == version || in.cnf.get(forced) == version) return true;
  const ktime until = version == 1 ? v1_seen : v2_seen;
  return until && ns.w.now() < until;
}

ktime ip_mc_device::unsolicited_interval() const {
  const s32 ms =
      in_dev_conf_get(in, old_querier() ? IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL
                                        : IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL);
  return std::max(msecs(ms), jiffy);
}

bool igmp_is_silent(const net& n, be32 group) {
  return group == igmp_all_hosts ||
         (ipv4_is_local_multicast(group) && !ipv4_of(n).sysctl_igmp_llm_reports);
}

void ip_mc_list::report_timer::expired(timer& t) {
  ip_mc_list& im = static_cast<report_timer&>(t).list;
  ip_mc_device& d = im.owner;
  if (im.unsolicit_count) --im.unsolicit_count;
  if (im.unsolicit_count) start_timer(im, d.unsolicited_interval());
  im.reporter = true;
  if (d.old_querier(1))
    igmp_send_report(d, im.multiaddr, IGMP_HOST_MEMBERSHIP_REPORT);
  else if (d.old_querier(2))
    igmp_send_report(d, im.multiaddr, IGMPV2_HOST_MEMBERSHIP_REPORT);
  else
    igmpv3_send_report(d, &im);
}

void igmp_stop_timer(ip_mc_list& im) {
  im.owner.ns.c.timers.del(im.tmr);
  im.reporter = false;
  im.unsolicit_count = 0;
}

void igmp_mod_timer(ip_mc_list& im, ktime max_delay) {
  const net& n = im.owner.ns;
  im.unsolicit_count = 0;
  if (im.tmr.pending() && im.tmr.expires() - n.w.now() < max_delay) return;  // soon enough
  start_timer(im, max_delay);
}

void igmp_gq_start_timer(ip_mc_device& d) {
  const ktime at = random_moment(d.ns, d.maxdelay);
  if (!d.gq_timer.pending() || at < d.gq_timer.expires()) d.ns.c.timers.mod(d.gq_timer, at);
}

void igmp_ifc_event(ip_mc_device& d) {
  if (d.old_querier()) return;
  d.ifc_count = d.robustness();
  ifc_start_timer(d, jiffy);
}

void igmpv3_clear_delrec(ip_mc_device& d) {
  d.tomb.clear();
  for (auto& g : d.groups) g->tomb.clear();
}

void ip_mc_inc_group(in_device& in, be32 group) { ip_mc_inc_group(in, group, MCAST_EXCLUDE); }

void ip_mc_inc_group(in_device& in, be32 group, u32 mode) {
  ip_mc_device& d = make(in);
  if (ip_mc_list* im = d.find(group)) {
    ++im->users;
    (void)ip_mc_add_src(d, group, mode, {}, false);
    return;
  }
  auto fresh = std::make_unique<ip_mc_list>(d);
  ip_mc_list& im = *fresh;
  im.multiaddr = group;
  im.users = 1;
  im.sfmode = mode;
  im.sfcount[mode] = 1;
  d.groups.insert(d.groups.begin(), std::move(fresh));
  hash_add(d, im);
  del_delrec(d, im);
  group_added(im);
  if (!in.dead) rt_cache_flush(d.ns);
}

void ip_mc_dec_group(in_device& in, be32 group) {
  if (!in.mc) return;
  ip_mc_device& d = *in.mc;
  ip_mc_list* im = d.find(group);
  if (!im || --im->users) return;
  const auto it = std::ranges::find(d.groups, im, [](auto& p) { return p.get(); });
  const auto gone = std::move(*it);
  d.groups.erase(it);
  d.mc_hash.erase(group.raw());
  group_dropped(*gone);
  if (!in.dead) rt_cache_flush(d.ns);
}

void ip_mc_up(in_device& in) {
  ip_mc_device& d = make(in);
  reset(d);
  ip_mc_inc_group(in, igmp_all_hosts);  // RFC 1112 §4
  for (auto& g : d.groups) {
    del_delrec(d, *g);
    group_added(*g);
  }
}

void ip_mc_down(in_device& in) {
  if (!in.mc) return;
  ip_mc_device& d = *in.mc;
  for (auto& g : d.groups) group_dropped(*g);
  d.ifc_count = 0;
  d.ns.c.timers.del(d.ifc_timer);
  d.ns.c.timers.del(d.gq_timer);
  ip_mc_dec_group(in, igmp_all_hosts);
}

void ip_mc_destroy_dev(in_device& in) {
  ip_mc_down(in);
  in.mc.reset();
}

bool ip_check_mc(const in_device& in, be32 group, be32 source, u8 protocol) {
  const ip_mc_list* im = in.mc ? in.mc->find(group) : nullptr;
  if (!im) return false;
  if (protocol == IPPROTO_IGMP || !source) return true;
  const auto it = std::ranges::find(im->sources, source, &ip_sf_list::addr);
  if (it == im->sources.end()) return im->sfcount[MCAST_EXCLUDE] != 0;
  return it->count[MCAST_INCLUDE] || it->count[MCAST_EXCLUDE] != im->sfcount[MCAST_EXCLUDE];
}

}  // namespace linnet
