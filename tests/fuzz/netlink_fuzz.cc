// Arbitrary bytes into the kernel side of netlink, in a world with a few devices and addresses. The first byte
// picks strictness and rights; the rest is the datagram. What is done to the world stays until it is made anew.
#include <cstring>
#include <vector>

#include "net/core/net_device.hh"
#include "net/netlink/netlink.hh"
#include "world/boot.hh"
#include "world/loop.hh"

using namespace linnet;

namespace {

struct fuzz_requester final : nl_requester {
  using nl_requester::nl_requester;
  void deliver(skb_ptr s) override { consume_skb(std::move(s)); }
  status start_dump(std::unique_ptr<netlink_callback> cb) override {
    bool finished = false;
    for (int pages = 0; !finished && pages < 64; ++pages)
      consume_skb(netlink_dump_page(*cb, NLMSG_GOODSIZE, finished));
    return {};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  auto w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  (void)dev_open(*n.loopback_dev);
  {
    fuzz_requester rq(n, {});
    rq.strict_check = data[0] & 1;
    rq.ext_ack = data[0] & 2;
    rq.cap_ack = data[0] & 4;
    rq.who.net_admin = !(data[0] & 8);
    auto rest = std::as_bytes(std::span(data + 1, size - 1));
    std::vector<std::byte> copy(rest.begin(),
                                rest.end());  // aligned, and its end is seen by the sanitizer
    netlink_rcv_skb(rq, copy, rtnetlink_rcv_msg);
  }
  world_run_for(*w, secs(3));
  return 0;
}
