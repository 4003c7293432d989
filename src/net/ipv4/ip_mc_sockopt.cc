// The socket options of memberships, in IPv4's own form (IP_ADD_MEMBERSHIP and its kin, man 7 ip) and in the one that
// takes any family's addresses (MCAST_JOIN_GROUP and its kin, RFC 3678 §5): what their structures say, checked in
// Linux's order.
#include <cstddef>
#include <cstring>

#include "net/core/optmem.hh"
#include "net/core/sock.hh"
#include "net/ipv4/ip_mc_membership.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {
namespace {

be32 addr_of(const in_addr& a) { return be32::from_raw(a.s_addr); }

template <class T>
T read(const_bytes value) {
  T t{};
  std::memcpy(&t, value.data(), std::min(value.size(), sizeof t));
  return t;
}

// What an option about one source does: to which filter, adding or taking. A first source that is wanted joins.
struct source_change {
  bool add;
  u32 omode;
};

source_change source_change_of(int name) {
  switch (name) {
    case IP_BLOCK_SOURCE:
    case MCAST_BLOCK_SOURCE: return {true, MCAST_EXCLUDE};
    case IP_UNBLOCK_SOURCE:
    case MCAST_UNBLOCK_SOURCE: return {false, MCAST_EXCLUDE};
    case IP_ADD_SOURCE_MEMBERSHIP:
    case MCAST_JOIN_SOURCE_GROUP: return {true, MCAST_INCLUDE};
    default: return {false, MCAST_INCLUDE};
  }
}

status change_source(ip_mc_memberships& all, source_change what, const ip_mreqn& m, be32 source) {
  if (what.add && what.omode == MCAST_INCLUDE) {
    if (status s = all.join_group(m, MCAST_INCLUDE); !s && s.error() != EADDRINUSE) return s;
  }
  return all.source(what.add, what.omode, m, source);
}

status set_membership(ip_mc_memberships& all, bool join, const_bytes value) {
  if (value.size() < sizeof(ip_mreq)) return err(EINVAL);
  const size_t n = value.size() < sizeof(ip_mreqn) ? sizeof(ip_mreq) : sizeof(ip_mreqn);
  const auto m = read<ip_mreqn>(value.first(n));
  return join ? all.join_group(m, MCAST_EXCLUDE) : all.leave_group(m);
}

status set_source(ip_mc_memberships& all, int name, const_bytes value) {
  if (value.size() != sizeof(ip_mreq_source)) return err(EINVAL);
  const auto r = read<ip_mreq_source>(value);
  return change_source(all, source_change_of(name), {r.imr_multiaddr, r.imr_interface, 0},
                       addr_of(r.imr_sourceaddr));
}

// An address of any family that must be one of ours; EADDRNOTAVAIL else.
result<in_addr> inet_addr_of(const sockaddr_storage& a) {
  if (a.ss_family != AF_INET) return err(EADDRNOTAVAIL);
  sockaddr_in in;
  std::memcpy(&in, &a, sizeof in);
  return in.sin_addr;
}

status set_group(ip_mc_memberships& all, bool join, const_bytes value) {
  if (value.size() < sizeof(group_req)) return err(EINVAL);
  const auto r = read<group_req>(value);
  const auto group = inet_addr_of(r.gr_group);
  if (!group) return err(EINVAL);
  const ip_mreqn m = {*group, {}, static_cast<int>(r.gr_interface)};
  return join ? all.join_group(m, MCAST_EXCLUDE) : all.leave_group(m);
}

status set_group_source(ip_mc_memberships& all, int name, const_bytes value) {
  if (value.size() != sizeof(group_source_req)) return err(EINVAL);
  const auto r = read<group_source_req>(value);
  const auto group = inet_addr_of(r.gsr_group), source = inet_addr_of(r.gsr_source);
  if (!group || !source) return err(EADDRNOTAVAIL);
  return change_source(all, source_change_of(name), {*group, {}, static_cast<int>(r.gsr_interface)},
                       addr_of(*source));
}

constexpr size_t msfilter_head = offsetof(ip_msfilter, imsf_slist);
constexpr size_t group_filter_head = offsetof(group_filter, gf_slist);

bool too_long(const net& n, const_bytes value) {
  return value.size() > static_cast<u32>(sysctl_optmem_max(n.w));
}

status check_count(const net& n, u32 sources, size_t room, size_t each) {
  if (static_cast<s64>(sources) > ipv4_of(n).sysctl_igmp_max_msf) return err(ENOBUFS);
  if (sources > room / each) return err(EINVAL);
  return {};
}

status set_msfilter(ip_mc_memberships& all, const net& n, const_bytes value) {
  if (value.size() < msfilter_head) return err(EINVAL);
  if (too_long(n, value)) return err(ENOBUFS);
  const auto f = read<ip_msfilter>(value.first(msfilter_head));
  const const_bytes list = value.subspan(msfilter_head);
  if (status s = check_count(n, f.imsf_numsrc, list.size(), sizeof(be32)); !s) return s;
  std::vector<be32> sources;
  sources.reserve(f.imsf_numsrc);
  for (size_t i = 0; i < f.imsf_numsrc; ++i)
    sources.push_back(be32::load(list.data() + i * sizeof(be32)));
  return all.msfilter({f.imsf_multiaddr, f.imsf_interface, 0}, f.imsf_fmode, std::move(sources));
}

status set_group_filter(ip_mc_memberships& all, const net& n, const_bytes value) {
  if (value.size() < group_filter_head) return err(EINVAL);
  if (too_long(n, value)) return err(ENOBUFS);
  const auto f = read<group_filter>(value.first(group_filter_head));
  const const_bytes list = value.subspan(group_filter_head);
  if (status s = check_count(n, f.gf_numsrc, list.size(), sizeof(sockaddr_storage)); !s) return s;
  const auto group = inet_addr_of(f.gf_group);
  if (!group) return std::unexpected(group.error());
  std::vector<be32> sources;
  for (size_t i = 0; i < f.gf_numsrc; ++i) {
    const auto a = inet_addr_of(read<sockaddr_storage>(list.subspan(i * sizeof(sockaddr_storage))));
    if (!a) return std::unexpected(a.error());
    sources.push_back(addr_of(*a));
  }
  return all.msfilter({*group, {}, static_cast<int>(f.gf_interface)}, f.gf_fmode,
                      std::move(sources));
}

// How many sources are told: the reader says how many he has room for.
size_t told(const ip_mc_socklist& e, u32 asked, size_t room, size_t each) {
  const size_t there = e.sflist ? e.sflist->size() : 0;
  return std::min({there, static_cast<size_t>(asked), room / each});
}

result<u32> get_msfilter(const ip_mc_memberships& all, bytes value) {
  if (value.size() < msfilter_head) return err(EINVAL);
  auto f = read<ip_msfilter>(value.first(msfilter_head));
  const auto e = all.find_filter({f.imsf_multiaddr, f.imsf_interface, 0});
  if (!e) return std::unexpected(e.error());
  const size_t n = told(**e, f.imsf_numsrc, value.size() - msfilter_head, sizeof(be32));
  f.imsf_fmode = (*e)->sfmode;
  f.imsf_numsrc = static_cast<u32>((*e)->sflist ? (*e)->sflist->size() : 0);
  std::memcpy(value.data(), &f, msfilter_head);
  if (n) std::memcpy(value.data() + msfilter_head, (*e)->sflist->data(), n * sizeof(be32));
  return static_cast<u32>(msfilter_head + n * sizeof(be32));
}

result<u32> get_group_filter(const ip_mc_memberships& all, bytes value) {
  if (value.size() < group_filter_head) return err(EINVAL);
  auto f = read<group_filter>(value.first(group_filter_head));
  const auto group = inet_addr_of(f.gf_group);
  if (!group) return err(EINVAL);
  const auto e = all.find_filter_on(addr_of(*group), static_cast<int>(f.gf_interface));
  if (!e) return std::unexpected(e.error());
  const size_t n =
      told(**e, f.gf_numsrc, value.size() - group_filter_head, sizeof(sockaddr_storage));
  f.gf_fmode = (*e)->sfmode;
  f.gf_numsrc = static_cast<u32>((*e)->sflist ? (*e)->sflist->size() : 0);
  std::memcpy(value.data(), &f, group_filter_head);
  for (size_t i = 0; i < n; ++i) {
    sockaddr_storage a{};
    const sockaddr_in in = {AF_INET, 0, {(*(*e)->sflist)[i].raw()}, {}};
    std::memcpy(&a, &in, sizeof in);
    std::memcpy(value.data() + group_filter_head + i * sizeof a, &a, sizeof a);
  }
  return static_cast<u32>(group_filter_head + n * sizeof(sockaddr_storage));
}

}  // namespace

bool is_ip_mc_option(int name) {
  switch (name) {
    case IP_ADD_MEMBERSHIP:
    case IP_DROP_MEMBERSHIP:
    case IP_BLOCK_SOURCE:
    case IP_UNBLOCK_SOURCE:
    case IP_ADD_SOURCE_MEMBERSHIP:
    case IP_DROP_SOURCE_MEMBERSHIP:
    case IP_MSFILTER:
    case MCAST_JOIN_GROUP:
    case MCAST_LEAVE_GROUP:
    case MCAST_BLOCK_SOURCE:
    case MCAST_UNBLOCK_SOURCE:
    case MCAST_JOIN_SOURCE_GROUP:
    case MCAST_LEAVE_SOURCE_GROUP:
    case MCAST_MSFILTER: return true;
    default: return false;
  }
}

status ip_mc_setsockopt(ip_mc_memberships& all, const net& n, int name, const_bytes value) {
  switch (name) {
    case IP_ADD_MEMBERSHIP:
    case IP_DROP_MEMBERSHIP: return set_membership(all, name == IP_ADD_MEMBERSHIP, value);
    case IP_BLOCK_SOURCE:
    case IP_UNBLOCK_SOURCE:
    case IP_ADD_SOURCE_MEMBERSHIP:
    case IP_DROP_SOURCE_MEMBERSHIP: return set_source(all, name, value);
    case IP_MSFILTER: return set_msfilter(all, n, value);
    case MCAST_JOIN_GROUP:
    case MCAST_LEAVE_GROUP: return set_group(all, name == MCAST_JOIN_GROUP, value);
    case MCAST_BLOCK_SOURCE:
    case MCAST_UNBLOCK_SOURCE:
    case MCAST_JOIN_SOURCE_GROUP:
    case MCAST_LEAVE_SOURCE_GROUP: return set_group_source(all, name, value);
    case MCAST_MSFILTER: return set_group_filter(all, n, value);
    default: return err(ENOPROTOOPT);
  }
}

result<u32> ip_mc_getsockopt(const ip_mc_memberships& all, int name, bytes value) {
  switch (name) {
    case IP_MSFILTER: return get_msfilter(all, value);
    case MCAST_MSFILTER: return get_group_filter(all, value);
    default: return err(ENOPROTOOPT);
  }
}

}  // namespace linnet
