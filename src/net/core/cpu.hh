// One thread's softirq context: the packet pools, the timer wheel, softnet_data (the input backlog and
// the list of pollers) and random numbers. Every namespace belongs to one. Functions on the data path
// take it, or reach it through the packet or device at hand, and never through a global.
#pragma once

#include <memory>
#include <vector>

#include "base/list.hh"
#include "base/rng.hh"
#include "net/core/sk_buff.hh"
#include "time/clock.hh"
#include "time/timer.hh"

namespace linnet {

struct tracer;
struct world;
class skb_pool;

// A source of packets that is polled with a budget (struct napi_struct). poll() hands what it has, at
// most `budget` packets, to netif_receive_skb_list, and returns how many; less than the budget means
// that it has none left and is off the list until scheduled again.
struct napi_struct : list_node<> {
  int (*poll)(napi_struct&, int budget) = nullptr;
  int weight = 64;
};

struct softnet_data {
  sk_buff_head input_pkt_queue;  // what netif_rx took, in order
  list<napi_struct> poll_list;
  struct backlog_napi : napi_struct {  // polls input_pkt_queue
    softnet_data* sd = nullptr;
  } backlog;
  u64 processed = 0, dropped = 0, time_squeeze = 0;
};

// Something to do once the present softirq work is done (tasklets, linkwatch): run in FIFO order.
struct work : list_node<> {
  explicit work(void (*f)(work&)) : fn(f) {}
  void (*fn)(work&);
};

struct cpu {
  cpu(world&, unsigned id, u64 seed);
  ~cpu();

  world& w;
  linnet::clock& clk;  // the world's
  const unsigned id;
  rng rand;
  tracer* trace = nullptr;  // null: tracing off
  u64 cause = 0;            // the packet because of which packets are made now (trace_cause)
  std::unique_ptr<skb_pool> pool;
  timer_wheel timers;
  softnet_data sd;
  list<work> works;
  u64 next_skb_id = 1;
  u64 skbs_live = 0;  // handles not freed yet: zero at the end of every test
  u64 socks_live = 0;
  // Why something below ip_local_out would not take its packet, for the sender; 0: nothing said so. ENOBUFS: a device
  // or its discipline (NET_XMIT_DROP), or no neighbour could be made; ENOMEM: it could not be cut or summed up.
  int xmit_error = 0;

  ktime now() const { return clk.now(); }
  void schedule(work& x) {
    if (!x.linked()) works.push_back(x);
  }
  // Whether softirq work waits (not counting timers).
  bool pending() const { return !sd.poll_list.empty() || !works.empty(); }
  // One round of net_rx_action and works; timers are run by the caller before.
  void run_softirq();
};

}  // namespace linnet
