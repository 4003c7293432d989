// Listeners that share a port (SO_REUSEPORT): each is in a group with those of the same address, device and owner, and a
// connection goes to the one that the group's program or a hash chooses (sock_reuseport.hh). Who attaches a program before it
// listens has a group of its own until then.
#include "net/core/sock_reuseport.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {

// reuseport_attach_prog: a socket that listens already must have begun to with SO_REUSEPORT.
status tcp_sock::attach_reuseport(const sockopt_value* program) {
  auto& groups = tcp_of(ns).reuseport;
  const auto at = groups.find(this);
  ref<sock_reuseport> group = at == groups.end() ? ref<sock_reuseport>() : at->second;
  const bool had = bool(group);
  if (status ok = reuseport_attach_prog(group, *this, state == TCP_LISTEN, program); !ok) return ok;
  if (!had) groups.emplace(this, std::move(group));
  return {};
}

// inet_reuseport_add_sock. The group of who listens already is the one that counts.
void tcp_reuseport_join(tcp_sock& sk, const std::vector<tcp_sock*>& listening) {
  if (!sk.reuseport) return;
  auto& groups = tcp_of(sk.ns).reuseport;
  for (const tcp_sock* other : listening) {
    const auto at = groups.find(other);
    if (at == groups.end() || other->inet_rcv_saddr != sk.inet_rcv_saddr ||
        other->bound_dev_if != sk.bound_dev_if || other->uid != sk.uid)
      continue;
    groups.insert_or_assign(&sk, ref<sock_reuseport>(at->second));
    break;
  }
  auto& group = groups[&sk];
  if (!group) group = ref<sock_reuseport>(new sock_reuseport);
  group->join(sk);
}

// reuseport_stop_listen_sock. With tcp_migrate_req it is remembered which group it was of, for what still waits for it.
void tcp_reuseport_leave(tcp_sock& sk) {
  auto& groups = tcp_of(sk.ns).reuseport;
  const auto at = groups.find(&sk);
  if (at == groups.end()) return;
  at->second->leave(sk);
  if (!tcp_sysctl(sk).migrate_req) groups.erase(at);
}

tcp_sock* tcp_reuseport_migrate(tcp_sock& ended, u32 hash) {
  const auto& groups = tcp_of(ended.ns).reuseport;
  const auto at = groups.find(&ended);
  if (at == groups.end()) return nullptr;
  // The group's program knows of packets only.
  sock* to = tcp_sysctl(ended).migrate_req ? at->second->select(hash, nullptr, 0) : nullptr;
  if (!to) net_inc_stats(ended.ns, LINUX_MIB_TCPMIGRATEREQFAILURE);
  return static_cast<tcp_sock*>(to);
}

tcp_sock* tcp_reuseport_select(tcp_sock& sk, u32 hash, const sk_buff* s, u32 header) {
  const auto& groups = tcp_of(sk.ns).reuseport;
  const auto at = groups.find(&sk);
  sock* chosen = at == groups.end() ? nullptr : at->second->select(hash, s, header);
  return chosen ? static_cast<tcp_sock*>(chosen) : &sk;
}

}  // namespace linnet
