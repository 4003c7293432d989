// Queueing disciplines as far as every device has one: noop (before the device is first up), noqueue
// (virtual devices) and pfifo_fast (devices that can be full): man 8 tc-pfifo_fast.
#pragma once

#include <array>

#include "net/core/net_device.hh"

namespace linnet {

struct qdisc {
  virtual ~qdisc() = default;
  virtual const char* id() const = 0;
  virtual bool is_noqueue() const { return false; }
  virtual void enqueue(sk_buff_head&&) = 0;  // drops with QDISC_DROP when full
  virtual void dequeue(sk_buff_head& out, u32 limit) = 0;
  virtual void reset() = 0;
};

// Three bands by priority, strictly in order; together at most tx_queue_len packets.
class pfifo_fast final : public qdisc {
 public:
  explicit pfifo_fast(net_device& d) : dev_(d) {}
  ~pfifo_fast() override { pfifo_fast::reset(); }
  const char* id() const override { return "pfifo_fast"; }
  void enqueue(sk_buff_head&&) override;
  void dequeue(sk_buff_head& out, u32 limit) override;
  void reset() override;

 private:
  net_device& dev_;
  std::array<sk_buff_head, 3> bands_;
};

class noqueue final : public qdisc {
 public:
  const char* id() const override { return "noqueue"; }
  bool is_noqueue() const override { return true; }
  void enqueue(sk_buff_head&&) override {}
  void dequeue(sk_buff_head&, u32) override {}
  void reset() override {}
};

// What IFLA_QDISC shows: "noop" until the device is first up.
const char* qdisc_name(const net_device&);
void dev_activate(
    net_device&);  // attaches the default discipline, and uses it if there is a carrier
void dev_deactivate(net_device&);  // empties it; packets are dropped from now on
void dev_shutdown(net_device&);    // takes it away

}  // namespace linnet
