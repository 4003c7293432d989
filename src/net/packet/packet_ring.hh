// The rings of a packet socket (Linux's Documentation/networking/packet_mmap.rst): memory shared with the reader,
// cut into blocks and those into frames. Each frame (in version 3, each block) has a status word that says whose
// it is: TP_STATUS_KERNEL ours, TP_STATUS_USER the reader's. We fill in order from `head` and never pass a frame
// that is not ours. The reader owns the memory as much as we do and may write anything anywhere: what we need to
// go on stands outside the ring, and of the ring only status words, and the headers of what is to be sent, are read.
#pragma once

#include <linux/if_packet.h>

#include "net/core/shared_pages.hh"
#include "time/timer.hh"

namespace linnet {

struct packet_sock;
struct sk_buff;

// A status word in shared memory: reading acquires what the other side wrote before it, writing releases.
template <class T>
T status_load(const T& word) {
  return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}
template <class T>
void status_store(T& word, T v) {
  __atomic_store_n(&word, v, __ATOMIC_RELEASE);
}

// Version 3: a block is filled packet after packet until it is full or its timer fires, and then handed over whole
// (struct tpacket_kbdq_core).
struct tpacket_blocks {
  explicit tpacket_blocks(packet_sock& p);

  struct retire_timer : timer {
    explicit retire_timer(packet_sock& p);
    packet_sock& po;
  } timer;
  u32 active = 0;         // the block that is being filled (kactive_blk_num)
  u64 next_seq = 1;       // of the next block to be opened
  u32 next_offset = 0;    // in the active block, where the next packet goes
  u32 prev_offset = 0;    // and where the last one stands
  u32 num_pkts = 0;       // in the active block
  bool frozen = false;    // the next block is still the reader's: nowhere to write
  u32 sizeof_priv = 0;    // the reader's own room in each block
  u32 max_frame_len = 0;  // of one packet with its header
  u32 features = 0;       // TP_FT_REQ_FILL_RXHASH
  ktime retire_tov = 0;
  ktime timer_from = 0;  // since when the retire timer has been running
};

struct packet_ring_buffer {
  shared_pages pages;
  u32 head = 0;
  u32 frames_per_block = 0, frame_size = 0, frame_max = 0;
  u32 block_size = 0, block_nr = 0;

  explicit operator bool() const { return static_cast<bool>(pages); }
  std::byte* block(u32 i) const { return pages.data() + size_t{i} * block_size; }
  std::byte* frame(u32 i) const {
    return block(i / frames_per_block) + size_t{i % frames_per_block} * frame_size;
  }
  void increment_head() { head = head == frame_max ? 0 : head + 1; }
  u32 previous() const { return head ? head - 1 : frame_max; }
};

// Where the header, the link-layer header and the payload of a received packet go in a frame.
struct tpacket_layout {
  u32 macoff, netoff, snaplen;
};

// PACKET_RX_RING, PACKET_TX_RING (packet_set_ring): makes, replaces or (block_nr 0) gives up a ring.
status packet_set_ring(packet_sock&, const tpacket_req3&, bool closing, bool tx);
u32 tpacket_hdrlen(int version);  // TPACKET_HDRLEN and its kin

// The status word of a frame, by the socket's version.
u64 packet_get_status(const packet_sock&, const std::byte* frame);
void packet_set_status(const packet_sock&, std::byte* frame, u64 status);

// Whether the reader has something to read (packet_previous_rx_frame isn't ours).
bool packet_ring_readable(const packet_sock&);
// Whether the frame or block that many steps ahead is ours: 0 the next one, else the ring's length shifted right.
bool packet_ring_room(const packet_sock&, u32 shift);

// Version 3's part (packet_prb.cc).
void prb_init(packet_sock&, const tpacket_req3&);
void prb_shutdown(packet_sock&);
// Room for a packet of `len` bytes with its header, or null: the reader lags behind (__packet_lookup_frame_in_block).
tpacket3_hdr* prb_next_packet(packet_sock&, const sk_buff&, u32 len);
bool prb_has_room(const packet_sock&, u32 ahead = 0);
bool prb_readable(const packet_sock&);

}  // namespace linnet
