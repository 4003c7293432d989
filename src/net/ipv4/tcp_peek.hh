// What waits to be read of a connection, where it lies: for reads, and for who hands it on without a buffer of his own.
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// A read's way through the receive queue, which it leaves as it is: over the urgent byte where that is not of the stream, and up to
// it once there is something before it (tcp_recvmsg_locked).
class tcp_read_walk {
 public:
  explicit tcp_read_walk(const tcp_sock& sk)
      : sk_(sk), at_(sk.receive_queue.peek()), seq_(sk.copied_seq) {}

  // The next bytes, at most `most`; none: the read ends here.
  const_bytes next(size_t most);
  u32 seq() const { return seq_; }  // of what comes next
  const sk_buff* at() const {
    return at_;
  }  // the first packet with something left; null: there is none
  ktime stamp() const { return stamp_; }  // of the packet that the last piece was of

 private:
  bool at_mark() const { return sk_.urg_data && sk_.urg_seq == seq_; }
  void leave_if_done();

  const tcp_sock& sk_;
  const sk_buff* at_;
  u32 seq_;
  bool any_ = false, ended_ = false;
  ktime stamp_ = 0;
};

// The bytes that a read would give next, in as many pieces as there is room for; how many. None: nothing, the end, or an error. They
// are taken by a receive of as many bytes with MSG_TRUNC, which copies nothing. Like a read they end before an urgent byte.
size_t tcp_peek_pieces(const tcp_sock&, std::span<const_bytes> pieces);

}  // namespace linnet
