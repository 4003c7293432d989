// The second way of a guest's call to the supervisor: through memory that it shares with one of its threads
// (guest/front/channel.hh). A call asked there becomes a guest_call and is carried out by the same functions as a trapped
// one; only where its arguments and its result lie is different. What the functions would wait for is not waited for
// here: the guest is told, and makes the call anew in the ordinary way.
//
// Requests are noticed, then the event loop looks at all descriptors once, then they are carried out: what a guest closed
// or wrote before it asked is known by then, as for trapped calls. Answers are shown when what they caused has
// happened: packets were delivered, and whoever waited for them was told.
//
// A channel that asked lately is watched for a moment before the loop sleeps (spin_policy); others ring.
#pragma once

#include <map>
#include <vector>

#include "guest/front/front_memory.hh"
#include "guest/front/spin.hh"
#include "guest/guest_call.hh"
#include "guest/listener.hh"
#include "time/ktime.hh"

namespace linnet {

class supervisor;

class front_end {
 public:
  explicit front_end(supervisor&);
  ~front_end();
  front_end(const front_end&) = delete;
  front_end& operator=(const front_end&) = delete;

  void allow() { allowed_ = true; }
  // The trapped calls by which guests speak of their channels: hello, ring, bye.
  call_reply trapped(const guest_call&);

  // Carries out what was noticed. True when there was something.
  bool serve();
  // Shows the answers. `busy`: there is work to be done while the guests run.
  void publish(listener&, bool busy);
  // Whether whoever asked lately is likely to ask again in this moment.
  bool looking() const;
  // Before the loop sleeps: true when it must not, because something was asked or because it is worth to look on.
  bool look();

  void process_gone(pid_t tgid);
  size_t size() const { return channels_.size(); }

 private:
  struct shared_channel {
    pid_t tid;
    pid_t tgid;
    front::channel* at;
    u32 answered = 0;  // our own count: a guest can write the other
    u32 asked = 0;     // as noticed
    u32 cpu = 0;       // where it asked from
    ino_t inode = 0;   // what it asked of
    bool noticed = false;
    bool watched = false;
  };
  call_reply say_hello(const guest_call&);
  bool notice(shared_channel&);
  bool notice_watched();
  void carry_out(shared_channel&);
  void watch(shared_channel&);
  void stop_watching();
  void step_aside(ktime now);
  void drop(pid_t tid);

  supervisor& s_;
  bool allowed_ = false;
  front_memory memory_;
  std::map<pid_t, shared_channel> channels_;  // by thread
  std::vector<shared_channel*> noticed_, done_, watched_;
  std::vector<u64> rung_;  // trapped calls that end with the next answers
  spin_policy policy_;
  ktime look_until_ = 0;  // 0: not looking
  // Leaving the guest's processor to the guest: not again before, and after how long if that didn't pay.
  ktime next_step_ = 0;
  ktime step_gap_ = ns_per_ms;
};

}  // namespace linnet
