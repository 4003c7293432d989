// An emulated socket in a guest: the host's socketpair that stands for it, and the stack's socket behind.
//
// The guest holds one end; dup, fork, exec, passing over SCM_RIGHTS, poll and last-close are the host
// kernel's work. Our end is watched. For datagram-like sockets the pair is SOCK_SEQPACKET, and its
// direction towards the guest holds at most one message: a copy of the head of the socket's receive queue, payload
// only. So poll tells the truth and a plain read(2) works, while the queue stays the stack's, counted against the
// receive buffer. A trapped recvmsg takes the copy away and asks the stack; a copy that was read without a trap is
// taken off the queue when that is noticed. What a guest writes with plain write(2) arrives at our end and is sent.
//
// A pending error without a message is shown as an empty message (a token), so that a guest in poll wakes;
// its trapped recvmsg then gets the errno. So is a socket that was shut down for reading, whose plain read(2) then sees the
// end, and a packet socket's ring that has something to read; who has read it
// empty tells nobody, and the token is taken away when somebody looks (ring_readers.hh).
//
// Streams have a pair of their own kind: stream_carrier.hh.
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hh"
#include "guest/unique_fd.hh"
#include "net/socket.hh"

namespace linnet {

// A message taken from the stack but not yet by the guest.
struct parked_message {
  std::vector<std::byte> data{};
  size_t full_length = 0;
  sockaddr_storage name{};
  u32 namelen = 0;
  std::vector<std::byte> control{};
  int flags = 0;
};

// Fetches a duplicate of the guest's end, to take a parked message back.
using guest_end = std::function<unique_fd()>;

class stream_carrier;

class carrier {
 public:
  virtual ~carrier() = default;
  carrier(const carrier&) = delete;
  carrier& operator=(const carrier&) = delete;
  // Makes the pair; `guest_fd` is then to be handed over and closed. Null with errno set on failure.
  static std::unique_ptr<carrier> create(socket_ptr, bool nonblocking, unique_fd& guest_fd);

  socket& sock() { return *sock_; }
  virtual stream_carrier* as_stream() { return nullptr; }
  int fd() const { return ours_.get(); }
  // The supervisor's marks.
  bool woken = false;  // its socket woke, and nobody has looked yet
  u64 asked_in = 0;    // the round in which it was last asked for by a channel
  ino_t inode() const { return inode_; }

  // recvmsg(2) for the guest. `taken`, when given, gets what was consumed, for `give_back`. Who has received or peeked at as
  // much as he wants sees to it that the pair shows what is left (refill).
  virtual result<size_t> receive(const guest_end&, msg_in&, int flags,
                                 std::optional<parked_message>* taken = nullptr);
  // The guest went away before it got the message: it is the head again.
  void give_back(const guest_end&, parked_message);

  // A pending error, an error queue or a shut down half, which a carrier can show only as "readable".
  virtual bool has_error() const;
  virtual bool shows_error_only() const { return shown_ != shows::head && !ring_readable(); }
  // What poll says of the socket (EPOLL*).
  u32 poll_mask() const;
  // Was a token what a plain read found last?
  bool was_token() {
    notice_read();
    return read_ == shows::token;
  }
  // Is a token shown, and for what is no more?
  bool shows_token() const { return shown_ == shows::token; }
  bool token_is_stale() const { return shows_token() && !wants_token(); }

  // Shows the head of the queue, or an error, when nothing is shown yet.
  virtual void refill();
  // After something that may have taken away what a token is shown for.
  virtual void settle(const guest_end&);
  // Sends what the guest wrote to its end. False once the guest's last descriptor is closed and all is sent.
  virtual bool take_writes();

 protected:
  carrier(socket_ptr s, unique_fd ours, ino_t inode)
      : sock_(std::move(s)), ours_(std::move(ours)), inode_(inode) {}

  socket_ptr sock_;
  unique_fd ours_;

 private:
  bool unread() const;  // is what we put in still there?
  bool ring_readable() const;
  bool wants_token() const;  // something is there that is no message
  void notice_read();        // the guest read what was shown with read(2): it is off the queue
  bool take_back(const guest_end&);
  void take_stale_token(const guest_end&);
  void show(const_bytes);
  void drop_head();

  ino_t inode_;
  enum class shows : u8 { nothing, head, token };
  shows shown_ = shows::nothing;        // what is in the pair, towards the guest
  shows read_ = shows::nothing;         // what was taken out of it last by a plain read
  std::list<parked_message> returned_;  // before the stack's queue: given back
  int error_seen_ = 0;                  // taken off the socket while dropping a message
};

}  // namespace linnet
