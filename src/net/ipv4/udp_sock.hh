// UDP's and UDP-Lite's sockets from the inside (struct udp_sock, struct udp_table): where they are found, what is set on
// them, what a corked one has gathered. Shared by udp_table.cc (ports and lookup), udp_send.cc, udp.cc (receiving),
// udp_memory.cc (what waits to be read), udp_checksum.cc and udp_sockopt.cc. Both protocols have a table of their own in each namespace and are the same otherwise, but for the
// checksum's coverage.
#pragma once

#include <linux/udp.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "net/core/sk_memory.hh"
#include "net/core/sock_reuseport.hh"
#include "net/ipv4/inet_route_memo.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {

struct udp_sock;

// Who is bound to what. A slot lists its sockets in the order of coming; the newest is asked first.
struct udp_table {
  using slot = std::vector<udp_sock*>;

  const slot& by_port(u16 port) const { return at(by_port_, port); }
  const slot& by_address(be32 addr, u16 port) const { return at(by_address_, key(addr, port)); }
  void insert(udp_sock&);
  void erase(udp_sock&);
  // Its address has changed (udp_lib_rehash).
  void rehash(udp_sock&);
  size_t size() const { return size_; }
  // All sockets by port, the newest of a port first.
  std::vector<udp_sock*> sorted() const;

  std::shared_ptr<proto_memory> memory;  // the world's

 private:
  template <class M>
  static const slot& at(const M& map, typename M::key_type k) {
    static const slot none;
    const auto it = map.find(k);
    return it == map.end() ? none : it->second;
  }
  static u64 key(be32 addr, u16 port) { return u64{addr.raw()} << 16 | port; }

  std::unordered_map<u16, slot> by_port_;
  std::unordered_map<u64, slot> by_address_;
  size_t size_ = 0;
};

// What a corked socket has gathered, with the route and the wishes of the first call (struct inet_cork).
struct udp_cork {
  inet_route route;
  ipcm_cookie ipc;
  std::vector<std::byte> data;
  u32 zerocopy_calls = 0;  // how many of them said MSG_ZEROCOPY
};

struct udp_sock final : inet_sock {
  udp_sock(net& n, socket& s, u8 protocol);
  ~udp_sock() override;

  // udp_table.cc
  status get_port(u16 port) override;
  void unbind() override;
  void rehashed() override;
  void rehash() override { rehashed(); }
  status attach_reuseport(const sockopt_value*) override;
  // udp_send.cc
  result<size_t> sendmsg(const msg_out&, int flags) override;
  void push_pending_frames();
  // udp_sockopt.cc
  result<size_t> recvmsg(msg_in&, int flags) override;
  status diag_destroy(int error) override { return inet_dgram_abort(*this, error); }
  bool has_level(int level) const override {
    return level == IPPROTO_UDP || level == IPPROTO_UDPLITE;
  }
  status setsockopt(int level, int name, const_bytes) override;
  result<u32> getsockopt(int level, int name, bytes) override;

  // udp_memory.cc
  // Charges a packet to the receive queue (the first part of __udp_enqueue_schedule_skb); what refuses it: SOCKET_RCVBUFF,
  // PROTO_MEM, or not_dropped_yet.
  skb_drop_reason charge(sk_buff&);
  // Takes the next packet, and gives its memory back when it is time. Null: there is none.
  skb_ptr dequeue();
  // Who looks through the queue has all of it to himself (sk_receive_queue joins reader_queue).
  void look() {
    if (reader_queue == 0) reader_queue = receive_queue.qlen();
  }
  int forward_alloc() const override { return forward_alloc_; }
  int rqueue() const override { return rmem_alloc - forward_deficit; }

  // udp_checksum.cc
  const sk_buff* first_good() override;
  int first_packet_length() override;

  u32 recv_skip() const override { return sizeof(udphdr); }
  u16 peer_port(const sk_buff&) const override;

  bool is_lite() const { return protocol == IPPROTO_UDPLITE; }
  udp_table& table() const { return is_lite() ? *ipv4_of(ns).udplite : *ipv4_of(ns).udp; }
  void count(int field, u64 by = 1) const;

  be32 hashed_addr;           // as the table knows it
  ref<sock_reuseport> group;  // with SO_REUSEPORT
  bool corkflag = false;      // UDP_CORK
  bool no_check6_tx = false, no_check6_rx = false;
  bool gro_enabled = false;    // UDP_GRO
  bool encap_enabled = false;  // it wants something of GRO, or once has
  int encap_type = 0;          // UDP_ENCAP: kept only
  u16 gso_size = 0;            // UDP_SEGMENT; 0: off
  u16 pcslen = 0,
      pcrlen = 0;  // UDP-Lite: bytes covered of what is sent, least coverage of what is taken
  bool send_cc = false, recv_cc = false;
  u32 zerocopy_key = 0;     // number of the next call with MSG_ZEROCOPY (sk_zckey)
  int forward_alloc_ = 0;   // bytes charged to udp_mem ahead
  int forward_deficit = 0;  // bytes read whose memory is not given back yet
  u32 reader_queue = 0;     // how many of receive_queue's first packets the reader has to himself
  std::unique_ptr<udp_cork> pending;
  inet_route_memo route_memo;
  // The input route of what came last, and by which device (early_demux.hh).
  ref<rtable> rx_dst;
  int rx_dst_ifindex = 0;

 private:
  bool conflicts(u16 port) const;
  void join_group();
  result<size_t> append_to_pending(const_bytes data, bool more, u32 zerocopy_calls);
  void zerocopy_done(u32 calls);
  status send_datagram(const inet_route&, const ipcm_cookie&, const_bytes data);
  status may_cut(const inet_route&, const ipcm_cookie&, const sk_buff&) const;
  skb_ptr make_datagram(const inet_route&, const_bytes data, bool paged) const;
  bool raise_allocated(int pages);
  void rmem_release(int size, bool partial);
  void count_wrong();
  void drop_wrong(const sk_buff&);
  void want_gro();
  skb_ptr next(int& error);
  skb_ptr peek(size_t& skip, int& error);
  sk_buff* find_peeked(size_t& skip);
  void put_gro_size(msg_in&, const sk_buff&) const;
};

// Tells the error queue that the memory of `count` calls from `first` on is free: it was copied (msg_zerocopy_callback).
void ip_zerocopy_done(inet_sock&, u32 first, u32 count);

// Whether the checksum of a received datagram, with data at its UDP header, is right, or needs no look.
bool udp_checksum_right(sk_buff&);
inline bool udp_checksum_good(sk_buff& s) {
  return likely(skb_csum_unnecessary(s) || s.summed == ip_summed::complete) ||
         udp_checksum_right(s);
}
// The same, and `summed` says so from then on (udp_lib_checksum_complete, which says the opposite).
bool udp_checksum_finish(sk_buff&);
inline bool udp_checksum_complete(sk_buff& s) {
  return likely(skb_csum_unnecessary(s) || s.summed == ip_summed::complete) ||
         udp_checksum_finish(s);
}

inline udp_sock& udp_sk(sock& sk) { return static_cast<udp_sock&>(sk); }

// The socket that a datagram fits best (__udp4_lib_lookup). `s`, with data at the UDP header, is for programs that choose
// among sockets of one port; null for questions about something else than a packet that arrived.
udp_sock* udp_lookup(const udp_table&, be32 saddr, u16 sport, be32 daddr, u16 dport, int dif,
                     int sdif, const sk_buff* s);

}  // namespace linnet
