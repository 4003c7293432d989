// Input routes for a burst of packets that came by one device. What every packet would ask of the device's and the
// namespace's settings is asked once, and the destinations are looked up together, so that the waits for memory overlap.
//
// Only what most packets are is decided here: a unicast route by one living next hop and another device, its route
// made already, for a sender whose address needs no route back. ip_route_input decides all else, and would
// decide the same for these.
#pragma once

#include <array>

#include "net/ipv4/fib_index.hh"
#include "net/ipv4/ip_fib.hh"
#include "wire/ip.hh"

namespace linnet {

class route_burst {
 public:
  static constexpr size_t most = fib_index::burst;

  // Nothing that is asked here may change before the last of its packets is routed.
  explicit route_burst(net_device&);

  // Destinations, as they become known; at most `most`. Then all are looked up.
  void expect(be32 daddr) {
    if (index_) keys_[count_++] = daddr.host();
  }
  void look_up() {
    if (index_) index_->find(std::span(keys_).first(count_), answers_);
    count_ = next_ = 0;
  }
  // Routes the next of the packets that were expected; they come in that order. False: ask ip_route_input.
  bool route(sk_buff&, const iphdr&);
  void skip() { ++next_; }  // it has a route already

 private:
  bool believes(be32 saddr);

  net& net_;
  net_device& dev_;
  const fib_index* index_ = nullptr;  // null: there is more to ask than this class does
  bool accept_local_ = false;
  size_t count_ = 0, next_ = 0;
  // The sender that was looked at last.
  be32 saddr_;
  bool believed_ = false;
  std::array<u32, most> keys_;
  std::array<const fib_answer*, most> answers_;
};

}  // namespace linnet
