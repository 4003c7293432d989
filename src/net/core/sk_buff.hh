// A packet. struct sk_buff is the handle: where the headers are, where it came from, what was decided
// about it. The bytes stand in a data block that clones share:
//
//      head          data                tail            end
//       |  headroom   |  packet (len)     |   tailroom    |
//
// push grows towards head, pull shrinks from data, put and trim move tail. Handles and blocks come from
// the cpu's pools (no allocation per packet once they are warm) and go home to them. Reference counts
// are plain: a packet belongs to one cpu.
//
// Ownership: a `skb_ptr` owns its packet, and a packet ends in exactly one of two ways: consume_skb (it
// was delivered) or kfree_skb_reason (it was dropped, and here is why). A skb_ptr that is destroyed with
// a packet in it is a bug: a debug build reports it.
#pragma once

#include <array>
#include <cassert>
#include <cstring>
#include <utility>

#include "base/endian.hh"
#include "base/types.hh"
#include "net/core/drop_reason.hh"
#include "time/ktime.hh"

namespace linnet {

struct cpu;
struct dst_entry;
struct net_device;
struct sk_buff;
struct skb_data;
struct sock;

enum class pkt_type : u8 {  // PACKET_HOST ...
  host = 0,
  broadcast = 1,
  multicast = 2,
  otherhost = 3,
  outgoing = 4,
  loopback = 5,
};

enum class ip_summed : u8 {  // CHECKSUM_NONE ...
  none = 0,                  // nothing known; verify in software
  unnecessary = 1,           // verified by the device, or the packet never left the machine
  complete = 2,              // the device summed it; none of ours does
  partial = 3,  // to be filled in at csum_start + csum_offset (valid as it stands on receive)
};

struct sk_buff {
  // First cache line: what every step of the path reads.
  sk_buff* next;
  net_device* dev;
  std::byte* data;
  std::byte* tail;
  std::byte* head;
  u16 mac_header;  // offsets from head
  u16 network_header;
  u16 transport_header;
  be16 protocol;  // ETH_P_*, network order
  pkt_type pkt;
  ip_summed summed : 2;
  u8 gso : 1;        // to be cut into segments below; how, skb_shinfo says (net/core/gso.hh)
  u8 dst_noref : 1;  // dst is borrowed from its table for this burst
  u8 cloned : 1;
  u8 ignore_df : 1;
  u8 local : 1;         // made on this host
  u8 vlan_present : 1;  // a VLAN tag goes with it, outside its data (net/core/vlan.hh)
  u8 head_owned : 1;  // a clone with the bytes in front of the shared data to itself (TCP's; skb_header_cloned)
  u8 tx_stamp_sched : 1;       // its sender wants to know when it comes to a queue, and
  u8 tx_stamp_sw : 1;          // when to a device (SKBTX_SCHED_TSTAMP, SKBTX_SW_TSTAMP)
  u8 dst_pending_confirm : 1;  // the neighbour that it goes to is known to be reached
  u8 mac_len;
  u32 mark;
  dst_entry* dst;
  // Second line.
  std::byte* end;
  skb_data* block;
  cpu* home;  // whose pools it came from
  sock* sk;
  u64 id;          // survives cloning, forwarding, veth crossing
  u16 csum_start;  // from head
  u16 csum_offset;
  be16 vlan_proto;  // ETH_P_8021Q or ETH_P_8021AD, of the tag that goes with it
  u16 vlan_tci;     // priority (3 bits), drop eligible (1), VLAN (12)
  u32 priority;
  u32 truesize;  // bytes charged to a socket
  u32 hash;
  int skb_iif;   // ifindex it arrived by
  ktime tstamp;  // arrival, 0 when not taken
  void (*destructor)(sk_buff&);
  // Third line: private to the layer that has the packet.
  alignas(8) std::array<std::byte, 48> cb;

  u32 len() const { return static_cast<u32>(tail - data); }
  u32 headroom() const { return static_cast<u32>(data - head); }
  u32 tailroom() const { return static_cast<u32>(end - tail); }
  bytes payload() { return {data, tail}; }
  const_bytes payload() const { return {data, tail}; }

  std::byte* mac() const { return head + mac_header; }
  std::byte* network() const { return head + network_header; }
  std::byte* transport() const { return head + transport_header; }
  void reset_mac_header() { mac_header = static_cast<u16>(data - head); }
  void reset_network_header() { network_header = static_cast<u16>(data - head); }
  void reset_transport_header() { transport_header = static_cast<u16>(data - head); }
  u32 transport_offset() const { return static_cast<u32>(transport() - data); }

  template <class T>
  T& cb_as() {
    static_assert(sizeof(T) <= sizeof(cb) && alignof(T) <= 8 && std::is_trivially_copyable_v<T>);
    return *reinterpret_cast<T*>(cb.data());
  }
};
static_assert(offsetof(sk_buff, end) == 64, "the first cache line holds the hot fields");
static_assert(sizeof(sk_buff) <= 192);

void kfree_skb_raw(sk_buff*, skb_drop_reason);  // through kfree_skb_reason and consume_skb only

class [[nodiscard]] skb_ptr {
 public:
  skb_ptr() = default;
  explicit skb_ptr(sk_buff* s) : s_(s) {}
  skb_ptr(skb_ptr&& o) noexcept : s_(std::exchange(o.s_, nullptr)) {}
  skb_ptr& operator=(skb_ptr&& o) noexcept {
    assert(!s_ && "packet lost without a verdict");
    s_ = std::exchange(o.s_, nullptr);
    return *this;
  }
  ~skb_ptr() {
    assert(!s_ && "packet lost without a verdict");
    if (s_) kfree_skb_raw(s_, skb_drop_reason::NOT_SPECIFIED);
  }
  sk_buff* get() const { return s_; }
  sk_buff* operator->() const { return s_; }
  sk_buff& operator*() const { return *s_; }
  explicit operator bool() const { return s_ != nullptr; }
  sk_buff* release() { return std::exchange(s_, nullptr); }

 private:
  sk_buff* s_ = nullptr;
};

// Singly linked list of packets in order: a burst, or a socket's queue (struct sk_buff_head).
class sk_buff_head {
 public:
  sk_buff_head() = default;
  sk_buff_head(sk_buff_head&& o) noexcept
      : head_(std::exchange(o.head_, nullptr)),
        tail_(std::exchange(o.tail_, nullptr)),
        qlen_(std::exchange(o.qlen_, 0)) {}
  sk_buff_head& operator=(sk_buff_head&& o) noexcept {
    assert(empty() && "packets lost without a verdict");
    splice(std::move(o));
    return *this;
  }
  ~sk_buff_head() { purge(skb_drop_reason::NOT_SPECIFIED); }

  bool empty() const { return head_ == nullptr; }
  u32 qlen() const { return qlen_; }
  sk_buff* peek() const { return head_; }
  sk_buff* last() const { return tail_; }
  void enqueue(skb_ptr p) {  // at the tail
    sk_buff* s = p.release();
    s->next = nullptr;
    if (tail_)
      tail_->next = s;
    else
      head_ = s;
    tail_ = s;
    ++qlen_;
  }
  void enqueue_head(skb_ptr p) {
    sk_buff* s = p.release();
    s->next = head_;
    if (!head_) tail_ = s;
    head_ = s;
    ++qlen_;
  }
  skb_ptr dequeue() {
    sk_buff* s = head_;
    if (!s) return skb_ptr();
    head_ = s->next;
    if (!head_) tail_ = nullptr;
    s->next = nullptr;
    --qlen_;
    return skb_ptr(s);
  }
  void splice(sk_buff_head&& o) {  // appends all of `o`
    if (o.empty()) return;
    if (tail_)
      tail_->next = o.head_;
    else
      head_ = o.head_;
    tail_ = o.tail_;
    qlen_ += o.qlen_;
    o.head_ = o.tail_ = nullptr;
    o.qlen_ = 0;
  }
  // The first `n`, or all when there are fewer.
  sk_buff_head take(u32 n) {
    if (n >= qlen_) return std::move(*this);
    sk_buff_head first;
    while (first.qlen_ < n) first.enqueue(dequeue());
    return first;
  }
  // Asks of each packet whether it stays (not_dropped_yet); what does not is freed for the reason given. What stays is
  // where it was, and costs no writing. The next one's bytes are fetched meanwhile.
  template <class F>
  void filter(F&& verdict) {  // skb_drop_reason(sk_buff&)
    sk_buff* before = nullptr;
    for (sk_buff *s = head_, *next; s; s = next) {
      next = s->next;
      if (next) __builtin_prefetch(next->data);
      const skb_drop_reason why = verdict(*s);
      if (likely(why == skb_drop_reason::not_dropped_yet)) {
        before = s;
        continue;
      }
      (before ? before->next : head_) = next;
      if (!next) tail_ = before;
      --qlen_;
      s->next = nullptr;
      kfree_skb_raw(s, why);
    }
  }
  void purge(skb_drop_reason why) {
    while (skb_ptr p = dequeue()) kfree_skb_raw(p.release(), why);
  }

 private:
  sk_buff* head_ = nullptr;
  sk_buff* tail_ = nullptr;
  u32 qlen_ = 0;
};

// Headroom kept by senders for link-layer and encapsulation headers (LL_MAX_HEADER and more).
inline constexpr u32 skb_default_headroom = 128;
// The same with room for the headers of a protocol over IP, and what calls that hand bytes over take at most.
inline constexpr u32 skb_handover_headroom = skb_default_headroom + 128, skb_handover_max = 65536;

// What Linux charges for a packet's headers when its payload stands in pages: struct sk_buff and 1 KiB of room.
inline constexpr u32 skb_head_truesize = 1280;

// What Linux charges for a packet with `size` bytes of memory of its own (SKB_TRUESIZE).
u32 skb_linear_truesize(u32 size);

// A packet with room for `size` bytes, all of it tailroom (data = tail = head). Takes a new packet id.
// Sizes over the pool's block come from the heap. Never null: memory that the host has not is a bug.
skb_ptr alloc_skb(cpu&, u32 size);

// Moves data and tail of an empty packet.
inline void skb_reserve(sk_buff& s, u32 n) {
  assert(s.tailroom() >= n);
  s.data += n;
  s.tail += n;
}
// Grows at the tail; returns the new bytes; needs tailroom.
inline std::byte* skb_put(sk_buff& s, u32 n) {
  assert(s.tailroom() >= n);
  return std::exchange(s.tail, s.tail + n);
}
// Grows at the front; needs headroom.
inline std::byte* skb_push(sk_buff& s, u32 n) {
  assert(s.headroom() >= n);
  return s.data -= n;
}
// Shrinks at the front; null when longer than the packet.
inline std::byte* skb_pull(sk_buff& s, u32 n) {
  if (unlikely(n > s.len())) return nullptr;
  return s.data += n;
}
// Cuts the tail to `len` bytes if longer.
inline void skb_trim(sk_buff& s, u32 len) {
  if (len < s.len()) s.tail = s.data + len;
}
inline std::byte* skb_put_data(sk_buff& s, const_bytes d) {
  std::byte* p = skb_put(s, static_cast<u32>(d.size()));
  if (!d.empty()) std::memcpy(p, d.data(), d.size());
  return p;
}

skb_ptr skb_clone(const sk_buff&);  // own handle, shared data; same id
skb_ptr skb_copy(const sk_buff&);   // own handle, own data; same id
// Gives the packet to another cpu: a copy from its pools, when it isn't there already.
skb_ptr skb_move_to(cpu&, skb_ptr);
// The packet's bytes without all that is known of them, as alloc_skb would give them; a new id.
skb_ptr skb_renew(skb_ptr);
bool skb_cloned(const sk_buff&);  // data shared with another handle
// Makes at least that much room, and the headers this handle's own (pskb_expand_head, skb_cow_head).
void skb_expand(sk_buff&, u32 headroom, u32 tailroom);
inline void skb_cow_head(sk_buff& s, u32 headroom) {
  const bool own = !s.cloned || s.head_owned || !skb_cloned(s);
  if (unlikely(!own || s.headroom() < headroom)) skb_expand(s, headroom, 0);
}
inline void skb_unshare(sk_buff& s) { skb_expand(s, 0, 0); }

void kfree_skb_reason(skb_ptr, skb_drop_reason);
void consume_skb(skb_ptr);

// Detaches the owner: gives the memory back to the socket it is charged to.
void skb_orphan(sk_buff&);

// A checked view: the header at `offset` from data, or null when the packet is too short for it.
template <class T>
T* skb_header(const sk_buff& s, u32 offset = 0) {
  static_assert(alignof(T) == 1);
  if (unlikely(u64{offset} + sizeof(T) > s.len())) return nullptr;
  return reinterpret_cast<T*>(s.data + offset);
}

// Whether the checksum of what stands at data needs no look: somebody has checked it, or it is yet to be made, here or
// farther in (skb_csum_unnecessary).
inline bool skb_csum_unnecessary(const sk_buff& s) {
  return s.summed == ip_summed::unnecessary ||
         (s.summed == ip_summed::partial && s.csum_start >= s.headroom());
}
// Finishes a pending checksum (CHECKSUM_PARTIAL) in software. False when its offsets leave the packet.
bool skb_checksum_help(sk_buff&);

}  // namespace linnet
