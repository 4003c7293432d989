// The kernel side of a netlink conversation: messages one by one, the ack with its attributes, pages of a
// dump. What it sends goes through the nl_requester, so sockets and callers in memory get the same.
#include <cstring>

#include "net/netlink/netlink.hh"

namespace linnet {

namespace {

bool inside(const void* attr, const nlmsghdr& h) {
  auto a = reinterpret_cast<uintptr_t>(attr), b = reinterpret_cast<uintptr_t>(&h);
  return attr && a >= b && a - b < h.nlmsg_len;
}

// The messages of an aligned datagram.
void rcv_messages(nl_requester& from, const_bytes d, netlink_rcv_func rcv) {
  while (d.size() >= NLMSG_HDRLEN) {
    const auto& h = *reinterpret_cast<const nlmsghdr*>(d.data());
    if (h.nlmsg_len < NLMSG_HDRLEN || d.size() < h.nlmsg_len) return;
    nl_request rq{from, h};
    status s;
    if ((h.nlmsg_flags & NLM_F_REQUEST) && h.nlmsg_type >= NLMSG_MIN_TYPE) s = rcv(rq);
    bool dumping = !s && s.error().code == EINTR;
    if (!dumping && (!s || (h.nlmsg_flags & NLM_F_ACK))) netlink_ack(from, rq, s);
    d = d.subspan(std::min<size_t>(NLMSG_ALIGN(size_t{h.nlmsg_len}), d.size()));
  }
}

}  // namespace

void netlink_rcv_skb(nl_requester& from, const_bytes datagram, netlink_rcv_func rcv) {
  if (reinterpret_cast<uintptr_t>(datagram.data()) % alignof(nlmsghdr) == 0)
    return rcv_messages(from, datagram, rcv);
  skb_ptr copy = nlmsg_new(from.ns.c, static_cast<u32>(datagram.size()));
  skb_put_data(*copy, datagram);
  rcv_messages(from, copy->payload(), rcv);
  consume_skb(std::move(copy));
}

void netlink_ack(nl_requester& from, const nl_request& rq, const status& s) {
  from.acked = s ? error{0, rq.warning} : s.error();
  int code = to_errno(s);
  const char* msg = s ? rq.warning : s.error().msg;
  const void* attr = s ? nullptr : s.error().attr;
  if (!from.ext_ack) msg = nullptr, attr = nullptr;
  if (!inside(attr, rq.nlh)) attr = nullptr;

  bool whole = code && !from.cap_ack;
  size_t payload = sizeof(nlmsgerr) + (whole ? nlmsg_len(rq.nlh) : 0);
  size_t tlvs = (msg ? nla_total_size(std::strlen(msg) + 1) : 0) + (attr ? nla_total_size(4) : 0);
  int flags = (whole ? 0 : NLM_F_CAPPED) | (tlvs ? NLM_F_ACK_TLVS : 0);

  skb_ptr r = nlmsg_new(from.ns.c, static_cast<u32>(nlmsg_total_size(payload) + tlvs));
  nlmsghdr* h = nlmsg_put(*r, from.portid, rq.seq(), NLMSG_ERROR, payload, flags);
  auto& e = nlmsg_body<nlmsgerr>(h);
  e.error = code;
  std::memcpy(&e.msg, &rq.nlh, whole ? rq.nlh.nlmsg_len : sizeof(nlmsghdr));
  if (msg) nla_put_string(*r, NLMSGERR_ATTR_MSG, msg);
  if (attr) {
    auto at = static_cast<const std::byte*>(attr) - reinterpret_cast<const std::byte*>(&rq.nlh);
    nla_put_u32(*r, NLMSGERR_ATTR_OFFS, static_cast<u32>(at));
  }
  if (tlvs) nlmsg_end(*r, h);
  from.deliver(std::move(r));
}

skb_ptr netlink_dump_page(netlink_callback& cb, u32 size, bool& finished) {
  // The reader's buffer is this large and no larger, and messages stay aligned.
  size = std::max({size, cb.min_dump_alloc, NLMSG_GOODSIZE}) & ~7u;
  skb_ptr s = nlmsg_new(cb.ns().c, size);
  u32 spare = s->tailroom() - std::min(s->tailroom(), size);
  skb_reserve(*s, std::min((spare + 7) & ~7u, s->tailroom()));
  status r;
  finished = false;
  if (!cb.done) {
    r = cb.dump(*s, cb);
    if (s->len() > 0)
      r = {};
    else
      cb.done = true, cb.done_errno = to_errno(r);
  }
  if (!cb.done) return s;
  const char* msg = r ? cb.warning : r.error().msg;
  nlmsghdr* h = nlmsg_put(*s, cb.portid(), cb.nlmsg_seq(), NLMSG_DONE, sizeof(int),
                          NLM_F_MULTI | cb.answer_flags);
  nl_dump_check_consistent(cb, h);
  nlmsg_body<int>(h) = cb.done_errno;
  if (msg && cb.from->ext_ack) {
    h->nlmsg_flags |= NLM_F_ACK_TLVS;
    if (nla_put_string(*s, NLMSGERR_ATTR_MSG, msg)) nlmsg_end(*s, h);
  }
  finished = true;
  return s;
}

}  // namespace linnet
