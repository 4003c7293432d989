// SOL_NETLINK options: groups, and what a socket wants told or left out.
#include <algorithm>
#include <cstring>

#include "net/netlink/af_netlink.hh"

namespace linnet {

status netlink_setsockopt(socket& s, int level, int name, const sockopt_value& value) {
  if (level != SOL_NETLINK) return err(ENOPROTOOPT);
  netlink_sock& nlk = nlk_sk(s);
  u32 val = 0;
  if (value.size() >= sizeof val) {
    if (!value.has(sizeof val)) return err(EFAULT);
    std::memcpy(&val, value.data(), sizeof val);
  }
  switch (name) {
    case NETLINK_PKTINFO: nlk.recv_pktinfo = val; return {};
    case NETLINK_ADD_MEMBERSHIP:
    case NETLINK_DROP_MEMBERSHIP:
      if (!netlink_allowed(nlk, &netlink_protocol::nonroot_recv)) return err(EPERM);
      if (!val || val - 1 >= nlk.ngroups) return err(EINVAL);
      netlink_set_group(nlk, val, name == NETLINK_ADD_MEMBERSHIP);
      return {};
    case NETLINK_BROADCAST_ERROR: nlk.broadcast_send_error = val; return {};
    case NETLINK_NO_ENOBUFS:
      nlk.recv_no_enobufs = val;
      if (val) nlk.congested = false;
      return {};
    case NETLINK_LISTEN_ALL_NSID: {
      if (!nlk.rq.who.net_admin) return err(EPERM);  // CAP_NET_BROADCAST
      auto& all = nlk.ns.w.netlink->all_nsid;
      std::erase(all, &nlk);
      if (val) all.push_back(&nlk);
      nlk.listen_all_nsid = val;
      return {};
    }
    case NETLINK_CAP_ACK: nlk.rq.cap_ack = val; return {};
    case NETLINK_EXT_ACK: nlk.rq.ext_ack = val; return {};
    case NETLINK_GET_STRICT_CHK: nlk.rq.strict_check = val; return {};
    default: return err(ENOPROTOOPT);
  }
}

status netlink_getsockopt_level(const socket&, int level, int) {
  if (level != SOL_NETLINK) return err(ENOPROTOOPT);
  return {};
}

result<u32> netlink_getsockopt(socket& s, int, int name, bytes value) {
  const netlink_sock& nlk = nlk_sk(s);
  auto flag = [&](bool on) -> result<u32> {
    if (value.size() < sizeof(int)) return err(EINVAL);
    return sockopt_put_int(value, on);
  };
  switch (name) {
    case NETLINK_PKTINFO: return flag(nlk.recv_pktinfo);
    case NETLINK_BROADCAST_ERROR: return flag(nlk.broadcast_send_error);
    case NETLINK_NO_ENOBUFS: return flag(nlk.recv_no_enobufs);
    case NETLINK_LIST_MEMBERSHIPS: {
      // Whole words as far as they fit; the length answered is that of all of them.
      const size_t words = nlk.groups.empty() ? 0 : (nlk.ngroups / 8 + 3) / 4;
      for (size_t i = 0; i < words && (i + 1) * 4 <= value.size(); ++i) {
        u32 w = i < nlk.groups.size() ? nlk.groups[i] : 0;
        std::memcpy(value.data() + i * 4, &w, 4);
      }
      return static_cast<u32>(words * 4);
    }
    case NETLINK_CAP_ACK: return flag(nlk.rq.cap_ack);
    case NETLINK_EXT_ACK: return flag(nlk.rq.ext_ack);
    case NETLINK_GET_STRICT_CHK: return flag(nlk.rq.strict_check);
    default: return err(ENOPROTOOPT);
  }
}

}  // namespace linnet
