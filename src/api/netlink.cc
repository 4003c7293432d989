// Netlink calls: the request goes to the protocol's kernel side, the answer is taken apart for the caller.
#include "api/state.hh"
#include "net/netlink/af_netlink.hh"

namespace linnet::v0 {
namespace {

// Who asks: the answer goes to the caller's function as it is made, and the ack is kept.
struct caller final : nl_requester {
  caller(linnet::net& n, const netlink_handler& h) : nl_requester(n, {}), handler(h) {
    strict_check = ext_ack = cap_ack = true;
  }
  void deliver(skb_ptr s) override {
    hand_on(s->payload());
    consume_skb(std::move(s));
  }
  linnet::status start_dump(std::unique_ptr<netlink_callback> cb) override {
    for (bool finished = false; !finished;)
      deliver(netlink_dump_page(*cb, netlink_dump_max, finished));
    return {};
  }
  void hand_on(const_bytes d) {
    while (d.size() >= sizeof(nlmsghdr)) {
      netlink_message m;
      std::memcpy(&m.header, d.data(), sizeof m.header);
      const size_t length = m.header.nlmsg_len;
      if (length < sizeof(nlmsghdr) || length > d.size()) return;
      m.body = d.subspan(sizeof(nlmsghdr), length - sizeof(nlmsghdr));
      if (m.header.nlmsg_type == NLMSG_DONE)
        ended_with = netlink_attribute{0, m.body}.as<int>();
      else if (m.header.nlmsg_type != NLMSG_ERROR && handler)
        handler(m);
      d = d.subspan(std::min<size_t>(NLMSG_ALIGN(length), d.size()));
    }
  }
  const netlink_handler& handler;
  int ended_with = 0;  // a dump's: 0 or negative errno
};

// What a request sets off beside itself, such as link watch's work when a device gets its carrier: on Linux it has
// happened by the time the caller comes round to the next thing.
void run_works(linnet::world& w) {
  for (auto& c : w.cpus)
    while (linnet::work* x = c->works.pop_front()) x->fn(*x);
}

netlink_rcv_func receiver(const linnet::world& w, int protocol) {
  const auto& all = w.netlink->protocols;
  if (protocol < 0 || static_cast<size_t>(protocol) >= all.size()) return nullptr;
  const auto& p = all[static_cast<size_t>(protocol)];
  return p.registered ? p.cfg.rcv : nullptr;
}

}  // namespace

status netlink_call(const net& n, netlink_request& request, const netlink_handler& on_message,
                    int protocol) {
  linnet::net& ns = n.impl().n;
  const netlink_rcv_func rcv = receiver(ns.w, protocol);
  if (!rcv) return fail(EPROTONOSUPPORT);
  caller who(ns, on_message);
  const const_bytes message = request.bytes();
  netlink_rcv_skb(who, message, rcv);
  run_works(ns.w);
  if (who.acked.code) {
    error e = to_public(who.acked);
    const auto at = reinterpret_cast<uintptr_t>(who.acked.attr);
    const auto begin = reinterpret_cast<uintptr_t>(message.data());
    if (at - begin < message.size()) e.offset = static_cast<unsigned>(at - begin);
    return std::unexpected(e);
  }
  if (who.ended_with < 0) return fail(-who.ended_with);
  return {};
}

}  // namespace linnet::v0
