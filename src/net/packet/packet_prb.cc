// Version 3 of the receive ring: packets stand one behind the other in a block. A block goes to the reader when the
// next packet doesn't fit, or when the retire timer fires and something is in it; then the next block is opened. If
// that one is still the reader's, the queue is frozen and packets are dropped until he gives it back.
//
// Linux's timer runs always, from the opening of a block on, again and again; it does nothing in an empty block. Here
// it is armed with the first packet of a block only, for the moment at which Linux's would fire next.
#include <algorithm>

#include "net/core/world.hh"
#include "net/packet/af_packet.hh"

namespace linnet {
namespace {

constexpr u32 block_align = 8;        // V3_ALIGNMENT
constexpr u32 default_retire_ms = 8;  // DEFAULT_PRB_RETIRE_TOV

constexpr u64 aligned(u64 n) { return (n + block_align - 1) & ~u64{block_align - 1}; }
constexpr u32 block_hdr_len = static_cast<u32>(aligned(sizeof(tpacket_block_desc)));

tpacket_block_desc& active_block(const packet_sock& po) {
  return *reinterpret_cast<tpacket_block_desc*>(po.rx_ring.block(po.blocks.active));
}
bool is_kernels(const tpacket_block_desc& b) {
  return status_load(b.hdr.bh1.block_status) == TP_STATUS_KERNEL;
}
u32 header_and_priv(const tpacket_blocks& b) {
  return block_hdr_len + static_cast<u32>(aligned(b.sizeof_priv));
}
void set_time(tpacket_bd_ts& ts, ktime t) {
  ts.ts_sec = static_cast<u32>(t / ns_per_sec);
  ts.ts_nsec = static_cast<u32>(t % ns_per_sec);
}

void prb_open_block(packet_sock& po) {
  tpacket_blocks& b = po.blocks;
  tpacket_block_desc& d = active_block(po);
  b.num_pkts = 0;
  b.next_offset = b.prev_offset = header_and_priv(b);
  b.frozen = false;
  d.version = TPACKET_V3;
  d.offset_to_priv = block_hdr_len;
  d.hdr.bh1.seq_num = b.next_seq++;
  d.hdr.bh1.num_pkts = 0;
  d.hdr.bh1.blk_len = b.next_offset;
  d.hdr.bh1.offset_to_first_pkt = b.next_offset;
  set_time(d.hdr.bh1.ts_first_pkt, po.ns.w.clk->real());
  po.ns.c.timers.del(b.timer);
  b.timer_from = po.ns.w.now();
}

// prb_close_block: hands the active block to the reader.
void prb_retire_block(packet_sock& po, u32 why) {
  tpacket_blocks& b = po.blocks;
  tpacket_block_desc& d = active_block(po);
  auto& last = *reinterpret_cast<tpacket3_hdr*>(reinterpret_cast<std::byte*>(&d) + b.prev_offset);
  last.tp_next_offset = 0;
  if (b.num_pkts) {
    d.hdr.bh1.ts_last_pkt.ts_sec = last.tp_sec;
    d.hdr.bh1.ts_last_pkt.ts_nsec = last.tp_nsec;
  } else {
    set_time(d.hdr.bh1.ts_last_pkt, po.ns.w.clk->real());
  }
  const u32 losing = po.tp_drops ? u32{TP_STATUS_LOSING} : 0;
  status_store(d.hdr.bh1.block_status, TP_STATUS_USER | losing | why);
  b.active = b.active + 1 == po.rx_ring.block_nr ? 0 : b.active + 1;
  sk_data_ready(po);
}

bool prb_dispatch_next_block(packet_sock& po) {
  if (!is_kernels(active_block(po))) {
    po.blocks.frozen = true;
    ++po.tp_freeze_q_cnt;
    return false;
  }
  prb_open_block(po);
  return true;
}

// prb_retire_rx_blk_timer_expired, for a block that has something in it.
void retire_timer_expired(timer& t) {
  packet_sock& po = static_cast<tpacket_blocks::retire_timer&>(t).po;
  if (po.blocks.frozen || !po.blocks.num_pkts) return;
  prb_retire_block(po, TP_STATUS_BLK_TMO);
  prb_dispatch_next_block(po);
}

void arm_retire_timer(packet_sock& po) {
  tpacket_blocks& b = po.blocks;
  if (b.timer.pending()) return;
  const ktime passed = po.ns.w.now() - b.timer_from;
  po.ns.c.timers.mod(b.timer, b.timer_from + (passed / b.retire_tov + 1) * b.retire_tov);
}

}  // namespace

tpacket_blocks::retire_timer::retire_timer(packet_sock& p)
    : linnet::timer(retire_timer_expired), po(p) {}
tpacket_blocks::tpacket_blocks(packet_sock& p) : timer(p) {}

u32 prb_room_of_block(u32 block_size, u32 sizeof_priv) {
  const u64 taken = block_hdr_len + aligned(sizeof_priv);
  return taken < block_size ? block_size - static_cast<u32>(taken) : 0;
}

// init_prb_bdqc.
void prb_init(packet_sock& po, const tpacket_req3& req) {
  tpacket_blocks& b = po.blocks;
  b.active = 0;
  b.next_seq = 1;
  b.sizeof_priv = req.tp_sizeof_priv;
  b.max_frame_len = prb_room_of_block(req.tp_block_size, req.tp_sizeof_priv);
  b.features = req.tp_feature_req_word;
  b.retire_tov =
      ktime{req.tp_retire_blk_tov ? req.tp_retire_blk_tov : default_retire_ms} * ns_per_ms;
  po.tp_freeze_q_cnt = 0;
  prb_open_block(po);
}

void prb_shutdown(packet_sock& po) { po.ns.c.timers.del(po.blocks.timer); }

bool prb_has_room(const packet_sock& po, u32 ahead) {
  const u32 i = (po.blocks.active + ahead) % po.rx_ring.block_nr;
  return is_kernels(*reinterpret_cast<const tpacket_block_desc*>(po.rx_ring.block(i)));
}

bool prb_readable(const packet_sock& po) {
  const u32 i = po.blocks.active ? po.blocks.active - 1 : po.rx_ring.block_nr - 1;
  return !is_kernels(*reinterpret_cast<const tpacket_block_desc*>(po.rx_ring.block(i)));
}

tpacket3_hdr* prb_next_packet(packet_sock& po, const sk_buff& s, u32 len) {
  tpacket_blocks& b = po.blocks;
  if (b.frozen) {
    if (!is_kernels(active_block(po))) return nullptr;
    prb_open_block(po);
  }
  const u32 size = static_cast<u32>(aligned(len));
  if (b.next_offset + size >= po.rx_ring.block_size) {
    prb_retire_block(po, 0);
    if (!prb_dispatch_next_block(po)) return nullptr;
    // Longer than any block: max_frame_len has seen to it that this is only by the alignment.
    if (b.next_offset + size > po.rx_ring.block_size) return nullptr;
  }
  tpacket_block_desc& d = active_block(po);
  auto* h = reinterpret_cast<tpacket3_hdr*>(reinterpret_cast<std::byte*>(&d) + b.next_offset);
  h->tp_next_offset = size;
  const packet_vlan vlan = packet_vlan_of(s);
  h->tp_status = vlan.status;
  h->hv1 = {.tp_rxhash = 0, .tp_vlan_tci = vlan.tci, .tp_vlan_tpid = vlan.tpid, .tp_padding = 0};
  if (b.features & TP_FT_REQ_FILL_RXHASH) h->hv1.tp_rxhash = s.hash;
  b.prev_offset = b.next_offset;
  b.next_offset += size;
  d.hdr.bh1.blk_len = b.next_offset;
  d.hdr.bh1.num_pkts = ++b.num_pkts;
  arm_retire_timer(po);
  return h;
}

}  // namespace linnet
