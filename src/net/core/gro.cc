// The engine, and IPv4's part. inet_gro_receive's, the protocol's and skb_gro_receive's rules are asked in that order; the
// payload is copied behind that of the first packet, whose headers become those of the whole.
#include "net/core/gro.hh"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/dev.hh"
#include "net/core/gro_offload.hh"

namespace linnet {
namespace {

constexpr u32 normal_batch = 8;  // gro_normal_batch

// Whether it is TCP or UDP over IPv4 at all. What isn't just as long as its header says, or a fragment, is left alone.
bool understand(const sk_buff& s, gro_candidate& c) {
  if (s.protocol != be16(ETH_P_IP) || s.vlan_present) return false;
  c.ip = skb_header<iphdr>(s);
  if (!c.ip || c.ip->version_ihl != 0x45) return false;
  if (c.ip->frag_off.host() & ~ip_df || c.ip->tot_len.host() != s.len()) return false;
  if (ip_fast_csum(c.ip, 5).raw() != 0) return false;
  c.l4 = s.data + sizeof(iphdr);
  switch (c.ip->protocol) {
    case IPPROTO_TCP: return tcp_gro_understands(s, c);
    case IPPROTO_UDP: return udp_gro_understands(s, c);
    default: return false;
  }
}

// Source and destination, which stand in front in both protocols.
u32 ports_of(const gro_candidate& c) { return be32::load(c.l4).raw(); }

bool same_flow(const sk_buff& p, const gro_candidate& held, const sk_buff& s,
               const gro_candidate& c) {
  return p.dev == s.dev && held.ip->saddr == c.ip->saddr && held.ip->daddr == c.ip->daddr &&
         held.ip->protocol == c.ip->protocol && ports_of(held) == ports_of(c) &&
         std::memcmp(p.mac(), s.mac(), ETH_HLEN) == 0;
}

// IPv4's identification, which must go on as segmentation would make it: by one each, or not at all with DF.
bool id_fits(sk_buff& p, const gro_candidate& held, const gro_candidate& c) {
  gro_cb& cb = gro_cb_of(p);
  const u16 step = static_cast<u16>(c.ip->id.host() - held.ip->id.host());
  if (!cb.is_atomic || !(c.ip->frag_off.host() & ip_df)) return step == cb.count;
  if (step == 0) return true;
  if (step != 1 || cb.count != 1) return false;
  cb.is_atomic = false;  // the second decides it
  return true;
}

u32 hash_of(const gro_candidate& c) {
  const u32 h = (c.ip->saddr.raw() ^ c.ip->daddr.raw() * 0x9e3779b1u) ^ ports_of(c) * 0x85ebca6bu;
  return h ^ h >> 15;
}

}  // namespace

gro_candidate gro_held(const sk_buff& s) {
  gro_candidate c;
  c.ip = reinterpret_cast<const iphdr*>(s.data);
  c.l4 = s.data + sizeof(iphdr);
  c.len = gro_cb_of(const_cast<sk_buff&>(s)).payload;
  c.l4_len = s.len() - static_cast<u32>(sizeof(iphdr)) - c.len;
  return c;
}

bool gro_checksum_good(const sk_buff& s, const gro_candidate& c) {
  if (skb_csum_unnecessary(s)) return true;
  const u32 n = c.l4_len + c.len;
  const u32 pseudo = csum_tcpudp_nofold(c.ip->saddr, c.ip->daddr, n, c.ip->protocol, 0);
  return csum_fold(csum_partial(c.l4, n, pseudo)).raw() == 0;
}

bool inet_gro_fits(sk_buff& p, const gro_candidate& held, const gro_candidate& c) {
  return held.ip->ttl == c.ip->ttl && held.ip->tos == c.ip->tos &&
         held.ip->frag_off == c.ip->frag_off && id_fits(p, held, c);
}

bool skb_gro_receive(sk_buff& p, sk_buff& s, const gro_candidate& c) {
  // IPv4's length field ends what may be asked for (GRO_LEGACY_MAX_SIZE).
  const u32 more = c.is_flist ? s.len() : c.len;
  const u32 most = c.is_flist ? 65536u : std::min(p.dev->gro_max_size, 65536u);
  if (p.len() + more >= most) return false;
  if (p.tailroom() < c.len || skb_cloned(p)) {
    const u32 room = skb_pool_largest - static_cast<u32>(sizeof(skb_data)) - p.headroom();
    skb_expand(p, p.headroom(), std::max(room, p.len() + c.len) - p.len());
  }
  skb_put_data(p, const_bytes(s.payload()).last(c.len));
  p.truesize += s.truesize - (skb_shinfo(s).nr_frags ? skb_shinfo(s).linear.truesize : 0u);
  gro_cb& cb = gro_cb_of(p);
  cb.count = static_cast<u16>(cb.count + skb_gso_segs(s));
  cb.payload += c.len;
  return true;
}

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

// What is whole now gets headers that say so (inet_gro_complete).
void napi_gro::complete(cpu& c, skb_ptr p) {
  const gro_cb cb = gro_cb_of(*p);
  ready_segs_ += cb.count;
  if (cb.count > skb_gso_segs(*p)) {
    auto& ip = *reinterpret_cast<iphdr*>(p->data);
    ip.tot_len = static_cast<u16>(p->len());
    ip.check = be16();
    ip.check = ip_fast_csum(&ip, 5);
    if (ip.protocol == IPPROTO_TCP)
      tcp_gro_complete(*p);
    else
      udp_gro_complete(*p);
  }
  ready_.enqueue(std::move(p));
  if (ready_segs_ >= normal_batch) deliver(c);
}

void napi_gro::deliver(cpu& c) {
  ready_segs_ = 0;
  if (!ready_.empty()) netif_receive_skb_list(c, std::move(ready_));
}

void napi_gro::receive(cpu& cp, skb_ptr s) {
  gro_candidate c;
  const auto pass_on = [&] {
    ready_segs_ += skb_gso_segs(*s);
    ready_.enqueue(std::move(s));
    if (ready_segs_ >= normal_batch) deliver(cp);
  };
  if (!understand(*s, c)) return pass_on();
  sk_buff_head& list = held_[hash_of(c) % buckets];
  sk_buff* p = list.peek();
  while (p && !same_flow(*p, gro_held(*p), *s, c)) p = p->next;
  const gro_verdict v =
      c.ip->protocol == IPPROTO_TCP ? tcp_gro_receive(p, *s, c) : udp_gro_receive(p, *s, c);
  if (p && v.completes) complete(cp, take(list, *p));
  if (v.joined) return consume_skb(std::move(s));
  if (v.passes) return pass_on();
  if (list.qlen() >= most_held) complete(cp, take(list, *list.peek()));
  s->cb_as<gro_cb>() = {.count = static_cast<u16>(skb_gso_segs(*s)),
                        .is_atomic = (c.ip->frag_off.host() & ip_df) != 0,
                        .is_flist = c.is_flist,
                        .payload = c.len,
                        .age = cp.now() / ns_per_ms};
  if (!skb_is_gso(*s)) skb_shinfo(*s).gso_size = static_cast<u16>(c.len);
  list.enqueue(std::move(s));
  ++held_count_;
}

void napi_gro::flush(cpu& c, bool old_only) {
  const ktime now = c.now() / ns_per_ms;
  for (sk_buff_head& list : held_) {
    sk_buff_head young;
    while (skb_ptr p = list.dequeue()) {
      if (old_only && gro_cb_of(*p).age == now) {
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
