// A stream socket in a guest. The pair is SOCK_STREAM, and bytes flow through it: what the guest writes is taken as
// fast as the stack's send buffer has room, what arrives is put in as fast as the pair has. So read, write, send, recv,
// poll, epoll, splice and their waiting are the host's work, and only calls about the connection are trapped.
//
//   connecting   The guest's end is stuffed with bytes that mean nothing, so that it is not writable until the
//                handshake has ended, well or badly.
//   listening    The same, and a byte is shown while a connection waits to be accepted.
//   the end      The peer's FIN closes our half of the pair, after all that came before it. A reset closes all of
//                it with something unread, which the host's kernel reports as ECONNRESET. The carrier stays until the guest lets
//                go, for names, options and the error: that is there as long as both the host's socket and the stack's have it.
//   urgent       The urgent byte goes through the pair as such (MSG_OOB, Linux 5.15), once all before it is in the pair: so who reads
//                stops before it, SIGURG, POLLPRI, SIOCATMARK and SO_OOBINLINE are the host's work, too.
//   shutdown     The host shuts the guest's half. What comes to a half that no longer reads waits in the stack for a recv.
//   hang-up      The guest's last descriptor is gone. What it wrote is sent first; then the stack's socket closes.
//
// Bytes go from the stack's packets into the pair; what it has no room for stays in the stack's receive buffer. Those in the pair are
// outside of it: some 200 kB more than a Linux socket would take.
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
  bool leaves_receive(int flags, bool no_room = false);
  // A receive that is not the host's: what is in the pair comes first.
  result<size_t> receive(const guest_end&, msg_in&, int flags,
                         std::optional<parked_message>* taken) override;
  // Whether urgent bytes go through pairs on this host.
  static bool carries_urgent();
  // All that the guest wrote before is in the stack.
  bool all_taken();
  u32 untaken() const;  // bytes that are not

  // Where a descriptor of the guest's end is found.
  void remember(guest_end end, pid_t tgid);
  // A connect is under way; `stuff`: nobody waits for it in a call.
  void connecting(bool stuff);
  // It listens from now on, and so is not writable.
  void listening() { connecting(true); }
  call_reply shutdown(int how);
  // The guest has read, and the pair has room; `on_full` is called the first time when it has none. Until then nobody needs
  // to know when he reads.
  void has_room() { full_ = false; }
  std::function<void()> on_full;
  // The guest has let go. True: nothing is left to be sent, the carrier may go.
  bool hang_up();
  // A connection that accept(2) took, but whose descriptor the guest did not get: the next accept gets it. `inode`: of the end.
  struct accepted {
    unique_fd end;
    ino_t inode;
  };
  void give_back(accepted a) { accepted_.push_back(std::move(a)); }
  std::optional<accepted> take_accepted();
  // The stack's socket woke. True: nothing goes through the pair any more, because the guest has let go or it is over.
  bool wake();
  // The connection failed, and all that had come was shown: by the peer's reset, or because nobody answered any more.
  bool over() const;
  // Now the failure is shown, too: our end is closed. Since then: does the guest still have a descriptor? And is the error
  // still there for both?
  void end();
  bool has_ended() const { return ended_; }
  int ended_with() const { return ended_ ? failed_ : 0; }
  bool has_guest() const { return static_cast<bool>(theirs()); }
  void match_errors();
  // Is there one that the host's socket could not be given, and so a plain read says that nothing is there?
  bool hides_error() const;

 private:
  void pump_in(bool any = false);
  bool show(std::span<const const_bytes> pieces);
  bool urgent_next() const;
  bool show_urgent();
  void now_full();
  void note_end();
  bool worth_showing(bool any) const;
  size_t receive_shown(msg_in&, int flags);
  bool pump_out();
  size_t give(const_bytes);  // to the stack; how much it took
  void unstuff();
  bool connection_waits() const;
  void show_listening();
  bool connected() const;
  bool deferred() const;     // connected as far as the guest knows; its first data sends the SYN
  unique_fd theirs() const;  // a duplicate of the guest's end, if it still is that
  u32 in_pair() const;       // bytes that the guest has not read
  u32 held() const;          // those and what else is on its way to him

  std::vector<accepted> accepted_;  // by a listener, and given back
  std::vector<std::byte> unsent_;   // from the guest, the stack had no room
  size_t stuffed_ = 0;              // bytes in the pair, from the guest's end, that mean nothing
  int sndbuf_ = 0;                  // of the guest's end, while it is kept small
  guest_end end_;                   // as of the last call that told
  pid_t owner_ = 0;                 // whose call that was
  guest_end others_end_;            // of another process's last call
  bool token_ = false;              // a byte says that accept(2) has something
  bool full_ = false;               // the pair took no more, and has not said that there is room
  bool eof_in_ = false;             // the peer's FIN was passed on
  bool eof_read_ = false;           // and a receive of the guest's has found it
  bool eof_out_ = false;            // the guest's was
  bool reads_shut_ = false;         // by the guest: what comes nevertheless stays in the stack
  bool gone_ = false;               // the guest has no descriptor any more
  bool ended_ = false;              // nothing goes through the pair any more
  bool host_tells_ = false;         // the guest's end has an error since
  bool connected_once_ = false;
  int failed_ = 0;  // what receiving ended with
};

}  // namespace linnet
