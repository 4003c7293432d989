// How an address family plugs its sockets into a world (struct net_proto_family).
#pragma once

#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

struct net;
struct socket;

struct net_proto_family {
  int family;
  // Fills in ops and sk of a fresh socket whose type is set.
  status (*create)(net&, socket&, int protocol);
};

}  // namespace linnet
