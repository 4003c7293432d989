// Addresses with a lifetime: deprecated when the preferred one ends, deleted when the valid one ends. One
// timer for the namespace, which sleeps while all its addresses are permanent.
#include <algorithm>

#include "net/ipv4/devinet.hh"

namespace linnet {

namespace {

// When the next thing happens to `a`; ktime_max when nothing will.
ktime next_event(const in_ifaddr& a) {
  if (a.ifa_flags & IFA_F_PERMANENT) return ktime_max;
  ktime at = ktime_max;
  if (a.ifa_valid_lft != INFINITY_LIFE_TIME) at = a.ifa_tstamp + secs(a.ifa_valid_lft);
  if (a.ifa_preferred_lft != INFINITY_LIFE_TIME && !(a.ifa_flags & IFA_F_DEPRECATED))
    at = std::min(at, a.ifa_tstamp + secs(a.ifa_preferred_lft));
  return at;
}

void check_lifetime(timer& t) {
  devinet_table& table = *static_cast<devinet_table::lifetime_timer&>(t).owner;
  net& n = table.ns;
  const ktime now = n.w.now();
  ktime next = ktime_max;
  for (auto& [index, dev] : n.dev_base) {
    in_device* in = in_dev_get(*dev);
    if (!in) continue;
    for (size_t i = 0; i < in->ifa_list.size();) {
      in_ifaddr& a = *in->ifa_list[i];
      if (next_event(a) > now) {
        next = std::min(next, next_event(a));
        ++i;
      } else if (a.ifa_valid_lft != INFINITY_LIFE_TIME &&
                 now >= a.ifa_tstamp + secs(a.ifa_valid_lft)) {
        (void)inet_del_ifa(*in, a);
        i = 0;  // secondaries may have gone with it
      } else {
        a.ifa_flags |= IFA_F_DEPRECATED;
        rtmsg_ifa(RTM_NEWADDR, a, nullptr);
      }
    }
  }
  if (next != ktime_max) n.c.timers.mod(table.lifetime, next);
}

}  // namespace

devinet_table::devinet_table(net& n) : ns(n), lifetime(check_lifetime) { lifetime.owner = this; }

devinet_table::~devinet_table() { ns.c.timers.del(lifetime); }

void set_ifa_lifetime(in_ifaddr& a, u32 valid, u32 preferred, ktime now) {
  a.ifa_flags &= ~u32{IFA_F_PERMANENT | IFA_F_DEPRECATED};
  a.ifa_valid_lft = valid;
  if (valid == INFINITY_LIFE_TIME) a.ifa_flags |= IFA_F_PERMANENT;
  a.ifa_preferred_lft = preferred;
  if (preferred == 0) a.ifa_flags |= IFA_F_DEPRECATED;
  a.ifa_tstamp = now;
  if (!a.ifa_cstamp) a.ifa_cstamp = now;
}

void check_lifetime_soon(net& n) { n.c.timers.mod(devinet_of(n).lifetime, n.w.now()); }

}  // namespace linnet
