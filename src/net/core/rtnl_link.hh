// What the parts of rtnetlink's link code share among themselves: the message writer (rtnl_link_fill.cc),
// the getters (rtnl_link_get.cc), the changes (rtnl_link_set.cc, rtnl_newlink.cc).
#pragma once

#include <optional>

#include "net/core/rtnetlink.hh"

namespace linnet {

// The header of a link message and what else goes into it.
struct ifinfo_args {
  int type = RTM_NEWLINK;
  u32 portid = 0;
  u32 seq = 0;
  unsigned change = 0;      // ifi_change
  int flags = 0;            // NLM_F_*
  u32 ext_filter_mask = 0;  // RTEXT_FILTER_*
  u32 event = 0;            // IFLA_EVENT_*
  std::optional<int> new_nsid = std::nullopt;
  int new_ifindex = 0;
  int tgt_netnsid = -1;  // IFLA_TARGET_NETNSID of a request made about another namespace
};
// Appends one link message; false when the packet is full, and then nothing is appended.
// `asker`: the namespace for which netns ids are given.
bool rtnl_fill_ifinfo(sk_buff&, net_device&, net& asker, const ifinfo_args&);
size_t if_nlmsg_size(const net_device&, u32 ext_filter_mask);
// The packet size a dump of links should at least have (rtnl_calcit).
u32 rtnl_calcit(const nl_request&);

// The device that IFLA_IFNAME or IFLA_ALT_IFNAME names, or null.
net_device* rtnl_dev_get(const net&, const ifla_table&);

// Applies a request to an existing device (do_setlink).
status do_setlink(nl_request&, net& target, net_device&, const ifinfomsg&, const ifla_table&,
                  bool changed_already = false);
// Gives a device to the master with that index, or (0) to none (IFLA_MASTER).
status do_set_master(net_device&, int index);
status validate_linkmsg(const net_device*, const ifla_table&, const world&);
status rtnl_ensure_unique_netns(const ifla_table&, bool id_only);
// Kind and undigested data of IFLA_LINKINFO.
struct linkinfo {
  std::string_view kind;
  nla data;
  nla slave_data;  // for the device's master
};
result<linkinfo> parse_linkinfo(const ifla_table&);
// ifi_flags as asked, the rest as it is (rtnl_dev_combine_flags).
unsigned rtnl_dev_combine_flags(const net_device&, const ifinfomsg&);

status rtnl_getlink(nl_request&);
status rtnl_dump_ifinfo(sk_buff&, netlink_callback&);
status rtnl_newlink(nl_request&);
status rtnl_setlink(nl_request&);
status rtnl_dellink(nl_request&);
status rtnl_newlinkprop(nl_request&);
status rtnl_dellinkprop(nl_request&);
status rtnl_stats_get(nl_request&);
status rtnl_stats_dump(sk_buff&, netlink_callback&);
status rtnl_stats_set(nl_request&);
void rtnetlink_event(net_device&, netdev_event);

}  // namespace linnet
