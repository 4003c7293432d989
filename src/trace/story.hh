// A packet's story: its steps in order, what it was made for, and the packets that were made because of it. The
// index sorts the recorder's ring into stories; it holds pointers into the ring and must not outlive a step.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "trace/path_recorder.hh"
#include "trace/trace_filter.hh"

namespace linnet {

struct world;

// What namespaces are called: `init` the first, the others as `ip netns` names them, net:[INUM] without a name.
// Remembers names, so that they outlive their namespaces.
class namespace_names {
 public:
  explicit namespace_names(const world& w) : w_(w) {}
  std::string operator()(u32 inum) const;
  bool known(std::string_view name) const;  // of a namespace that exists

 private:
  const world& w_;
  mutable std::map<u32, std::string> last_;
};

struct packet_story {
  u64 id = 0;  // 0: a send that failed before there was a packet; it has one step
  std::vector<const trace_record*> steps;
  u64 parent = 0;             // the key of the story because of which this packet was made
  std::vector<u64> children;  // keys, in the order of their making
  u64 trouble = 0;            // seq of its last step that is a reason to complain; 0: none

  const trace_record& first() const { return *steps.front(); }
  const trace_record& last() const { return *steps.back(); }
};

// Whether a step ends a packet badly or leaves a request unanswered. What every host of a network sees of others'
// traffic (OTHERHOST, ARP requests for others) doesn't count.
bool is_trouble(const trace_record&);
// Whether the story ends in a neighbour's queue.
bool waits_for_neighbour(const packet_story&);

class trace_index {
 public:
  explicit trace_index(const path_recorder&, u64 from = 0);  // records from that number on

  const packet_story* find(u64 key) const;
  // The last story with trouble that the filter lets through; without any, the last that it lets through. Null:
  // nothing was recorded that it lets through.
  const packet_story* last(const trace_filter&, const node_names&) const;
  // Where the chain of causes begins: the request of a reply, the packet that waits for an ARP reply.
  const packet_story& root(const packet_story&) const;
  // The ARP requests by which a neighbour was sought the last time before record `until`, by their steps arp_send.
  // `waits`: a step neigh_resolve_output for that neighbour.
  std::vector<const trace_record*> solicitations(const trace_record& waits, u64 until) const;
  // All stories in the order of their first steps.
  std::vector<const packet_story*> in_order() const;

 private:
  void adopt_solicitations();
  std::map<u64, packet_story>
      stories_;  // by packet id, or by seq with the top bit where there is none
  std::vector<const trace_record*> requests_;  // arp_send, and neigh_update to INCOMPLETE
};

}  // namespace linnet
