// Netlink without a socket: requests from C++ callers (lab files, tests, the embedding program) run through
// the same handlers, and their answers go to a callback as they are made. Nothing is queued.
#include <cstring>

#include "net/netlink/af_netlink.hh"

namespace linnet {

namespace {

struct memory_requester final : nl_requester {
  memory_requester(net& n, const cred& c, netlink_reply* r) : nl_requester(n, c), reply(r) {
    strict_check = ext_ack = cap_ack = true;
  }
  void deliver(skb_ptr s) override {
    if (reply) reply->on_reply(s->payload());
    consume_skb(std::move(s));
  }
  status start_dump(std::unique_ptr<netlink_callback> cb) override {
    for (bool finished = false; !finished;) {
      skb_ptr s = netlink_dump_page(*cb, netlink_dump_max, finished);
      deliver(std::move(s));
    }
    return {};
  }
  netlink_reply* reply;
};

const netlink_protocol* protocol_of(const net& n, int protocol) {
  if (protocol < 0 || protocol >= MAX_LINKS) return nullptr;
  const auto& e = n.w.netlink->protocols[static_cast<size_t>(protocol)];
  return e.registered && e.cfg.rcv ? &e.cfg : nullptr;
}

// Passes on what is no ack.
struct but_acks final : netlink_reply {
  explicit but_acks(netlink_reply* r) : next(r) {}
  void on_reply(const_bytes d) override {
    if (next && reinterpret_cast<const nlmsghdr*>(d.data())->nlmsg_type != NLMSG_ERROR)
      next->on_reply(d);
  }
  netlink_reply* next;
};

}  // namespace

status netlink_request(net& n, const_bytes messages, netlink_reply* reply, const cred& who,
                       int protocol) {
  const netlink_protocol* p = protocol_of(n, protocol);
  if (!p) return err(EPROTONOSUPPORT);
  memory_requester rq(n, who, reply);
  netlink_rcv_skb(rq, messages, p->rcv);
  return {};
}

status netlink_talk(net& n, const_bytes message, netlink_reply* reply, const cred& who) {
  but_acks rest(reply);
  memory_requester rq(n, who, &rest);
  netlink_rcv_skb(rq, message, rtnetlink_rcv_msg);
  if (rq.acked.code) return err(rq.acked.code, rq.acked.msg);
  return {};
}

}  // namespace linnet
