// Groups of nexthop objects: what nexthop.cc asks of nexthop_group.cc. A group's entries are a vector that is made
// anew when the group changes; each entry is also on its member's list of groups.
#pragma once

#include "net/ipv4/nexthop.hh"

namespace linnet {

// Checks RTM_NEWNEXTHOP's NHA_GROUP against the objects there are (nh_check_attr_group).
status nh_check_attr_group(const net&, nla group, bool fdb);
result<ref<nexthop>> nexthop_create_group(net&, const nh_config&);
// A fresh group goes into the table: a resilient one fills its buckets.
status nh_group_start(nexthop&, const nh_config&);
// `old` gets what `fresh` has.
status replace_nexthop_grp(nexthop& old, nexthop& fresh, const nh_config&);
// `member` leaves the group `parent`, which has others.
void remove_nh_grp_entry(nexthop& parent, const nexthop& member);
// The group itself goes.
void remove_nexthop_group(nexthop&);

}  // namespace linnet
