// Joining. inet_gro_receive's, tcp_gro_receive's and skb_gro_receive's rules are asked in that order; the payload is copied
// behind that of the first packet, whose headers become those of the whole.
#include "net/core/gro.hh"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/dev.hh"
#include "net/core/gso.hh"
#include "wire/ip.hh"
#include "wire/tcp.hh"

namespace linnet {
namespace {

constexpr u32 normal_batch = 8;  // gro_normal_batch

// Of a held packet (struct napi_gro_cb).
struct gro_cb {
  u16 count;       // segments that it has been made of
  bool is_atomic;  // DF, and all with the same identification so far
  u32 payload;     // bytes behind the headers
  ktime age;       // the tick when it was first held
};
gro_cb& cb_of(sk_buff& s) { return s.cb_as<gro_cb>(); }

// A packet that could be joined with others.
struct candidate {
  const iphdr* ip;
  const tcphdr* th;
  u32 thlen, len;  // of TCP's header; of the payload

  u32 flags_and_window() const {
    return be32::load(reinterpret_cast<const std::byte*>(th) + 12).host();
  }
};
constexpr u32 flag_bits(u8 flags) { return u32{flags} << 16; }

bool checksum_good(const sk_buff& s, const candidate& c) {
  if (s.summed == ip_summed::partial || s.summed == ip_summed::unnecessary) return true;
  const u32 n = c.thlen + c.len;
  const u32 pseudo = csum_tcpudp_nofold(c.ip->saddr, c.ip->daddr, n, IPPROTO_TCP, 0);
  return csum_fold(csum_partial(c.th, n, pseudo)).raw() == 0;
}

// Whether it is TCP over IPv4 at all. What isn't just as long as its header says, or a fragment, is left alone.
bool understand(const sk_buff& s, candidate& c) {
  if (s.protocol != be16(ETH_P_IP) || s.vlan_present) return false;
  c.ip = skb_header<iphdr>(s);
  if (!c.ip || c.ip->version_ihl != 0x45 || c.ip->protocol != IPPROTO_TCP) return false;
  if (c.ip->frag_off.host() & ~ip_df || c.ip->tot_len.host() != s.len()) return false;
  if (ip_fast_csum(c.ip, 5).raw() != 0) return false;
  c.th = skb_header<tcphdr>(s, sizeof(iphdr));
  if (!c.th || c.th->header_len() < sizeof(tcphdr)) return false;
  c.thlen = c.th->header_len();
  if (s.len() < sizeof(iphdr) + c.thlen) return false;
  c.len = s.len() - static_cast<u32>(sizeof(iphdr)) - c.thlen;
  return checksum_good(s, c);
}

candidate held_one(const sk_buff& s) {
  candidate c;
  c.ip = reinterpret_cast<const iphdr*>(s.data);
  c.th = reinterpret_cast<const tcphdr*>(s.data + sizeof(iphdr));
  c.thlen = c.th->header_len();
  c.len = s.len() - static_cast<u32>(sizeof(iphdr)) - c.thlen;
  return c;
}

bool same_flow(const sk_buff& p, const candidate& held, const sk_buff& s, const candidate& c) {
  return p.dev == s.dev && held.ip->saddr == c.ip->saddr && held.ip->daddr == c.ip->daddr &&
         held.th->source == c.th->source && held.th->dest == c.th->dest &&
         std::memcmp(p.mac(), s.mac(), ETH_HLEN) == 0;
}

// IPv4's identification, which must go on as segmentation would make it: by one each, or not at all with DF.
bool id_fits(sk_buff& p, const candidate& held, const candidate& c) {
  gro_cb& cb = cb_of(p);
  const u16 step = static_cast<u16>(c.ip->id.host() - held.ip->id.host());
  if (!cb.is_atomic || !(c.ip->frag_off.host() & ip_df)) return step == cb.count;
  if (step == 0) return true;
  if (step != 1 || cb.count != 1) return false;
  cb.is_atomic = false;  // the second decides it
  return true;
}

bool headers_fit(sk_buff& p, const candidate& held, const sk_buff& s, const candidate& c) {
  if (held.ip->ttl != c.ip->ttl || held.ip->tos != c.ip->tos || held.ip->frag_off != c.ip->frag_off)
    return false;
  if (c.th->has(TCPHDR_CWR)) return false;
  constexpr u32 may_differ = flag_bits(TCPHDR_CWR | TCPHDR_FIN | TCPHDR_PSH);
  if ((held.flags_and_window() ^ c.flags_and_window()) & ~may_differ) return false;
  if (held.th->ack_seq != c.th->ack_seq) return false;
  if (std::memcmp(held.th + 1, c.th + 1, c.thlen - sizeof(tcphdr)) != 0) return false;
  if (!id_fits(p, held, c)) return false;
  const u32 mss = skb_shinfo(p).gso_size;
  if (skb_is_gso(s) ? skb_shinfo(s).gso_size != mss : c.len - 1 >= mss) return false;
  return held.th->seq.host() + cb_of(p).payload == c.th->seq.host();
}

// skb_gro_receive. False: it would be too large.
bool append(sk_buff& p, sk_buff& s, const candidate& c) {
  // IPv4's length field ends what may be asked for (GRO_LEGACY_MAX_SIZE).
  if (p.len() + c.len >= std::min(p.dev->gro_max_size, 65536u)) return false;
  if (p.tailroom() < c.len || skb_cloned(p)) {
    const u32 room = skb_pool_largest - static_cast<u32>(sizeof(skb_data)) - p.headroom();
    skb_expand(p, p.headroom(), std::max(room, p.len() + c.len) - p.len());
  }
  skb_put_data(p, const_bytes(s.payload()).last(c.len));
  p.truesize += skb_shinfo(s).nr_frags ? s.truesize - skb_head_truesize : s.truesize;
  gro_cb& cb = cb_of(p);
  cb.count = static_cast<u16>(cb.count + skb_gso_segs(s));
  cb.payload += c.len;
  return true;
}

u32 hash_of(const candidate& c) {
  const u32 h = (c.ip->saddr.raw() ^ c.ip->daddr.raw() * 0x9e3779b1u) ^
                (u32{c.th->source.raw()} << 16 | c.th->dest.raw()) * 0x85ebca6bu;
  return h ^ h >> 15;
}

}  // namespace

skb_ptr napi_gro::take(sk_buff_head& list, const sk_buff& which) {
  sk_buff_head others;
  skb_ptr found;
  while (skb_ptr p = list.dequeue()) {
    if (p.get() == &which)
      found = std::move(p);
    else
      others.enqueue(std::move(p));
  }
  list = std::move(others);
  --held_count_;
  return found;
}

// What is whole now gets headers that say so (inet_gro_complete, tcp_gro_complete).
void napi_gro::complete(cpu& c, skb_ptr p) {
  const gro_cb cb = cb_of(*p);
  ready_segs_ += cb.count;
  const bool was_gso = skb_is_gso(*p);
  if (cb.count > (was_gso ? skb_gso_segs(*p) : 1)) {
    auto& ip = *reinterpret_cast<iphdr*>(p->data);
    auto& th = *reinterpret_cast<tcphdr*>(p->data + sizeof(iphdr));
    ip.tot_len = static_cast<u16>(p->len());
    ip.check = be16();
    ip.check = ip_fast_csum(&ip, 5);
    const u32 n = p->len() - static_cast<u32>(sizeof(iphdr));
    th.check = ~csum_fold(csum_tcpudp_nofold(ip.saddr, ip.daddr, n, IPPROTO_TCP, 0));
    p->summed = ip_summed::partial;
    p->csum_start = static_cast<u16>(p->headroom() + sizeof(iphdr));
    p->csum_offset = offsetof(tcphdr, check);
    u8 type = SKB_GSO_TCPV4;
    if (th.has(TCPHDR_CWR)) type |= SKB_GSO_TCP_ECN;
    if (cb.is_atomic) type |= SKB_GSO_TCP_FIXEDID;
    skb_gso_set(*p, skb_shinfo(*p).gso_size, cb.count, type);
  }
  ready_.enqueue(std::move(p));
  if (ready_segs_ >= normal_batch) deliver(c);
}

void napi_gro::deliver(cpu& c) {
  ready_segs_ = 0;
  if (!ready_.empty()) netif_receive_skb_list(c, std::move(ready_));
}

void napi_gro::receive(cpu& cp, skb_ptr s) {
  candidate c;
  const auto pass_on = [&] {
    ready_segs_ += skb_gso_segs(*s);
    ready_.enqueue(std::move(s));
    if (ready_segs_ >= normal_batch) deliver(cp);
  };
  if (!understand(*s, c)) return pass_on();
  sk_buff_head& list = held_[hash_of(c) % buckets];
  sk_buff* p = list.peek();
  while (p && !same_flow(*p, held_one(*p), *s, c)) p = p->next;
  const bool joined = p && headers_fit(*p, held_one(*p), *s, c) && append(*p, *s, c);
  if (joined) {
    auto& th = *reinterpret_cast<tcphdr*>(p->data + sizeof(iphdr));
    th.flags |= c.th->flags & (TCPHDR_FIN | TCPHDR_PSH);
  }
  // A short one is the last, and what these flags say should not wait.
  const u32 mss = joined ? skb_shinfo(*p).gso_size : 1;
  const bool ends =
      (skb_is_gso(*s) ? c.len != u32{skb_shinfo(*s).gso_segs} * skb_shinfo(*s).gso_size
                      : c.len < mss) ||
      (c.th->flags & (TCPHDR_URG | TCPHDR_PSH | TCPHDR_RST | TCPHDR_SYN | TCPHDR_FIN)) != 0;
  if (p && (!joined || ends)) complete(cp, take(list, *p));
  if (joined) return consume_skb(std::move(s));
  if (ends) return pass_on();
  if (list.qlen() >= most_held) complete(cp, take(list, *list.peek()));
  const u16 segs = static_cast<u16>(skb_gso_segs(*s));
  const bool df = c.ip->frag_off.host() & ip_df;
  s->cb_as<gro_cb>() = {
      .count = segs, .is_atomic = df, .payload = c.len, .age = cp.now() / ns_per_ms};
  if (!skb_is_gso(*s)) skb_shinfo(*s).gso_size = static_cast<u16>(c.len);
  list.enqueue(std::move(s));
  ++held_count_;
}

void napi_gro::flush(cpu& c, bool old_only) {
  const ktime now = c.now() / ns_per_ms;
  for (sk_buff_head& list : held_) {
    sk_buff_head young;
    while (skb_ptr p = list.dequeue()) {
      if (old_only && cb_of(*p).age == now) {
        young.enqueue(std::move(p));
        continue;
      }
      --held_count_;
      complete(c, std::move(p));
    }
    list = std::move(young);
  }
}

void napi_gro::purge() {
  for (sk_buff_head& list : held_) list.purge(skb_drop_reason::QUEUE_PURGE);
  held_count_ = 0;
  ready_.purge(skb_drop_reason::QUEUE_PURGE);
}

}  // namespace linnet
