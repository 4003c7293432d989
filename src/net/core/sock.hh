// The protocol side of a socket (struct sock): its queues, buffer accounting, options and callbacks.
// Protocols derive from it (netlink_sock, inet_sock and from that raw_sock, ping_sock, udp_sock). A sock
// is owned by its socket; what looks a sock up in a protocol's table uses it at once and keeps nothing.
// Accounting is Linux's: a queued packet costs its truesize, and a queue whose cost reached rcvbuf takes
// no more (ENOMEM, SOCKET_RCVBUFF).
#pragma once

#include <linux/filter.h>
#include <ctime>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#include "net/core/net.hh"
#include "net/core/proto_ops.hh"
#include "net/core/sk_buff.hh"
#include "time/ktime.hh"

namespace linnet {

inline constexpr int sk_mem_default = 212992;  // net.core.{r,w}mem_{default,max}
inline constexpr int sk_min_rcvbuf = 2304;     // SOCK_MIN_RCVBUF
inline constexpr int sk_min_sndbuf = 4608;     // SOCK_MIN_SNDBUF

struct sock {
  sock(net& n, socket& s, u16 family, u8 protocol);
  virtual ~sock();
  virtual void set_keepalive(bool) {}  // SO_KEEPALIVE is about to change
  // Ends what the sock is in the middle of, with `error` to its user (sk_prot->diag_destroy).
  virtual status diag_destroy(int) { return err(EOPNOTSUPP); }
  // Bytes of truesize that wait to be sent or acknowledged (sk_wmem_queued); datagrams never wait.
  virtual int queued_wmem() const { return 0; }
  // What is free of the memory it was given (sk_forward_alloc).
  virtual int forward_alloc() const { return 0; }
  // SO_RCVLOWAT: how much is worth waking a reader for.
  virtual void set_rcvlowat(int v) { rcvlowat = v ? v : 1; }
  // The device that it is bound to has changed (sk_prot->rehash).
  virtual void rehash() {}
  // Tells the sender when a packet of his went (SCM_TSTAMP_*), through the error queue.
  virtual void tx_stamped(const sk_buff&, u32) {}
  // The program that chooses among sockets of one port (SO_ATTACH_REUSEPORT_CBPF; null: SO_DETACH_REUSEPORT_BPF).
  virtual status attach_reuseport(const sockopt_value*) { return err(EINVAL); }
  sock(const sock&) = delete;
  sock& operator=(const sock&) = delete;

  net& ns;
  ref<net> ns_hold;  // the memory; the socket holds a user reference besides
  socket* sk_socket;
  u16 family;
  u16 type;
  u8 protocol;
  u8 state = 7;     // TCP_CLOSE; TCP_ESTABLISHED (1) once connected
  u8 shutdown = 0;  // RCV_SHUTDOWN 1, SEND_SHUTDOWN 2
  int sk_err = 0;   // pending error, positive; taken by the next call (SO_ERROR)
  int sk_err_soft = 0;

  sk_buff_head receive_queue;
  sk_buff_head error_queue;
  int rmem_alloc = 0;  // bytes of truesize in the receive and error queues
  int wmem_alloc = 0;  // bytes of truesize sent and not yet freed
  int rcvbuf = sk_mem_default;
  int sndbuf = sk_mem_default;
  u32 drops = 0;

  // SOL_SOCKET options.
  int bound_dev_if = 0;
  u32 mark = 0;
  u32 priority = 0;
  ktime rcvtimeo = ktime_max, sndtimeo = ktime_max;
  int rcvlowat = 1;
  bool dead = false;  // released; lives on until its last packet is freed
  bool reuseaddr = false, reuseport = false, broadcast = false, keepalive = false,
       dontroute = false;
  bool rcvtstamp = false, rcvtstampns = false, timestamp_new = false;
  bool rxq_ovfl = false, passcred = false, no_check = false, zerocopy = false, oobinline = false;
  bool debug = false, passsec = false, wifi_status = false, nofcs = false, rcvmark = false;
  bool select_err_queue = false, prefer_busy_poll = false, txtime = false;
  bool txrehash = false;      // SO_TXREHASH: counted only: nothing here follows such a hash
  bool can_peek_off = false;  // SO_PEEK_OFF means something to the protocol (set_peek_off)
  bool linger = false;
  int linger_time = 0;
  u32 userlocks = 0;  // SO_BUF_LOCK: 1 send, 2 receive
  u32 tsflags = 0;    // SO_TIMESTAMPING: SOF_TIMESTAMPING_*
  int bind_phc = 0;
  u32 tskey = 0;  // of the next message whose times are asked for (SOF_TIMESTAMPING_OPT_ID)
  sock_txtime txtime_of{};  // SO_TXTIME
  int incoming_cpu = -1;
  u64 max_pacing_rate = ~u64{0};
  int busy_poll = 0;
  int peek_off = -1;
  u64 cookie = 0;
  // SO_ATTACH_FILTER, checked; null: none.
  std::unique_ptr<const std::vector<sock_filter>> filter;
  bool filter_locked = false;  // SO_LOCK_FILTER
  ktime stamp = -1;            // of the last packet received (SIOCGSTAMP); -1: there was none
  bool stamp_wanted = false;   // somebody asked for it once: packets get a time
};

// Queues a packet for the reader and tells him. False: no room; the packet is freed with the reason
// SOCKET_RCVBUFF and drops counts it; or the socket's filter refused it (SOCKET_FILTER). The second form is
// for who has asked the filter already (sock_queue_rcv_skb, __sock_queue_rcv_skb).
bool sock_queue_rcv_skb(sock&, skb_ptr);
bool sock_queue_filtered_skb(sock&, skb_ptr);
// The same for who has looked for room too.
void sock_enqueue_rcv_skb(sock&, skb_ptr);
// And for who has charged it to the socket in a way of his own.
void sock_queue_charged_skb(sock&, skb_ptr);
// Errors for IP_RECVERR readers; the same limit.
bool sock_queue_err_skb(sock&, skb_ptr);
// Takes the first packet (or, with MSG_PEEK, a clone of it). Null: EAGAIN, or sk.sk_err in `error`, which
// is thereby cleared (skb_recv_datagram).
skb_ptr skb_recv_datagram(sock&, int flags, int& error);
// Charges a packet to the sender's buffer until it is freed.
void skb_set_owner_w(sk_buff&, sock&);
// Takes the charge back when such a packet is freed, and tells the sender of the room; the second form tells nobody
// (sock_wfree, __sock_wfree). The last packet of a dead socket ends it.
void sock_wfree(sk_buff&);
void sock_wfree_silently(sk_buff&);
void skb_set_owner_r(sk_buff&, sock&);
// A packet comes to a device's driver, or to a queue before it: who sent it may want to know when (skb_tstamp_tx).
void skb_tstamp_tx(sk_buff&, u32 kind);
inline void skb_tx_timestamp(sk_buff& s) {
  if (unlikely(s.tx_stamp_sw)) skb_tstamp_tx(s, SCM_TSTAMP_SND);
}
// What others know the sock by: a number of its own (SO_COOKIE), its descriptor's inode and owner; of one that has no
// descriptor (any more) 0.
u64 sock_gen_cookie(sock&);
u64 sock_i_ino(const sock&);
u32 sock_i_uid(const sock&);
int sock_error(sock&);  // takes and clears sk_err
// The socket lets go. The sock goes at once, or with the last packet that is charged to it.
void sk_free(sock*);

// The callbacks (sk_data_ready, sk_write_space, sk_error_report): wake the front end.
void sk_data_ready(sock&);
void sk_write_space(sock&);
void sk_error_report(sock&);

// SOL_SOCKET, common to all families (net/core/sock.cc's sock_setsockopt and sock_getsockopt).
status sk_setsockopt(socket&, int name, const sockopt_value&);
result<u32> sk_getsockopt(socket&, int name, bytes out);
// SO_BINDTOIFINDEX, and SO_BINDTODEVICE with a known name (sock_bindtoindex). EPERM, EINVAL.
status sock_bindtoindex(socket&, int index);
// The EPOLL* mask of a datagram socket (datagram_poll).
u32 datagram_poll(const socket&);
// Appends a control message to `control` (put_cmsg).
void put_cmsg(std::vector<std::byte>& control, int level, int type, const_bytes data);
// SCM_TIMESTAMP and such, SO_RXQ_OVFL, SO_RCVMARK (sock_recv_cmsgs).
void sock_recv_cmsgs(msg_in&, sock&, const sk_buff&);
// The first of them alone (sock_recv_timestamp).
void sock_recv_timestamp(msg_in&, const sock&, const sk_buff&);
void sock_recv_timestamp_of(msg_in&, const sock&, ktime stamp);
// Whether received packets get a time.
inline bool sock_wants_stamp(const sock& sk) {
  return sk.rcvtstamp || sk.stamp_wanted || sk.tsflags & SOF_TIMESTAMPING_RX_SOFTWARE;
}
// The drops that the reader of a packet is told of (SO_RXQ_OVFL): how many there were when it was queued. Behind what the
// protocols keep in the packet (SOCK_SKB_CB).
struct sock_skb_cb {
  std::array<std::byte, 44> protocols;
  u32 dropcount;
};
inline void sock_skb_set_dropcount(const sock& sk, sk_buff& s) {
  s.cb_as<sock_skb_cb>().dropcount = sk.rxq_ovfl ? sk.drops : 0;
}

// The time of the last packet received (SIOCGSTAMP, sock_gettstamp); from then on packets get one. ENOENT: none was.
result<ktime> sock_gettstamp(sock&);

// What control messages of SOL_SOCKET ask of one send (struct sockcm_cookie).
struct sockcm_cookie {
  u32 mark = 0;
  u32 tsflags = 0;
  u64 transmit_time = 0;
};
inline sockcm_cookie sockcm_init(const sock& sk) { return {sk.mark, sk.tsflags, 0}; }
// One such message (__sock_cmsg_send). EINVAL, EPERM.
status sock_cmsg_send(const sock&, int type, const_bytes data, sockcm_cookie&);

// Calls of an option's usual shape: an int, with Linux's errors for short values (EINVAL).
result<int> sockopt_int(const sockopt_value&);
result<u32> sockopt_put(bytes out, const void* p, size_t len);
inline result<u32> sockopt_put_int(bytes out, int v) { return sockopt_put(out, &v, sizeof v); }

// proto_ops entries for what a family does not do (sock_no_bind and its kin: EOPNOTSUPP).
status sock_no_bind(socket&, const_bytes);
status sock_no_connect(socket&, const_bytes, int);
result<socket_ptr> sock_no_accept(socket&, int);
status sock_no_listen(socket&, int);
status sock_no_shutdown(socket&, int);

}  // namespace linnet
