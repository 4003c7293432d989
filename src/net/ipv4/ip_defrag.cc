// Reassembly. Fragments wait in a queue per (source, destination, id, protocol, user, VRF). What stands in a queue already
// is dropped alone; an overlap ends the whole queue, as on Linux since 4.19 (RFC 5722's rule, taken for IPv4). A queue
// lives for ipfrag_time; then the sender is told, if the first fragment came. When more than ipfrag_max_dist fragments
// of the same sender came in between, the queue begins anew: its id may have come round.
#include <map>
#include <tuple>

#include "net/core/l3mdev.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_fragment.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {

using enum skb_drop_reason;

namespace {

using frag_key = std::tuple<u32, u32, u16, u8, u8, int>;

// Fragments that followed each other without a gap.
struct frag_run {
  std::vector<sk_buff*> skbs;
  u32 len = 0;
};

enum class frag_fit : u8 { fits, duplicate, overlap };

}  // namespace

struct ip_frag_queue {
  ip_frag_queue(ip_frag_table& t, const frag_key& k) : table(t), key(k), tmr(nullptr) {}
  ip_frag_table& table;
  frag_key key;
  std::map<u32, frag_run> runs;       // by offset
  u32 len = 0;                        // of the payload as far as it is known
  u32 meat = 0;                       // of it, bytes that are here
  bool last_in = false;               // then `len` is the whole
  int iif = 0;                        // by which the last fragment came
  u32 rid = 0;                        // the sender's count of fragments when the last one came
  u32 max_size = 0, max_df_size = 0;  // of the fragments, bytes with their header
  u8 ecn = 0;                         // bit per code point seen
  struct expiry : timer {
    expiry(std::nullptr_t) : timer(on_expiry) {}
    ip_frag_queue* owner = nullptr;
    static void on_expiry(timer&);
  } tmr;

  bool first_in() const { return !runs.empty() && runs.begin()->first == 0; }
  sk_buff& first() const { return *runs.begin()->second.skbs.front(); }
};

struct ip_frag_table {
  explicit ip_frag_table(net& n_) : n(n_) {}
  ~ip_frag_table() {
    while (!queues.empty()) kill(*queues.begin()->second, QUEUE_PURGE);
  }
  void purge(ip_frag_queue& q, skb_drop_reason why) {
    for (auto& [offset, run] : q.runs) {
      for (sk_buff* s : run.skbs) {
        mem -= s->truesize;
        s->dev = dev_get_by_index(n, s->skb_iif);
        kfree_skb_reason(skb_ptr(s), why);
      }
    }
    q.runs.clear();
  }
  void kill(ip_frag_queue& q, skb_drop_reason why) {
    n.c.timers.del(q.tmr);
    purge(q, why);
    queues.erase(q.key);
  }
  net& n;
  size_t mem = 0;
  std::map<frag_key, std::unique_ptr<ip_frag_queue>> queues;
};

// ip_expire. Whom the first fragment was for is looked up again: much may have changed.
void ip_frag_queue::expiry::on_expiry(timer& t) {
  ip_frag_queue& q = *static_cast<expiry&>(t).owner;
  net& n = q.table.n;
  ip_inc_stats(n, IPSTATS_MIB_REASMFAILS);
  ip_inc_stats(n, IPSTATS_MIB_REASMTIMEOUT);
  net_device* dev = q.first_in() ? dev_get_by_index(n, q.iif) : nullptr;
  if (dev) {
    sk_buff& head = q.first();
    const iphdr& ip = ip_hdr(head);
    head.dev = dev;
    skb_dst_drop(head);
    if (ip_route_input_noref(head, ip.daddr, ip.saddr, ip.tos, *dev) == not_dropped_yet)
      icmp_send(head, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, be32());
  }
  q.table.kill(q, FRAG_REASM_TIMEOUT);
}

namespace {

// What the header says of a fragment's place: bytes of the payload.
struct frag_place {
  explicit frag_place(const sk_buff& s) {
    const iphdr& ip = ip_hdr(s);
    offset = (ip.frag_off.host() & ip_offset) * 8u;
    end = offset + s.len() - ip.header_len();
    more = ip.frag_off.host() & ip_mf;
  }
  u32 offset, end;
  bool more;
};

// Congestion seen by any fragment was seen by all (RFC 3168 §5.3); -1: those that can bear it and those that can't
// don't belong together.
int reassembled_ecn(u8 seen) {
  constexpr u8 not_ect = 1, ect_1 = 2, ect_0 = 4, ce = 8;
  if ((seen & not_ect) && seen != not_ect) return -1;
  return (seen & ce) && (seen & (ect_0 | ect_1)) ? 3 : 0;
}

// Fits a fragment's end into what is known of the datagram's length; false: it contradicts. All but the last are cut
// to a multiple of eight bytes.
bool fit_end(ip_frag_queue& q, frag_place& at) {
  if (!at.more) {
    if (at.end < q.len || (q.last_in && at.end != q.len)) return false;
    q.last_in = true;
    q.len = at.end;
  } else {
    at.end &= ~7u;
    if (at.end > q.len) {
      if (q.last_in) return false;
      q.len = at.end;
    }
  }
  return at.end != at.offset;
}

// inet_frag_queue_insert: behind the last one when in order, else between the runs.
frag_fit insert(ip_frag_queue& q, sk_buff& s, const frag_place& at) {
  const u32 len = at.end - at.offset;
  if (!q.runs.empty()) {
    auto& [last_offset, last] = *q.runs.rbegin();
    const u32 tail_end = last_offset + last.len;
    if (tail_end < at.end) {
      if (at.offset < tail_end) return frag_fit::overlap;
      if (at.offset == tail_end) {
        last.skbs.push_back(&s);
        last.len += len;
        return frag_fit::fits;
      }
    } else {
      auto next = q.runs.lower_bound(at.end);  // the first that is wholly behind it
      if (next != q.runs.begin()) {
        auto& [offset, run] = *std::prev(next);
        if (offset <= at.offset && at.end <= offset + run.len) return frag_fit::duplicate;
        if (at.offset < offset + run.len) return frag_fit::overlap;
      }
    }
  }
  q.runs[at.offset] = {{&s}, len};
  return frag_fit::fits;
}

// All pieces are there: one packet of them, come by the device and routed as the last. Null: they don't make one.
skb_ptr ip_frag_reasm(ip_frag_table& t, ip_frag_queue& q, net_device* dev, dst_entry* dst) {
  sk_buff& first = q.first();
  const u32 hlen = ip_hdr(first).header_len();
  const int ecn = reassembled_ecn(q.ecn);
  if (ecn < 0 || hlen + q.len > 65535) {
    ip_inc_stats(t.n, IPSTATS_MIB_REASMFAILS);
    t.kill(q, ecn < 0 ? NOT_SPECIFIED : PKT_TOO_BIG);
    return {};
  }
  skb_ptr whole = alloc_skb(*first.home, skb_default_headroom + hlen + q.len);
  skb_reserve(*whole, skb_default_headroom);
  whole->reset_network_header();
  std::memcpy(skb_put(*whole, hlen), first.network(), hlen);
  for (auto& [offset, run] : q.runs) {
    for (const sk_buff* s : run.skbs)
      skb_put_data(*whole, s->payload().subspan(ip_hdr(*s).header_len()));
  }
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
  if (dst) skb_dst_set(*whole, dst);
  const bool df = q.max_df_size == q.max_size;
  ipcb(*whole).frag_max_size = static_cast<u16>(std::max(q.max_df_size, q.max_size));
  if (df) ipcb(*whole).flags |= IPSKB_FRAG_PMTU;
  iphdr& ip = ip_hdr(*whole);
  ip.tot_len = static_cast<u16>(hlen + q.len);
  ip.tos = static_cast<u8>(ip.tos | ecn);
  ip.frag_off = df ? ip_df : u16{0};
  ip_send_check(ip);
  ip_inc_stats(t.n, IPSTATS_MIB_REASMOKS);
  t.kill(q, consumed);
  return whole;
}

// ip_find: the fragment's queue, made when there is none; null: memory is up.
ip_frag_queue* ip_find(ip_frag_table& t, const frag_key& key) {
  const auto& v4 = ipv4_of(t.n);
  const s64 most = v4.sysctl_ipfrag_high_thresh;
  if (!most || t.mem > static_cast<u64>(most)) return nullptr;
  auto& slot = t.queues[key];
  if (!slot) {
    slot = std::make_unique<ip_frag_queue>(t, key);
    slot->tmr.owner = slot.get();
    t.n.c.timers.mod(slot->tmr, t.n.w.now() + secs(v4.sysctl_ipfrag_time));
  }
  return slot.get();
}

// ip_frag_too_far: then what is here is of an older datagram with the same id.
bool ip_frag_too_far(ip_frag_table& t, ip_frag_queue& q, be32 saddr) {
  const s32 most = ipv4_of(t.n).sysctl_ipfrag_max_dist;
  if (!most) return false;
  const u32 before = q.rid;
  q.rid = ++inet_getpeer_v4(t.n, saddr).rid;
  return !q.runs.empty() && static_cast<s32>(q.rid - before) > most;
}

void ip_frag_reinit(ip_frag_table& t, ip_frag_queue& q) {
  t.n.c.timers.mod(q.tmr, t.n.w.now() + secs(ipv4_of(t.n).sysctl_ipfrag_time));
  t.purge(q, FRAG_TOO_FAR);
  q.len = q.meat = 0;
  q.last_in = false;
  q.iif = 0;
  q.ecn = 0;
}

void note_fragment(ip_frag_queue& q, const sk_buff& s, const frag_place& at) {
  const iphdr& ip = ip_hdr(s);
  q.meat += at.end - at.offset;
  q.iif = s.dev ? s.dev->ifindex : 0;
  q.ecn = static_cast<u8>(q.ecn | 1u << (ip.tos & 3));
  const u32 size = at.end - at.offset + ip.header_len();
  q.max_size = std::max(q.max_size, size);
  if (ip.frag_off.host() & ip_df) q.max_df_size = std::max(q.max_df_size, size);
  q.table.mem += s.truesize;
}

}  // namespace

skb_ptr ip_defrag(net& n, skb_ptr p, ip_defrag_users user) {
  ip_frag_table& t = *ipv4_of(n).frags;
  ip_inc_stats(n, IPSTATS_MIB_REASMREQDS);
  const iphdr& ip = ip_hdr(*p);
  const int vif = p->dev ? l3mdev_master_ifindex(*p->dev) : 0;
  ip_frag_queue* q =
      ip_find(t, {ip.saddr.raw(), ip.daddr.raw(), ip.id.raw(), ip.protocol, user, vif});
  if (!q) {
    ip_inc_stats(n, IPSTATS_MIB_REASMFAILS);
    kfree_skb_reason(std::move(p), NOMEM);
    return {};
  }
  if (ip_frag_too_far(t, *q, ip.saddr)) {
    ip_inc_stats(n, IPSTATS_MIB_REASMFAILS);
    ip_frag_reinit(t, *q);
  }
  frag_place at(*p);
  frag_fit fit = frag_fit::overlap;
  if (const bool placed = fit_end(*q, at);
      !placed || (fit = insert(*q, *p, at)) == frag_fit::overlap) {
    if (placed) ip_inc_stats(n, IPSTATS_MIB_REASM_OVERLAPS);
    ip_inc_stats(n, IPSTATS_MIB_REASMFAILS);
    const skb_drop_reason why = placed ? DUP_FRAG : NOT_SPECIFIED;
    t.kill(*q, why);
    kfree_skb_reason(std::move(p), why);
    return {};
  }
  if (fit == frag_fit::duplicate) {
    kfree_skb_reason(std::move(p), DUP_FRAG);
    return {};
  }
  trace(n.c, tp::ip_defrag, p.get(), nullptr, {.a = at.offset, .b = at.end - at.offset});
  skb_trim(*p, ip.header_len() + at.end - at.offset);
  note_fragment(*q, *p, at);
  net_device* dev = std::exchange(p->dev, nullptr);  // may go before the other pieces come
  const bool whole = q->first_in() && q->last_in && q->meat == q->len;
  const ref<dst_entry> dst(whole ? p->dst : nullptr);
  skb_dst_drop(*p);
  p.release();  // the queue's
  return whole ? ip_frag_reasm(t, *q, dev, dst.get()) : skb_ptr();
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
