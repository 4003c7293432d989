// The softirq loop of a cpu (net_rx_action).
#include "net/core/cpu.hh"

#include "net/core/dev.hh"
#include "net/core/skb_pool.hh"
#include "net/core/world.hh"

namespace linnet {
namespace {

// process_backlog.
int poll_backlog(napi_struct& n, int budget) {
  softnet_data& sd = *static_cast<softnet_data::backlog_napi&>(n).sd;
  sk_buff_head burst = sd.input_pkt_queue.take(static_cast<u32>(budget));
  if (burst.empty()) return 0;
  cpu& c = *burst.peek()->home;
  const int done = static_cast<int>(burst.qlen());
  netif_receive_skb_list(c, std::move(burst));
  return done;
}

}  // namespace

cpu::cpu(world& world_, unsigned id_, u64 seed)
    : w(world_),
      clk(*world_.clk),
      id(id_),
      rand(seed),
      pool(std::make_unique<skb_pool>()),
      timers(world_.now()) {
  sd.backlog.poll = poll_backlog;
  sd.backlog.sd = &sd;
}

cpu::~cpu() { sd.input_pkt_queue.purge(skb_drop_reason::QUEUE_PURGE); }

void cpu::run_softirq() {
  int budget = netdev_budget;
  // Pollers that are on the list now, each once; one that used its weight goes to the end.
  while (!sd.poll_list.empty()) {
    if (budget <= 0) {
      ++sd.time_squeeze;
      break;
    }
    napi_struct& n = *sd.poll_list.pop_front();
    const int done = n.poll(n, n.weight);
    sd.processed += static_cast<u64>(done);
    budget -= done;
    if (done) clk.move_on();
    if (done >= n.weight && !n.linked()) sd.poll_list.push_back(n);
  }
  // Works queued by these works wait for the next round.
  list<work> now_due;
  while (work* x = works.pop_front()) now_due.push_back(*x);
  while (work* x = now_due.pop_front()) x->fn(*x);
}

}  // namespace linnet
