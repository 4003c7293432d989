// pfifo_fast, and attaching the default discipline.
#include "net/core/sch.hh"

namespace linnet {
namespace {

// man 8 tc-prio's priomap: skb->priority (TC_PRIO_*) to band.
constexpr std::array<u8, 16> prio2band = {1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};

}  // namespace

void pfifo_fast::enqueue(sk_buff_head&& list) {
  while (skb_ptr p = list.dequeue()) {
    sk_buff_head& band = bands_[prio2band[p->priority & 15]];
    if (band.qlen() >= dev_.tx_queue_len) {
      p->home->xmit_error = ENOBUFS;
      kfree_skb_reason(std::move(p), skb_drop_reason::QDISC_DROP);
      continue;
    }
    band.enqueue(std::move(p));
  }
}

void pfifo_fast::dequeue(sk_buff_head& out, u32 limit) {
  for (sk_buff_head& band : bands_) {
    while (limit && !band.empty()) {
      out.enqueue(band.dequeue());
      --limit;
    }
  }
}

void pfifo_fast::reset() {
  for (sk_buff_head& band : bands_) band.purge(skb_drop_reason::QUEUE_PURGE);
}

const char* qdisc_name(const net_device& dev) {
  return dev.qdisc_sleeping ? dev.qdisc_sleeping->id() : "noop";
}

void dev_activate(net_device& dev) {
  if (!dev.qdisc_sleeping) {
    linnet::qdisc* q = nullptr;
    if (dev.noqueue || dev.tx_queue_len == 0) {
      q = new noqueue;
    } else {
      q = new pfifo_fast(dev);
    }
    dev.qdisc_sleeping = {q, [](linnet::qdisc* p) { delete p; }};
  }
  if (dev.carrier_ok()) dev.qdisc = dev.qdisc_sleeping.get();  // else link watch calls again
}

void dev_deactivate(net_device& dev) {
  dev.qdisc = nullptr;
  if (dev.qdisc_sleeping) dev.qdisc_sleeping->reset();
}

void dev_shutdown(net_device& dev) {
  dev_deactivate(dev);
  dev.qdisc_sleeping.reset();
}

}  // namespace linnet
