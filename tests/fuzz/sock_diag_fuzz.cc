// Arbitrary requests of NETLINK_SOCK_DIAG, filters among them, in a world with sockets of each kind and state. The first
// byte picks the asker's rights and how many of a dump's pages he reads before he asks the next. What a request ends
// stays ended until the world is made anew.
#include <netinet/in.h>

#include <cstring>
#include <vector>

#include "net/core/net_device.hh"
#include "net/netlink/af_netlink.hh"
#include "net/netlink/sock_diag.hh"
#include "net/socket.hh"
#include "world/boot.hh"
#include "world/loop.hh"

using namespace linnet;

namespace {

struct fuzz_requester final : nl_requester {
  using nl_requester::nl_requester;
  void deliver(skb_ptr s) override { consume_skb(std::move(s)); }
  status start_dump(std::unique_ptr<netlink_callback> cb) override {
    bool finished = false;
    for (int i = 0; !finished && i < pages; ++i)
      consume_skb(netlink_dump_page(*cb, NLMSG_GOODSIZE, finished));
    return {};
  }
  int pages = 64;
};

socket_ptr make(net& n, int family, int type, int protocol, u16 port = 0) {
  auto s = sock_create(n, {}, family, type, protocol);
  if (!s) return nullptr;
  if (port) {
    const sockaddr_in a = {.sin_family = AF_INET,
                           .sin_port = htons(port),
                           .sin_addr = {htonl(INADDR_LOOPBACK)},
                           .sin_zero = {}};
    (void)sock_bind(**s, std::as_bytes(std::span(&a, 1)));
  }
  return std::move(*s);
}

void connect_to(linnet::socket& s, u16 port) {
  const sockaddr_in a = {.sin_family = AF_INET,
                         .sin_port = htons(port),
                         .sin_addr = {htonl(INADDR_LOOPBACK)},
                         .sin_zero = {}};
  (void)sock_connect(s, std::as_bytes(std::span(&a, 1)), 0);
}

std::vector<socket_ptr> some_of_each(world& w, net& n) {
  std::vector<socket_ptr> all;
  all.push_back(make(n, AF_INET, SOCK_STREAM, 0, 5000));
  (void)sock_listen(*all[0], 3);
  for (u16 port = 6000; port < 6003; ++port) {
    all.push_back(make(n, AF_INET, SOCK_STREAM, 0, port));
    connect_to(*all.back(), 5000);
    world_run_for(w, msecs(1));
  }
  if (auto a = sock_accept(*all[0], 0)) all.push_back(std::move(*a));
  (void)sock_shutdown(*all[1], SHUT_WR);
  all.push_back(make(n, AF_INET, SOCK_DGRAM, 0, 7000));
  all.push_back(make(n, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, 7000));
  all.push_back(make(n, AF_INET, SOCK_RAW, 89));
  all.push_back(make(n, AF_PACKET, SOCK_RAW, htons(3)));
  all.push_back(make(n, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  const sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_pad = 0, .nl_pid = 9, .nl_groups = 1};
  (void)sock_bind(*all.back(), std::as_bytes(std::span(&group, 1)));
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  auto w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  (void)dev_open(*n.loopback_dev);
  auto sockets = some_of_each(*w, n);
  {
    fuzz_requester rq(n, {});
    rq.who.net_admin = !(data[0] & 1);
    rq.pages = data[0] & 2 ? 1 : 64;
    auto rest = std::as_bytes(std::span(data + 1, size - 1));
    std::vector<std::byte> copy(rest.begin(), rest.end());
    // Through the protocol's own function, as a socket's message comes.
    netlink_rcv_skb(rq, copy, n.w.netlink->protocols[NETLINK_SOCK_DIAG].cfg.rcv);
  }
  world_run_for(*w, secs(1));
  sockets.clear();
  world_run_for(*w, secs(3));
  return 0;
}
