// A stream socket in a guest. The pair is SOCK_STREAM, and bytes flow through it: what the guest writes is taken as
// fast as the stack's send buffer has room, what arrives is put in as fast as the pair has. So read, write, send, recv,
// poll, epoll, splice and their waiting are the host's work, and only calls about the connection are trapped.
//
//   connecting   The guest's end is stuffed with bytes that mean nothing, so that it is not writable until the
//                handshake has ended, well or badly.
//   listening    A byte is shown while a connection waits to be accepted.
//   the end      The peer's FIN closes our half of the pair, after all that came before it. A reset closes all of
//                it with something unread, which the host's kernel reports as ECONNRESET.
//   shutdown     The host shuts the guest's half. What comes to a half that no longer reads waits in the stack for a recv.
//   hang-up      The guest's last descriptor is gone. What it wrote is sent first; then the stack's socket closes.
//
// Bytes in the pair are outside the stack's receive buffer: some 200 kB more than a Linux socket would take.
#pragma once

#include "guest/carrier.hh"
#include "guest/guest_call.hh"

namespace linnet {

class stream_carrier final : public carrier {
 public:
  stream_carrier(socket_ptr, unique_fd ours, ino_t inode);
  ~stream_carrier() override;

  stream_carrier* as_stream() override { return this; }
  bool has_error() const override;
  bool shows_error_only() const override;
  void refill() override { pump_in(); }
  void settle(const guest_end&) override;
  bool take_writes() override;

  // Whether a send or receive with these flags is the host's, on the pair.
  bool leaves_send(int flags);
  bool leaves_receive(int flags);

  // Where a descriptor of the guest's end is found.
  void remember(guest_end end) { end_ = std::move(end); }
  // A connect is under way; `stuff`: nobody waits for it in a call.
  void connecting(bool stuff);
  call_reply shutdown(int how);
  // The guest has let go. True: nothing is left to be sent, the carrier may go.
  bool hang_up();
  // The stack's socket woke. True: the carrier may go.
  bool wake();

 private:
  void pump_in();
  bool pump_out();
  void unstuff();
  void show_listening();
  bool connected() const;
  void reset();
  unique_fd theirs() const;  // a duplicate of the guest's end, if it still is that
  u32 in_pair() const;       // bytes that the guest has not read
  u32 held() const;          // those and what else is on its way to him

  std::vector<std::byte> unsent_;  // from the guest, the stack had no room
  std::vector<std::byte> unread_;  // from the stack, the pair had no room
  size_t stuffed_ = 0;             // bytes in the pair, from the guest's end, that mean nothing
  guest_end end_;                  // as of the last call that told
  bool token_ = false;             // a byte says that accept(2) has something
  bool eof_in_ = false;            // the peer's FIN was passed on
  bool eof_read_ = false;          // and a receive of the guest's has found it
  bool eof_out_ = false;           // the guest's was
  bool reads_shut_ = false;        // by the guest: what comes nevertheless stays in the stack
  bool gone_ = false;              // the guest has no descriptor any more
  bool reset_ = false;
  bool connected_once_ = false;
  int failed_ = 0;  // what receiving ended with
};

}  // namespace linnet
