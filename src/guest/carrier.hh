// An emulated socket in a guest: the host's socketpair that stands for it, and the stack's socket behind.
//
// The guest holds one end; dup, fork, exec, passing over SCM_RIGHTS, poll and last-close are the host
// kernel's work. Our end is watched. For datagram-like sockets the pair is SOCK_SEQPACKET, and its
// direction towards the guest holds at most one message: the head of the socket's receive queue, payload
// only. So poll tells the truth and a plain read(2) works, while everything behind the head stays in the
// stack, counted against the receive buffer. What a plain read cannot carry (source address, control data)
// is kept in `head_` for recvmsg. What a guest writes with plain write(2) arrives at our end and is sent.
//
// A pending error without a message is shown as an empty message (a token), so that a guest in poll wakes;
// its trapped recvmsg then gets the errno. So is a packet socket's ring that has something to read; who has read it
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
  bool token = false;
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
  ino_t inode() const { return inode_; }

  // recvmsg(2) for the guest. `taken`, when given, gets what was consumed, for `give_back`.
  result<size_t> receive(const guest_end&, msg_in&, int flags,
                         std::optional<parked_message>* taken = nullptr);
  // The guest went away before it got the message: it is the head again.
  void give_back(const guest_end&, parked_message);

  // A pending error or an error queue, which a carrier can show only as "readable".
  virtual bool has_error() const;
  virtual bool shows_error_only() const { return (!head_ || head_->token) && !ring_readable(); }
  // Is a token shown, and for what is no more?
  bool shows_token() const { return head_ && head_->token; }
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
  void notice_read();        // drops the head when the guest read it with read(2)
  bool take_back(const guest_end&);
  void show(parked_message);
  std::optional<parked_message> next();
  status pending_error();
  result<parked_message> from_stack(size_t room);

  ino_t inode_;
  std::optional<parked_message> head_;  // what is in the pair, towards the guest
  std::list<parked_message> returned_;  // before the stack's queue: given back
  int error_seen_ = 0;                  // taken off the socket while looking for a message
  size_t largest_room_ = 0;             // the largest buffer that the guest ever brought
};

}  // namespace linnet
