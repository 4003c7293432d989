// What has a name on the wire, two addresses with their ports, and what finds it: the table of connections and the holders of
// local ports.
#pragma once

#include <tuple>
#include <vector>

#include "base/endian.hh"
#include "base/list.hh"
#include "base/types.hh"

namespace linnet {

struct net;

struct tcp_bind_tag {};
struct tcp_bind_bucket;

// What the table of connections holds (struct sock_common): a connection, a request for one, or what is left of one.
struct tcp_endpoint : list_node<tcp_bind_tag> {
  enum class kind : u8 { full, request, timewait };
  explicit tcp_endpoint(kind k) : what(k) {}

  be32 laddr, raddr;
  u16 lport = 0, rport = 0;
  int dif = 0;  // bound device
  kind what;
  bool hashed = false;
  u32 hash = 0;
  tcp_endpoint* hash_next = nullptr;
  tcp_bind_bucket* bucket = nullptr;  // of the local port that it holds
};

// The holders of a local port (struct inet_bind_bucket).
struct tcp_bind_bucket {
  explicit tcp_bind_bucket(u16 p) : port(p) {}
  u16 port;
  list<tcp_endpoint, tcp_bind_tag> owners;
};

// The connections of a namespace, by both ends. The order in which they are kept reaches nobody.
class tcp_ehash {
 public:
  void insert(tcp_endpoint&, u32 hash);
  void erase(tcp_endpoint&);
  tcp_endpoint* find(u32 hash, be32 laddr, u16 lport, be32 raddr, u16 rport, int dif, int sdif,
                     bool l3mdev) const;
  size_t size() const { return count_; }
  std::vector<tcp_endpoint*> all() const;  // in a total order: by ports and addresses

  // What tells connections apart, in that order: local port, addresses, the peer's port, device.
  using name = std::tuple<u16, u32, u32, u16, int>;
  std::vector<name> next(const name* after, size_t most) const;  // the first ones behind `after`
  tcp_endpoint* get(const net&, const name&) const;

 private:
  void grow();
  std::vector<tcp_endpoint*> buckets_;
  size_t count_ = 0;
};

}  // namespace linnet
