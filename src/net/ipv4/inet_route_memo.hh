// The route of a socket's last message, for the next one: Linux keeps it for connected sockets (sk_dst_get), and here it is
// found again for any socket that asks the same of the same tables. Nothing can tell: what is kept is a route from the
// cache of the one next hop that its prefix has, and that is what a lookup would end at for as long as the route is valid.
#pragma once

#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/route.hh"

namespace linnet {

class inet_route_memo {
 public:
  // The route to `asked`, which becomes what a lookup would make of it; null: it must be looked up.
  rtable* find(flowi4& asked) const;
  void keep(const flowi4& asked, const flowi4& told, const ref<rtable>&, const fib_result&);

 private:
  flowi4 asked_, told_;
  ref<rtable> rt_;
};

// inet_route_for, with the help of the last answer.
result<inet_route> inet_route_for(inet_route_memo&, inet_sock&, be32 daddr, const ipcm_cookie&,
                                  u8 protocol, u16 sport, u16 dport);

}  // namespace linnet
