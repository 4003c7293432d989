// Serves the trapped system calls of all guests of one world: takes requests from the listener, finds the
// caller's process and namespace, hands them to the call's function (supervisor_calls.hh) and answers. It
// owns what guests have in the world: carriers, namespaces' names and tags, files being written. Everything
// runs in the event loop's thread; no call here blocks.
//
//   order   What guests wrote natively (to settings, to carriers) is taken before the next request is served,
//           so effects happen in the order in which a guest caused them.
//   waiting A call that would block stays unanswered, one per thread, and is tried again when its socket
//           wakes. The host's kernel ends it by itself when a signal comes; `still_valid` tells.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "guest/carrier.hh"
#include "guest/complaints.hh"
#include "guest/front_end.hh"
#include "guest/guest_call.hh"
#include "guest/listener.hh"
#include "guest/mount_namespaces.hh"
#include "guest/netns_registry.hh"
#include "guest/private_dir.hh"
#include "guest/process_table.hh"
#include "guest/pseudo_view.hh"
#include "guest/replay_cache.hh"
#include "guest/ring_readers.hh"
#include "guest/setting_files.hh"
#include "guest/stream_carrier.hh"
#include "world/loop.hh"

namespace linnet {

class supervisor {
 public:
  supervisor(world&, event_loop&, private_dir);
  ~supervisor();
  supervisor(const supervisor&) = delete;
  supervisor& operator=(const supervisor&) = delete;

  // From now on serves this channel.
  void serve(listener);
  // How long the event loop may sleep for the sake of waiting calls.
  ktime sleep_limit();
  // Retries what woke, times out what is due. Runs before each wait.
  void flush();

  // ---- for the calls' functions
  world& w;
  event_loop& loop;
  const private_dir dir;
  complaints complain;
  netns_registry namespaces;
  mount_namespaces mounts;
  process_table processes;
  setting_files settings;
  pseudo_view views;
  ring_readers rings;
  front_end front;
  std::unordered_set<pid_t>
      claimed_userns;  // asked for a user namespace with a network one, got the latter

  // The carrier that a guest's descriptor stands for; null when it is not one of ours.
  carrier* find_carrier(const guest_call&, int fd);
  // The carrier with this inode, and the socket that it stands for; null when there is none (any more).
  carrier* carrier_of(ino_t) const;
  socket* socket_of(ino_t) const;
  // Whether a stream of ours has this inode.
  bool has_stream(ino_t) const;
  // Whether one socket more can have a descriptor here, with some left for the work on those that there are (ENFILE).
  bool room_for_socket() const { return carriers_.size() < most_sockets_; }
  // Enters a socket of the stack and makes the descriptor that stands for it.
  call_reply adopt(socket_ptr, bool nonblocking, bool cloexec);
  // The same for one that was entered before, and whose descriptor nobody got.
  call_reply hand_over(stream_carrier::accepted, bool nonblocking, bool cloexec);
  // Whether any socket has an error to show. Cheap: asked for each poll of each guest.
  bool any_error() const;
  // Whether any socket's queue begins with a datagram whose checksum is wrong, and nobody has looked at it. As cheap.
  bool any_wrong() const;
  // Whether the host's kernel can be left alone with a poll: no error to show, no ring to look into, no queue to clear.
  bool poll_is_plain() const { return rings.empty() && !any_error() && !any_wrong(); }
  // After a call: whether an error that a guest was told is gone for the host's kernel, too, and what its queue begins with.
  void call_done();
  // The guest's end of a carrier, as receive() wants it.
  guest_end end_of(const guest_call&, int fd);
  // Lets the carrier show the head of its queue when the guest has its answer.
  void refill_later(carrier& c) { refill_later_.push_back(&c); }
  // The same now, unless a channel's thread asked for it, which is likely to take that head in a moment.
  void show(carrier&);
  bool is_unshown(ino_t) const;
  bool nonblocking(const guest_call&, int fd);
  // Puts a copy of a descriptor of ours into a guest whose call waits; its number there, or a negative errno.
  int lend(const guest_call&, int fd);
  cred cred_of(const guest_call&) const;

 private:
  struct waiting_call {
    guest_call call;
    carrier* on;
    u64 order;
  };

  void on_request();
  void serve_one(const seccomp_notif&);
  void answer(guest_call&, call_reply);
  void send_answers();
  void give_back(call_reply&);
  void answer_lost(const guest_call&, call_reply&);
  void interrupted(const guest_call&);
  void on_carrier(carrier*, u32 events);
  void drop_carrier(carrier*);
  void show_all();
  // A connection that ended under the guest, who still has a descriptor, as far as is known.
  void stream_over(stream_carrier&);
  // Lets go of those whose descriptors are closed: nobody tells.
  void sweep_over();
  std::vector<pid_t> waiters_of(const carrier&) const;
  void retry(const std::vector<pid_t>& tids);
  void look_at_head(carrier&);
  bool somebody_waits(const socket&);
  void note_wrong(socket&);
  void look_at_wrong_heads();
  // Whose calls wait for a carrier that woke, in the order in which they came.
  std::vector<pid_t> waiters_of_woken() const;
  void time_out();
  void process_ended(pid_t tgid);
  net* net_of_descriptor(const cred&, int fd);

  static void on_wake(socket&, void* self);

  const u64 most_sockets_;
  listener channel_;
  guest_page page_;  // of the guest that is served
  replay_cache replays_;
  std::unordered_map<ino_t, std::unique_ptr<carrier>> carriers_;
  std::unordered_map<socket*, carrier*> by_socket_;
  std::vector<carrier*> woken_;  // those that are marked so, in the order of waking
  std::vector<carrier*> refill_later_;
  // To trapped calls, for when what they caused has been delivered and is shown.
  std::vector<std::pair<guest_call, call_reply>> answers_;
  std::vector<carrier*> unshown_;                       // don't show yet what there is to read
  u64 round_ = 1;                                       // of requests by channels
  mutable std::unordered_set<const socket*> in_error_;  // had an error when they last woke
  mutable std::unordered_set<socket*> wrong_heads_;
  ktime next_look_ = 0, look_gap_ = 0;  // at those
  std::vector<stream_carrier*> over_;   // connections that ended, whose descriptors are open
  carrier* asked_ = nullptr;            // which the present call is about
  ktime next_sweep_ = 0, sweep_gap_ = 0;
  std::map<pid_t, waiting_call> waiting_;  // by thread: each has at most one
  u64 waiting_order_ = 0;
};

}  // namespace linnet
