// Making and giving up rings, and the way of a received packet into a frame. Version 1 and 2 give out frame by frame,
// each with room for frame_size bytes; version 3 (packet_prb.cc) packs packets into blocks.
#include "net/packet/packet_ring.hh"

#include <unistd.h>

#include <algorithm>

#include "net/core/dst.hh"
#include "net/core/virtio_net.hh"
#include "net/core/world.hh"
#include "net/packet/af_packet.hh"

namespace linnet {
namespace {

constexpr u32 align_frame(u32 n) { return TPACKET_ALIGN(n); }

// The sanity tests of packet_set_ring.
status check_request(const packet_sock& po, const tpacket_req3& r) {
  const u32 page = static_cast<u32>(sysconf(_SC_PAGESIZE));
  const u32 hdrlen = tpacket_hdrlen(po.tp_version);
  const u64 min_frame = u64{hdrlen} + po.tp_reserve;
  if (static_cast<s32>(r.tp_block_size) <= 0 || r.tp_block_size % page) return err(EINVAL);
  if (po.tp_version == TPACKET_V3 &&
      prb_room_of_block(r.tp_block_size, r.tp_sizeof_priv) < static_cast<u32>(min_frame))
    return err(EINVAL);
  if (r.tp_frame_size < static_cast<u32>(min_frame)) return err(EINVAL);
  if (r.tp_frame_size % TPACKET_ALIGNMENT) return err(EINVAL);
  const u32 per_block = r.tp_block_size / r.tp_frame_size;
  if (!per_block || u64{per_block} * r.tp_block_nr != r.tp_frame_nr) return err(EINVAL);
  return {};
}

bool rings_mapped(const packet_sock& po) {
  return po.rx_ring.pages.mapped_elsewhere() || po.tx_ring.pages.mapped_elsewhere();
}

// Where things go in a frame (the first half of tpacket_rcv).
bool tpacket_place(const packet_sock& po, const sk_buff& s, u32 snaplen, tpacket_layout& at) {
  u32 netoff;
  if (po.type == SOCK_DGRAM) {
    at.macoff = netoff = align_frame(po.tp_hdrlen) + 16 + po.tp_reserve;
  } else {
    const u32 maclen = static_cast<u32>(s.network() - s.data);
    netoff = align_frame(po.tp_hdrlen + std::max(maclen, 16u)) + po.tp_reserve;
    if (po.has_vnet_hdr) netoff += static_cast<u32>(sizeof(virtio_net_hdr));
    at.macoff = netoff - maclen;
  }
  at.netoff = netoff;
  at.snaplen = snaplen;
  return netoff <= 0xffff;
}

// A packet that doesn't fit its frame whole is also queued, for who asked for it and has the room.
void queue_copy(packet_sock& po, const sk_buff& s) {
  if (!po.copy_thresh || po.rmem_alloc >= po.rcvbuf) return;
  skb_ptr p = skb_clone(s);
  PACKET_SKB_CB(*p) = {.sll = {}, .origlen = s.len()};
  p->dev = nullptr;
  skb_dst_drop(*p);
  skb_set_owner_r(*p, po);
  po.receive_queue.enqueue(std::move(p));
}

struct arrival {
  const sk_buff& s;
  tpacket_layout at;
  u32 status;
  ktime time;
  sockaddr_ll from;
  virtio_net_hdr vnet;
};

// What a frame holds between the header and the data: who sent it.
void put_address(const arrival& a, std::byte* at) { std::memcpy(at, &a.from, sizeof a.from); }

// The data, and in front of it the header of those who asked for one; none if there was no room for any data.
void put_data(const packet_sock& po, const arrival& a, std::byte* frame, u32 room) {
  std::memcpy(frame + a.at.macoff, a.s.data, a.at.snaplen);
  if (po.has_vnet_hdr && a.at.macoff <= room)
    std::memcpy(frame + a.at.macoff - sizeof a.vnet, &a.vnet, sizeof a.vnet);
}

// Fills the header of version 1 or 2; the status comes last, by itself.
template <class H>
void fill_header(H& h, const arrival& a) {
  h.tp_len = a.s.len();
  h.tp_snaplen = a.at.snaplen;
  h.tp_mac = static_cast<u16>(a.at.macoff);
  h.tp_net = static_cast<u16>(a.at.netoff);
  h.tp_sec = static_cast<u32>(a.time / ns_per_sec);
  const u32 ns = static_cast<u32>(a.time % ns_per_sec);
  if constexpr (requires { h.tp_usec; }) {
    h.tp_usec = ns / static_cast<u32>(ns_per_us);
  } else {
    h.tp_nsec = ns;
  }
}

bool into_frame(packet_sock& po, arrival a) {
  packet_ring_buffer& ring = po.rx_ring;
  if (a.at.macoff + a.at.snaplen > ring.frame_size) {
    a.at.snaplen = a.at.macoff < ring.frame_size ? ring.frame_size - a.at.macoff : 0;
    if (po.copy_thresh && po.rmem_alloc < po.rcvbuf) a.status |= TP_STATUS_COPY;
  }
  std::byte* frame = ring.frame(ring.head);
  if (packet_get_status(po, frame) != TP_STATUS_KERNEL) return false;
  ring.increment_head();
  if (po.tp_drops) a.status |= TP_STATUS_LOSING;
  if (a.status & TP_STATUS_COPY) queue_copy(po, a.s);
  put_data(po, a, frame, ring.frame_size);
  if (po.tp_version == TPACKET_V1) {
    fill_header(*reinterpret_cast<tpacket_hdr*>(frame), a);
    put_address(a, frame + TPACKET_ALIGN(sizeof(tpacket_hdr)));
  } else {
    auto& h = *reinterpret_cast<tpacket2_hdr*>(frame);
    fill_header(h, a);
    const packet_vlan vlan = packet_vlan_of(a.s);
    a.status |= vlan.status;
    h.tp_vlan_tci = vlan.tci;
    h.tp_vlan_tpid = vlan.tpid;
    std::memset(h.tp_padding, 0, sizeof h.tp_padding);
    put_address(a, frame + TPACKET_ALIGN(sizeof h));
  }
  packet_set_status(po, frame, a.status);
  sk_data_ready(po);
  return true;
}

bool into_block(packet_sock& po, arrival a) {
  const u32 most = po.blocks.max_frame_len;
  const u32 room = a.at.macoff <= most ? most : 0;
  if (a.at.macoff + a.at.snaplen > most) {
    a.at.snaplen = a.at.macoff < most ? most - a.at.macoff : 0;
    a.at.macoff = std::min(a.at.macoff, most);
  }
  tpacket3_hdr* h = prb_next_packet(po, a.s, a.at.macoff + a.at.snaplen);
  if (!h) return false;
  put_data(po, a, reinterpret_cast<std::byte*>(h), room);
  fill_header(*h, a);
  h->tp_status |= a.status;
  std::memset(h->tp_padding, 0, sizeof h->tp_padding);
  put_address(a, reinterpret_cast<std::byte*>(h) + TPACKET_ALIGN(sizeof *h));
  return true;
}

}  // namespace

u32 tpacket_hdrlen(int version) {
  switch (version) {
    case TPACKET_V1: return TPACKET_HDRLEN;
    case TPACKET_V2: return TPACKET2_HDRLEN;
    default: return TPACKET3_HDRLEN;
  }
}

u64 packet_get_status(const packet_sock& po, const std::byte* frame) {
  switch (po.tp_version) {
    case TPACKET_V1: return status_load(reinterpret_cast<const tpacket_hdr*>(frame)->tp_status);
    case TPACKET_V2: return status_load(reinterpret_cast<const tpacket2_hdr*>(frame)->tp_status);
    default: return status_load(reinterpret_cast<const tpacket3_hdr*>(frame)->tp_status);
  }
}

void packet_set_status(const packet_sock& po, std::byte* frame, u64 st) {
  const u32 low = static_cast<u32>(st);
  switch (po.tp_version) {
    case TPACKET_V1: return status_store(reinterpret_cast<tpacket_hdr*>(frame)->tp_status, st);
    case TPACKET_V2: return status_store(reinterpret_cast<tpacket2_hdr*>(frame)->tp_status, low);
    default: return status_store(reinterpret_cast<tpacket3_hdr*>(frame)->tp_status, low);
  }
}

bool packet_ring_readable(const packet_sock& po) {
  if (!po.rx_ring) return false;
  if (po.tp_version == TPACKET_V3) return prb_readable(po);
  return packet_get_status(po, po.rx_ring.frame(po.rx_ring.previous())) != TP_STATUS_KERNEL;
}

bool packet_ring_room(const packet_sock& po, u32 shift) {
  const packet_ring_buffer& ring = po.rx_ring;
  if (po.tp_version == TPACKET_V3) return prb_has_room(po, shift ? ring.block_nr >> shift : 0);
  const u32 len = ring.frame_max + 1;
  const u32 i = (ring.head + (shift ? len >> shift : 0)) % len;
  return packet_get_status(po, ring.frame(i)) == TP_STATUS_KERNEL;
}

status packet_set_ring(packet_sock& po, const tpacket_req3& req, bool closing, bool tx) {
  packet_ring_buffer& ring = tx ? po.tx_ring : po.rx_ring;
  if (!closing && rings_mapped(po)) return err(EBUSY);
  packet_ring_buffer fresh;
  if (req.tp_block_nr) {
    if (ring) return err(EBUSY);
    po.tp_hdrlen = tpacket_hdrlen(po.tp_version);
    if (status ok = check_request(po, req); !ok) return ok;
    if (tx && po.tp_version == TPACKET_V3 &&
        (req.tp_retire_blk_tov || req.tp_sizeof_priv || req.tp_feature_req_word))
      return err(EINVAL);  // blocks are for receiving only
    auto pages = shared_pages::create(size_t{req.tp_block_size} * req.tp_block_nr);
    if (!pages) return std::unexpected(pages.error());
    fresh = {.pages = std::move(*pages),
             .frames_per_block = req.tp_block_size / req.tp_frame_size,
             .frame_size = req.tp_frame_size,
             .frame_max = req.tp_frame_nr - 1,
             .block_size = req.tp_block_size,
             .block_nr = req.tp_block_nr};
  } else if (req.tp_frame_nr) {
    return err(EINVAL);
  }
  if (!tx) {
    prb_shutdown(po);
    po.receive_queue.purge(skb_drop_reason::consumed);
  }
  ring = std::move(fresh);
  if (!tx) {
    if (ring && po.tp_version == TPACKET_V3) prb_init(po, req);
    po.prot_hook.func = ring ? tpacket_rcv : packet_rcv;
  }
  return {};
}

result<std::vector<const shared_pages*>> packet_mmap(socket& s, u64 length, u64 offset) {
  const packet_sock& po = pkt_sk(s);
  if (offset) return err(EINVAL);
  std::vector<const shared_pages*> parts;
  u64 total = 0;
  for (const packet_ring_buffer* ring : {&po.rx_ring, &po.tx_ring}) {
    if (!*ring) continue;
    parts.push_back(&ring->pages);
    total += ring->pages.size();
  }
  if (!total || total != length) return err(EINVAL);
  return parts;
}

void tpacket_rcv(packet_tap& tap, const sk_buff& s, net_device& dev, const net_device& orig) {
  packet_sock& po = *static_cast<packet_sock::hook&>(tap).po;
  if (s.pkt == pkt_type::loopback) return;
  const sk_buff view = packet_view(po, s, dev);
  const u32 keep = packet_filter(po, view);
  if (!keep) return;
  const bool blocks = po.tp_version == TPACKET_V3;
  arrival a = {.s = view,
               .at = {},
               .status = TP_STATUS_USER | packet_csum_status(view),
               .time = view.tstamp,
               .from = packet_address(po, view, dev, orig),
               .vnet = {}};
  if (a.time) {
    a.status |= TP_STATUS_TS_SOFTWARE;
  } else {
    a.time = po.ns.w.clk->real();
  }
  const bool room =
      tpacket_place(po, view, std::min(keep, view.len()), a.at) && (!blocks || prb_has_room(po));
  const bool told = !po.has_vnet_hdr || virtio_net_hdr_from_skb(view, a.vnet);
  if (room && told && (blocks ? into_block(po, a) : into_frame(po, a))) {
    ++po.tp_packets;
  } else {
    ++po.tp_drops;
    sk_data_ready(po);
  }
}

}  // namespace linnet
