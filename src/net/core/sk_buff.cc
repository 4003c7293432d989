// Packets: allocation, cloning, making room, and their two ends.
#include "net/core/sk_buff.hh"

#include <algorithm>
#include <bit>

#include "base/checksum.hh"
#include "net/core/cpu.hh"
#include "net/core/dst.hh"
#include "net/core/skb_pool.hh"
#include "net/core/tracepoint.hh"

namespace linnet {
namespace {

void set_block(sk_buff& s, skb_data* b) {
  s.block = b;
  s.head = b->bytes();
  s.end = s.head + b->size;
}

sk_buff* blank_handle(cpu& c) {
  sk_buff* s = c.pool->get_handle();
  // Line by line: of so many bytes at once the compiler makes a `rep stos`, which takes four times as long.
  auto* line = reinterpret_cast<std::byte*>(s);
  static_assert(sizeof *s % 64 == 0);
  for (size_t at = 0; at < sizeof *s; at += 64) std::memset(line + at, 0, 64);
  s->home = &c;
  ++c.skbs_live;
  return s;
}

void copy_shinfo(skb_data& to, const skb_data& from) {
  to.gso_size = from.gso_size;
  to.gso_segs = from.gso_segs;
  to.gso_type = from.gso_type;
  to.nr_frags = from.nr_frags;
  to.linear = from.linear;
}

// A handle that describes the same packet; data, owner and dst are left to the caller.
sk_buff* copy_handle(const sk_buff& from) {
  cpu& c = *from.home;
  sk_buff* s = c.pool->get_handle();
  std::memcpy(static_cast<void*>(s), static_cast<const void*>(&from), sizeof *s);
  ++c.skbs_live;
  s->next = nullptr;
  s->sk = nullptr;
  s->destructor = nullptr;
  s->dst = nullptr;
  s->dst_noref = 0;
  s->head_owned = 0;
  if (from.dst) skb_dst_set(*s, from.dst);
  return s;
}

// Moves the packet to a block of its own with the given room on both sides.
void move_to_new_block(sk_buff& s, u32 headroom, u32 tailroom) {
  const u32 len = s.len();
  skb_data* old = s.block;
  std::byte* old_data = s.data;
  const s64 old_headroom = s.headroom();
  set_block(s, s.home->pool->get_block(headroom + len + tailroom));
  // Headers in front of data (a pulled link-layer header) move along as far as the headroom holds.
  const u32 keep = std::min<u32>(headroom, static_cast<u32>(old_headroom));
  s.data = s.head + headroom;
  s.tail = s.data + len;
  std::memcpy(s.data - keep, old_data - keep, keep + len);
  const s64 shift = static_cast<s64>(headroom) - old_headroom;
  auto move = [&](u16& off) { off = static_cast<u16>(std::max<s64>(0, off + shift)); };
  move(s.mac_header);
  move(s.network_header);
  move(s.transport_header);
  if (s.summed == ip_summed::partial) move(s.csum_start);
  s.cloned = 0;
  s.head_owned = 0;
  copy_shinfo(*s.block, *old);
  if (old->nr_frags) move(s.block->linear.end);
  s.home->pool->put_block(old);
}

}  // namespace

// The slab that kmalloc rounds the data and struct skb_shared_info (320) up to, and struct sk_buff itself (256). Receive
// buffers fill as there.
u32 skb_linear_truesize(u32 size) {
  u32 data = ((size + 63) & ~63u) + 320;
  if (data < 8192) data = std::bit_ceil(std::max(data, 512u));
  return data + 256;
}

skb_ptr alloc_skb(cpu& c, u32 size) {
  sk_buff* s = blank_handle(c);
  set_block(*s, c.pool->get_block(size));
  s->block->nr_frags = 0;
  s->block->linear = {.end = 0, .truesize = skb_head_truesize};
  s->data = s->tail = s->head;
  s->truesize = skb_linear_truesize(size);
  s->id = c.next_skb_id++ << 8 | c.id;
  return skb_ptr(s);
}

skb_ptr skb_clone(const sk_buff& from) {
  sk_buff* s = copy_handle(from);
  ++s->block->refs;
  s->cloned = 1;
  const_cast<sk_buff&>(from).cloned = 1;
  const_cast<sk_buff&>(from).head_owned = 0;
  return skb_ptr(s);
}

skb_ptr skb_renew(skb_ptr from) {
  cpu& c = *from->home;
  sk_buff* s = blank_handle(c);
  set_block(*s, from->block);
  ++s->block->refs;
  s->cloned = from->cloned;
  s->data = from->data;
  s->tail = from->tail;
  s->truesize = skb_linear_truesize(from->headroom() + from->len());
  s->id = c.next_skb_id++ << 8 | c.id;
  consume_skb(std::move(from));
  return skb_ptr(s);
}

skb_ptr skb_copy(const sk_buff& from) {
  sk_buff* s = copy_handle(from);
  ++s->block->refs;  // released by the move
  move_to_new_block(*s, from.headroom(), from.tailroom());
  return skb_ptr(s);
}

skb_ptr skb_move_to(cpu& c, skb_ptr from) {
  if (likely(from->home == &c)) return from;
  skb_ptr to = alloc_skb(c, from->headroom() + from->len() + from->tailroom());
  skb_reserve(*to, from->headroom());
  skb_put(*to, from->len());
  std::memcpy(to->head, from->head, static_cast<size_t>(from->tail - from->head));
  to->dev = from->dev;
  to->mac_header = from->mac_header;
  to->network_header = from->network_header;
  to->transport_header = from->transport_header;
  to->protocol = from->protocol;
  to->pkt = from->pkt;
  to->summed = from->summed;
  to->gso = from->gso;
  copy_shinfo(*to->block, *from->block);
  to->truesize = from->truesize;
  to->mac_len = from->mac_len;
  to->mark = from->mark;
  to->csum_start = from->csum_start;
  to->csum_offset = from->csum_offset;
  to->vlan_present = from->vlan_present;
  to->vlan_proto = from->vlan_proto;
  to->vlan_tci = from->vlan_tci;
  to->priority = from->priority;
  to->hash = from->hash;
  to->id = from->id;
  consume_skb(std::move(from));
  return to;
}

bool skb_cloned(const sk_buff& s) { return s.cloned && s.block->refs > 1; }

void skb_expand(sk_buff& s, u32 headroom, u32 tailroom) {
  if (!skb_cloned(s) && s.headroom() >= headroom && s.tailroom() >= tailroom) return;
  move_to_new_block(s, std::max(headroom, s.headroom()), std::max(tailroom, s.tailroom()));
}

void kfree_skb_raw(sk_buff* s, skb_drop_reason reason) {
  cpu& c = *s->home;
  if (unlikely(c.trace != nullptr)) {
    trace_emit(c, reason == skb_drop_reason::consumed ? tp::consume_skb : tp::kfree_skb, s, nullptr,
               reason, {});
  }
  if (s->destructor) skb_orphan(*s);
  if (s->dst) skb_dst_drop(*s);
  c.pool->put_block(s->block);
  c.pool->put_handle(s);
  --c.skbs_live;
}

void kfree_skb_reason(skb_ptr p, skb_drop_reason reason) {
  if (p) kfree_skb_raw(p.release(), reason);
}

void consume_skb(skb_ptr p) {
  if (p) kfree_skb_raw(p.release(), skb_drop_reason::consumed);
}

void skb_orphan(sk_buff& s) {
  if (auto* d = std::exchange(s.destructor, nullptr)) d(s);
  s.sk = nullptr;
}

bool skb_checksum_help(sk_buff& s) {
  if (s.summed != ip_summed::partial) return true;
  const u32 start = s.csum_start - s.headroom();
  if (s.csum_start < s.headroom() || start + u32{s.csum_offset} + 2 > s.len()) return false;
  skb_unshare(s);
  std::byte* p = s.head + s.csum_start;
  be16 sum = csum_fold(csum_partial(p, static_cast<size_t>(s.tail - p), 0));
  if (!sum) sum = be16::from_raw(0xffff);  // 0 means "no checksum" to UDP (CSUM_MANGLED_0)
  std::memcpy(p + s.csum_offset, &sum, sizeof sum);
  s.summed = ip_summed::none;
  return true;
}

void dst_discard(net&, sk_buff_head&& list) { list.purge(skb_drop_reason::NOT_SPECIFIED); }

}  // namespace linnet
