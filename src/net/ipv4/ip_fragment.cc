// Fragments wait in a queue per (source, destination, id, protocol), ordered by offset. An exact duplicate is
// dropped alone; an overlap ends the whole queue, as on Linux since 4.19 (RFC 5722's rule, taken for IPv4). A
// queue lives for ipfrag_time (30 s); then the sender is told, if the first fragment came.
#include "net/ipv4/ip_fragment.hh"

#include <map>
#include <tuple>

#include "net/core/tracepoint.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {

using enum skb_drop_reason;

namespace {

using frag_key = std::tuple<u32, u32, u16, u8>;

struct frag {
  u32 offset, len;
  sk_buff* skb;
};

}  // namespace

struct ip_frag_queue {
  ip_frag_queue(ip_frag_table& t, const frag_key& k) : table(t), key(k), tmr(nullptr) {}
  ip_frag_table& table;
  frag_key key;
  std::map<u32, frag> frags;  // by offset
  u32 len = 0;                // of the payload as far as it is known
  u32 have = 0;               // of it, bytes that are here
  bool last_in = false;       // then `len` is the whole
  struct expiry : timer {
    expiry(std::nullptr_t) : timer(on_expiry) {}
    ip_frag_queue* owner = nullptr;
    static void on_expiry(timer&);
  } tmr;
};

struct ip_frag_table {
  explicit ip_frag_table(net& n_) : n(n_) {}
  ~ip_frag_table() {
    while (!queues.empty()) kill(*queues.begin()->second, QUEUE_PURGE);
  }
  void kill(ip_frag_queue& q, skb_drop_reason why) {
    n.c.timers.del(q.tmr);
    for (auto& [off, f] : q.frags) {
      mem -= f.skb->truesize;
      f.skb->dev = dev_get_by_index(n, f.skb->skb_iif);
      kfree_skb_reason(skb_ptr(f.skb), why);
    }
    queues.erase(q.key);
  }
  net& n;
  size_t mem = 0;
  std::map<frag_key, std::unique_ptr<ip_frag_queue>> queues;
};

void ip_frag_queue::expiry::on_expiry(timer& t) {
  ip_frag_queue& q = *static_cast<expiry&>(t).owner;
  net& n = q.table.n;
  ip_inc_stats(n, IPSTATS_MIB_REASMTIMEOUT);
  ip_inc_stats(n, IPSTATS_MIB_REASMFAILS);
  if (!q.frags.empty() && q.frags.begin()->first == 0) {
    sk_buff& first = *q.frags.begin()->second.skb;
    if (first.pkt == pkt_type::host && dev_get_by_index(n, first.skb_iif)) {
      icmp_send(first, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, be32());
    }
  }
  q.table.kill(q, FRAG_REASM_TIMEOUT);
}

namespace {

// All pieces are there: one packet of them, come by the device of the last.
skb_ptr reassemble(ip_frag_table& t, ip_frag_queue& q, net_device* dev) {
  sk_buff& first = *q.frags.begin()->second.skb;
  const u32 hlen = ip_hdr(first).header_len();
  skb_ptr whole = alloc_skb(*first.home, skb_default_headroom + hlen + q.len);
  skb_reserve(*whole, skb_default_headroom);
  whole->reset_network_header();
  std::memcpy(skb_put(*whole, hlen), first.network(), hlen);
  for (auto& [off, f] : q.frags)
    skb_put_data(*whole, {f.skb->network() + ip_hdr(*f.skb).header_len(), f.len});
  whole->dev = dev;
  whole->protocol = first.protocol;
  whole->pkt = first.pkt;
  whole->skb_iif = first.skb_iif;
  whole->mark = first.mark;
  whole->priority = first.priority;
  whole->tstamp = first.tstamp;
  whole->id = first.id;
  whole->cb = first.cb;
  whole->transport_header = static_cast<u16>(whole->network_header + hlen);
  if (first.dst) skb_dst_set(*whole, first.dst);
  iphdr& ip = ip_hdr(*whole);
  ip.tot_len = static_cast<u16>(hlen + q.len);
  ip.frag_off = u16{0};
  ip_send_check(ip);
  t.kill(q, consumed);
  return whole;
}

// Fits a fragment's end into what is known of the datagram's length; false: it contradicts. All but the last are
// cut to a multiple of eight bytes.
bool fit_end(ip_frag_queue& q, u32 offset, u32& end, bool more) {
  if (!more) {
    if (end < q.len || (q.last_in && end != q.len)) return false;
    q.last_in = true;
    q.len = end;
  } else {
    end &= ~7u;
    if (end > q.len) {
      if (q.last_in) return false;
      q.len = end;
    }
  }
  return end != offset;
}

}  // namespace

skb_ptr ip_defrag(net& n, skb_ptr p) {
  ip_frag_table& t = *ipv4_of(n).frags;
  ip_inc_stats(n, IPSTATS_MIB_REASMREQDS);
  const iphdr& ip = ip_hdr(*p);
  const u32 offset = (ip.frag_off.host() & ip_offset) * 8u;
  const bool more = ip.frag_off.host() & ip_mf;
  u32 end = offset + p->len() - ip.header_len();
  const frag_key key{ip.saddr.raw(), ip.daddr.raw(), ip.id.raw(), ip.protocol};

  auto drop = [&](skb_drop_reason why) {
    kfree_skb_reason(std::move(p), why);
    return skb_ptr();
  };
  auto fail = [&](skb_drop_reason why) {
    ip_inc_stats(n, IPSTATS_MIB_REASMFAILS);
    return drop(why);
  };
  auto& v4 = ipv4_of(n);
  if (t.mem > static_cast<u64>(v4.sysctl_ipfrag_high_thresh)) return fail(NOMEM);
  auto& slot = t.queues[key];
  if (!slot) {
    slot = std::make_unique<ip_frag_queue>(t, key);
    slot->tmr.owner = slot.get();
    n.c.timers.mod(slot->tmr, n.w.now() + secs(v4.sysctl_ipfrag_time));
  }
  ip_frag_queue& q = *slot;
  if (!fit_end(q, offset, end, more)) {
    t.kill(q, NOT_SPECIFIED);
    return fail(NOT_SPECIFIED);
  }
  const u32 len = end - offset;
  auto next = q.frags.lower_bound(offset);
  if (next != q.frags.end() && next->first == offset && next->second.len == len)
    return drop(DUP_FRAG);
  const bool hits_next = next != q.frags.end() && next->first < end;
  const bool hits_prev = next != q.frags.begin() && [&] {
    const frag& f = std::prev(next)->second;
    return f.offset + f.len > offset;
  }();
  if (hits_next || hits_prev) {
    ++v4.mib.ip[IPSTATS_MIB_REASM_OVERLAPS];
    t.kill(q, DUP_FRAG);
    return fail(DUP_FRAG);
  }
  q.have += len;
  trace(n.c, tp::ip_defrag, p.get(), nullptr, {.a = offset, .b = len});
  t.mem += p->truesize;
  skb_dst_force(*p);
  net_device* dev = std::exchange(p->dev, nullptr);  // may go before the other pieces come
  q.frags.emplace(offset, frag{offset, len, p.release()});
  if (!q.last_in || q.have != q.len) return skb_ptr();
  if (ip_hdr(*q.frags.begin()->second.skb).header_len() + q.len > 65535) {
    t.kill(q, PKT_TOO_BIG);
    ip_inc_stats(n, IPSTATS_MIB_REASMFAILS);
    return skb_ptr();
  }
  ip_inc_stats(n, IPSTATS_MIB_REASMOKS);
  return reassemble(t, q, dev);
}

void ip_fragment(net& n, skb_ptr p, u32 mtu, sk_buff_head& out) {
  // A checksum left to the device covers the whole datagram, so it is done first.
  if (p->summed == ip_summed::partial && !skb_checksum_help(*p)) {
    ip_inc_stats(n, IPSTATS_MIB_FRAGFAILS);
    kfree_skb_reason(std::move(p), SKB_CSUM);
    return;
  }
  const iphdr& ip = ip_hdr(*p);
  const u32 hlen = ip.header_len();
  if (mtu < hlen + 8) {
    ip_inc_stats(n, IPSTATS_MIB_FRAGFAILS);
    kfree_skb_reason(std::move(p), PKT_TOO_BIG);
    return;
  }
  const u32 step = (mtu - hlen) & ~7u;
  const u32 payload = p->len() - hlen;
  const u32 base = (ip.frag_off.host() & ip_offset) * 8u;
  const bool last_more = ip.frag_off.host() & ip_mf;
  for (u32 at = 0; at < payload; at += step) {
    const u32 len = std::min(step, payload - at);
    const bool more = last_more || at + len < payload;
    skb_ptr f = alloc_skb(*p->home, skb_default_headroom + hlen + len);
    skb_reserve(*f, skb_default_headroom);
    f->reset_network_header();
    auto& h = *reinterpret_cast<iphdr*>(skb_put_data(*f, {p->network(), hlen}));
    f->reset_transport_header();
    skb_put_data(*f, {p->data + hlen + at, len});
    f->transport_header = static_cast<u16>(f->network_header + hlen);
    h.tot_len = static_cast<u16>(hlen + len);
    h.frag_off =
        static_cast<u16>((base + at) / 8 | (more ? ip_mf : 0) | (ip.frag_off.host() & ip_df));
    ip_send_check(h);
    f->dev = p->dev;
    f->protocol = p->protocol;
    f->mark = p->mark;
    f->priority = p->priority;
    f->local = p->local;
    trace(*f->home, tp::ip_fragment, f.get(), p->dev, {.a = base + at, .b = len, .other = p->id});
    f->cb = p->cb;
    if (p->dst) skb_dst_set(*f, p->dst);
    ip_inc_stats(n, IPSTATS_MIB_FRAGCREATES);
    out.enqueue(std::move(f));
  }
  ip_inc_stats(n, IPSTATS_MIB_FRAGOKS);
  consume_skb(std::move(p));
}

void ip_frag_net_init(net& n) {
  ipv4_of(n).frags = {new ip_frag_table(n), [](ip_frag_table* t) { delete t; }};
}

size_t ip_frag_queues(const net& n, size_t& memory) {
  const ip_frag_table& t = *ipv4_of(n).frags;
  memory = t.mem;
  return t.queues.size();
}

}  // namespace linnet
