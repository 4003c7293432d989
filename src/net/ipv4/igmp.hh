// IGMP's host side (RFC 1112, 2236, 3376): the groups and sources that a device listens to, on behalf of sockets and of
// the stack, and the reports that tell routers so. A group's filter is the sum of its users': the sources that some
// include, and those that all who exclude any exclude. Users change it by ip_mc_inc_group, ip_mc_dec_group,
// ip_mc_add_src and ip_mc_del_src; queries only mark what is to be answered.
#pragma once

#include <unordered_map>
#include <vector>

#include "net/core/world.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip.hh"
#include "time/timer.hh"

namespace linnet {

inline constexpr be32 igmp_all_hosts = be32(0xe0000001);

// One source in a group's filter (struct ip_sf_list).
struct ip_sf_list {
  be32 addr;
  std::array<u32, 2> count{};  // users, by MCAST_EXCLUDE and MCAST_INCLUDE
  bool gsresp = false;         // asked for by a query
  bool oldin = false;          // let through before the present change
  u32 crcount = 0;             // reports of the change still due
};
using ip_sf_lists = std::vector<ip_sf_list>;

// A group of a device (struct ip_mc_list); also one that was left, while that is reported.
struct ip_mc_list {
  explicit ip_mc_list(ip_mc_device& d) : owner(d), tmr(*this) {}
  ~ip_mc_list();
  ip_mc_list(const ip_mc_list&) = delete;
  ip_mc_list& operator=(const ip_mc_list&) = delete;

  ip_mc_device& owner;
  be32 multiaddr;
  u32 users = 0;
  u32 sfmode = 0;                // MCAST_EXCLUDE or MCAST_INCLUDE: what is reported
  std::array<u32, 2> sfcount{};  // users of each mode
  ip_sf_lists sources, tomb;     // in the order they came; no more let through, newest first
  u32 crcount = 0;               // reports of the mode's change still due
  u32 unsolicit_count = 0;       // of IGMPv1 and v2, still due
  bool reporter = false;         // the last report heard was ours
  bool loaded = false;           // in the device's filter
  bool gsquery = false;          // only the sources asked for are to be reported
  struct report_timer : timer {
    explicit report_timer(ip_mc_list& l) : timer(expired), list(l) {}
    static void expired(timer&);
    ip_mc_list& list;
  } tmr;
};

// A device's groups and what is known of the routers on its link (struct in_device's mc_* and mr_*).
struct ip_mc_device {
  explicit ip_mc_device(in_device&);
  ~ip_mc_device();
  ip_mc_device(const ip_mc_device&) = delete;
  ip_mc_device& operator=(const ip_mc_device&) = delete;

  net& ns;
  in_device& in;
  std::vector<std::unique_ptr<ip_mc_list>> groups;  // the newest first
  std::unordered_map<u32, ip_mc_list*>
      mc_hash;  // of all groups, once they are many; never iterated
  std::vector<std::unique_ptr<ip_mc_list>> tomb;  // left, newest first
  ktime v1_seen = 0, v2_seen = 0;                 // until when an old querier counts as present
  ktime maxdelay = 0, qi = 0, qri = 0;            // of queries
  u32 qrv = 0;                                    // robustness
  u32 ifc_count = 0;                              // reports of changes still due
  struct device_timer : timer {
    device_timer(ip_mc_device& o, void (*f)(timer&)) : timer(f), owner(o) {}
    ip_mc_device& owner;
  } gq_timer, ifc_timer;  // for the answer to a general query, and for reports of changes

  ip_mc_list* find(be32 group) const;
  u32 robustness() const;
  bool old_querier(int version) const;  // IGMP_V1_SEEN, IGMP_V2_SEEN
  bool old_querier() const { return old_querier(1) || old_querier(2); }
  ktime unsolicited_interval() const;
};

// Whether a group is one that is never reported.
bool igmp_is_silent(const net&, be32 group);

// igmp.cc: joining and leaving in a mode, and the timers.
void ip_mc_inc_group(in_device&, be32 group, u32 mode);
void igmp_ifc_event(ip_mc_device&);
void igmp_gq_start_timer(ip_mc_device&);
void igmp_mod_timer(ip_mc_list&, ktime max_delay);
void igmp_stop_timer(ip_mc_list&);
void igmpv3_clear_delrec(ip_mc_device&);

// igmp_report.cc: sends what is due. `one`: the state of this group, null: of all.
void igmpv3_send_report(ip_mc_device&, ip_mc_list* one);
void igmpv3_send_cr(ip_mc_device&);
void igmp_send_report(ip_mc_device&, be32 group, u8 type);

// igmp_source.cc: one user's filter is added to a group's, or taken from it; `delta`: more sources of a filter that
// counts already. Errors: ESRCH, EINVAL.
status ip_mc_add_src(ip_mc_device&, be32 group, u32 mode, std::span<const be32> sources,
                     bool delta);
status ip_mc_del_src(ip_mc_device&, be32 group, u32 mode, std::span<const be32> sources,
                     bool delta);

// igmp_sock.cc
void igmp_net_init(net&);

// igmp_rcv.cc
const net_protocol& igmp_protocol();

}  // namespace linnet
