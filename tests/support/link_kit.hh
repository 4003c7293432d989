// A link that is not perfect: what one memory device sends the other gets later, twice, out of order, damaged or never,
// by a seed.
#pragma once

#include "base/checksum.hh"
#include "base/rng.hh"
#include "net/core/world.hh"
#include "tests/support/net_kit.hh"
#include "time/timer.hh"
#include "wire/ip.hh"

namespace linnet::kit {

struct link_faults {
  ktime delay = 0;  // one way
  ktime jitter = 0;
  u32 loss = 0, duplicate = 0, corrupt = 0;  // of 1,000
  u64 seed = 1;
  // A bottleneck towards the second device: bytes a second (0: none), frames that may wait at it, and how many of
  // them make it mark one that can be marked (0: never).
  u64 rate = 0;
  size_t queue = 100, mark = 0;
};

class faulty_link {
 public:
  faulty_link(memory_device& a, memory_device& b, link_faults f) : faults(f), rand_(f.seed) {
    a.on_send = [this, &b](sk_buff_head&& list) { carry(std::move(list), b); };
    b.on_send = [this, &a](sk_buff_head&& list) { carry(std::move(list), a); };
    narrow_ = &b;
  }
  ~faulty_link() {
    while (!flying_.empty()) land(flying_.front(), false);
  }
  link_faults faults;
  u64 carried = 0, lost = 0, marked = 0;
  // Decides by itself what is lost, if set.
  std::function<bool(const_bytes frame)> drop;

 private:
  struct frame : timer, list_node<> {
    frame(faulty_link& l, memory_device& d) : timer(arrive), link(l), to(d) {}
    faulty_link& link;
    memory_device& to;
    std::vector<std::byte> data;
  };

  static void arrive(timer& t) {
    auto& f = static_cast<frame&>(t);
    f.link.land(f, true);
  }
  void land(frame& f, bool deliver) {
    f.to.nd_net->c.timers.del(f);
    if (deliver)
      if (skb_ptr p = f.to.frame(f.data)) netif_rx(std::move(p));
    delete &f;
  }
  bool chance(u32 per_mille) { return per_mille && rand_.below(1000) < per_mille; }

  void carry(sk_buff_head&& list, memory_device& to) {
    while (skb_ptr p = list.dequeue()) {
      if (p->summed == ip_summed::partial) skb_checksum_help(*p);
      ++carried;
      const bool full =
          faults.rate && &to == narrow_ && waiting(to.nd_net->w.now()) >= faults.queue;
      if (full || chance(faults.loss) || (drop && drop(p->payload()))) {
        ++lost;
        consume_skb(std::move(p));
        continue;
      }
      send(*p, to);
      if (chance(faults.duplicate)) send(*p, to);
      consume_skb(std::move(p));
    }
  }
  void send(const sk_buff& s, memory_device& to) {
    auto* f = new frame(*this, to);
    const const_bytes all = s.payload();
    f->data.assign(all.begin(), all.end());
    if (chance(faults.corrupt) && f->data.size() > 40)
      f->data[34 + rand_.below(static_cast<u32>(f->data.size() - 34))] ^= std::byte{0x55};
    flying_.push_back(*f);
    const ktime jitter =
        faults.jitter
            ? static_cast<ktime>(rand_.below(static_cast<u32>(faults.jitter / 1000))) * 1000
            : 0;
    const ktime now = to.nd_net->w.now();
    ktime leaves = now;
    if (faults.rate && &to == narrow_) {
      leaves = busy_until_ = std::max(busy_until_, now) + transmission(all.size());
      if (faults.mark && waiting(now) > faults.mark) marked += mark_ce(f->data);
    }
    to.nd_net->c.timers.mod(*f, leaves + faults.delay + jitter);
  }

  // ---- the bottleneck
  ktime transmission(size_t bytes) const {
    return static_cast<ktime>(bytes * ns_per_sec / faults.rate);
  }
  size_t waiting(ktime now) const {  // in frames of full size
    return busy_until_ > now ? static_cast<size_t>((busy_until_ - now) / transmission(1514)) : 0;
  }
  static bool mark_ce(std::span<std::byte> frame) {
    auto& ip = *reinterpret_cast<iphdr*>(frame.data() + 14);
    if (!(ip.tos & 3)) return false;
    ip.tos |= 3;
    ip.check = {};
    ip.check = ip_fast_csum(&ip, ip.ihl());
    return true;
  }

  rng rand_;
  list<frame> flying_;
  memory_device* narrow_;
  ktime busy_until_ = 0;
};

}  // namespace linnet::kit
