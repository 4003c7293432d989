// Generic netlink families: who speaks under a name on NETLINK_GENERIC. The controller (genetlink.cc) gives each a number
// in the order of registration, tells programs which, and hands their messages on.
#pragma once

#include <linux/genetlink.h>

#include <span>

#include "net/netlink/netlink.hh"

namespace linnet {

// One command (struct genl_ops). `flags` are GENL_ADMIN_PERM and its like.
struct genl_ops {
  u8 cmd;
  u8 flags = 0;
  rtnl_doit_func doit = nullptr;
  rtnl_dumpit_func dumpit = nullptr;
};

struct genl_family {
  const char* name;
  u8 version;
  u32 maxattr;
  std::span<const nla_policy> policy;
  std::span<const genl_ops> ops;
};

// `family` must live as long as the world.
void genl_register_family(world&, const genl_family& family);

// The request's attributes, checked by the family's policy as leniently as families of old are.
inline status genlmsg_parse(const nlmsghdr& h, std::span<nla> tb, const genl_family& family) {
  return nlmsg_parse(h, GENL_HDRLEN, tb, family.policy, NL_VALIDATE_LIBERAL);
}

// Begins an answer to a message of this family: its number is `type`, as the request had it (genlmsg_put).
nlmsghdr* genlmsg_put(sk_buff&, u32 portid, u32 seq, u16 type, const genl_family&, int flags,
                      u8 cmd);

}  // namespace linnet
