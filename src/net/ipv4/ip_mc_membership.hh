// What a socket listens to (man 7 ip, RFC 3678): the groups that it joined, each on a device, with the sources that it
// wants or doesn't. Also of the namespace itself, for addresses that join their own group. The devices' filters follow
// (igmp.hh). Whoever owns a list drops it before it goes.
#pragma once

#include <netinet/in.h>

#include <forward_list>
#include <optional>
#include <vector>

#include "base/endian.hh"
#include "base/result.hh"

namespace linnet {

struct net;

// One membership (struct ip_mc_socklist).
struct ip_mc_socklist {
  ip_mreqn multi;  // the index is always known, the address as it was given
  u32 sfmode;      // MCAST_EXCLUDE or MCAST_INCLUDE
  // Absent until the first source, after which the mode stays while the membership does.
  std::optional<std::vector<be32>> sflist;
};

class ip_mc_memberships {
 public:
  explicit ip_mc_memberships(net& n) : ns_(n) {}
  ip_mc_memberships(const ip_mc_memberships&) = delete;
  ip_mc_memberships& operator=(const ip_mc_memberships&) = delete;

  // EINVAL (no group), ENODEV, EADDRINUSE (joined already), ENOBUFS (igmp_max_memberships).
  status join_group(ip_mreqn, u32 mode);
  // ENODEV, EADDRNOTAVAIL (not joined).
  status leave_group(ip_mreqn);
  // Adds or takes a source of the filter of mode `omode` (ip_mc_source). EINVAL (no group, not joined, another mode),
  // ENODEV, EADDRNOTAVAIL (not there, or there already), ENOBUFS (igmp_max_msf).
  status source(bool add, u32 omode, ip_mreqn, be32 addr);
  // Sets the whole filter (ip_mc_msfilter).
  status msfilter(ip_mreqn, u32 fmode, std::vector<be32> sources);
  // The membership for ip_mc_msfget: EINVAL, ENODEV, EADDRNOTAVAIL.
  result<const ip_mc_socklist*> find_filter(ip_mreqn) const;
  // The same with the index given (ip_mc_gsfget): EINVAL, EADDRNOTAVAIL.
  result<const ip_mc_socklist*> find_filter_on(be32 group, int ifindex) const;
  // Leaves all, on devices that are still there (ip_mc_drop_socket).
  void drop();
  bool empty() const { return list_.empty(); }
  // Whether what `saddr` sends to `daddr` and came by `dif` passes (ip_mc_sf_allow). `otherwise`: the answer for groups
  // that were not joined (IP_MULTICAST_ALL).
  bool sf_allow(be32 daddr, be32 saddr, int dif, int sdif, bool otherwise) const;

 private:
  const ip_mc_socklist* find(const ip_mreqn&) const;
  ip_mc_socklist* find(const ip_mreqn&);

  net& ns_;
  std::forward_list<ip_mc_socklist> list_;  // newest first
};

// The socket options (ip_mc_sockopt.cc). Whether `name` is one of them; what they do.
bool is_ip_mc_option(int name);
status ip_mc_setsockopt(ip_mc_memberships&, const net&, int name, const_bytes value);
// IP_MSFILTER, MCAST_MSFILTER: the question is in `value`, and so is the answer, of which the length is returned.
result<u32> ip_mc_getsockopt(const ip_mc_memberships&, int name, bytes value);

}  // namespace linnet
