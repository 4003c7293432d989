// Sorting records into stories.
#include "trace/story.hh"

#include <linux/if_arp.h>
#include <linux/neighbour.h>

#include <algorithm>

#include "net/core/world.hh"

namespace linnet {
namespace {

constexpr u64 no_packet = u64{1} << 63;  // in keys: the rest is a record's seq

bool is_local_failure(const trace_record& r) {
  return r.point == tp::ip_route_output || r.point == tp::ip_append_data;
}

bool usable(u32 nud_state) {
  return nud_state &
         (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY);
}

}  // namespace

std::string namespace_names::operator()(u32 inum) const {
  if (w_.init_net && inum == w_.init_net->inum) return "init";
  const auto it = w_.nets.find(inum);
  if (it != w_.nets.end() && w_.net_name) {
    if (std::string name = w_.net_name(*it->second); !name.empty()) return last_[inum] = name;
  }
  const auto before = last_.find(inum);
  if (before != last_.end()) return before->second;
  return inum ? "net:[" + std::to_string(inum) + "]" : "-";
}

bool namespace_names::known(std::string_view name) const {
  return std::ranges::any_of(w_.nets, [&](auto& n) { return (*this)(n.first) == name; });
}

bool is_trouble(const trace_record& r) {
  using enum skb_drop_reason;
  switch (r.point) {
    case tp::kfree_skb:
      return r.reason != OTHERHOST && r.reason != UNHANDLED_PROTO && r.reason != QUEUE_PURGE &&
             r.reason != SOCKET_CLOSE && r.reason != consumed;
    case tp::arp_process:
      return r.match.note != trace_note::answered && r.match.note != trace_note::not_ours;
    case tp::icmp_rcv: return r.match.note != trace_note::none;
    default: return is_local_failure(r);
  }
}

bool waits_for_neighbour(const packet_story& s) {
  const trace_record& r = s.last();
  return r.point == tp::neigh_resolve_output && !usable(r.match.b);
}

trace_index::trace_index(const path_recorder& rec, u64 from) {
  for (u64 seq = std::max(from, rec.oldest()); seq < rec.next(); ++seq) {
    const trace_record& r = rec.at(seq);
    const bool sought = r.point == tp::neigh_update && r.match.c == NUD_INCOMPLETE;
    if (sought || (r.point == tp::arp_send && r.match.c == ARPOP_REQUEST)) requests_.push_back(&r);
    const u64 key = r.skb_id ? r.skb_id : is_local_failure(r) ? no_packet | seq : 0;
    if (!key) continue;
    packet_story& s = stories_[key];
    s.id = r.skb_id;
    s.steps.push_back(&r);
    if (is_trouble(r)) s.trouble = seq;
    if (r.match.other && r.match.other != key) s.parent = r.match.other;
  }
  for (auto& [key, s] : stories_) {
    if (!s.trouble && waits_for_neighbour(s)) s.trouble = s.last().seq;
    if (!s.parent) continue;
    const auto it = stories_.find(s.parent);
    if (it != stories_.end())
      it->second.children.push_back(key);
    else
      s.parent = 0;  // older than the ring
  }
  adopt_solicitations();
  for (auto& [key, s] : stories_) {
    std::ranges::sort(s.children, {}, [this](u64 k) { return stories_.at(k).first().seq; });
  }
}

// A request is sent for the packet that waits last; all others that wait for the same address need it as well.
void trace_index::adopt_solicitations() {
  for (auto& [key, s] : stories_) {
    const trace_record* waits = nullptr;
    for (const trace_record* r : s.steps)
      if (r->point == tp::neigh_resolve_output && !usable(r->match.b)) waits = r;
    if (!waits) continue;
    const u64 until = waits_for_neighbour(s) ? ~u64{0} : s.last().seq;
    for (const trace_record* r : solicitations(*waits, until)) {
      if (std::ranges::find(s.children, r->skb_id) == s.children.end())
        s.children.push_back(r->skb_id);
    }
  }
}

const packet_story* trace_index::find(u64 key) const {
  const auto it = stories_.find(key);
  return it == stories_.end() ? nullptr : &it->second;
}

const packet_story* trace_index::last(const trace_filter& f, const node_names& names) const {
  const packet_story *troubled = nullptr, *newest = nullptr;
  for (auto& [key, s] : stories_) {
    const bool newer = !newest || s.last().seq > newest->last().seq;
    const bool worse = s.trouble && (!troubled || s.trouble > troubled->trouble);
    if ((!newer && !worse) || !f.matches(s.steps, names)) continue;
    if (newer) newest = &s;
    if (worse) troubled = &s;
  }
  return troubled ? troubled : newest;
}

const packet_story& trace_index::root(const packet_story& s) const {
  const packet_story* at = &s;
  for (int hops = 0; at->parent && hops < 16; ++hops) {
    const packet_story* up = find(at->parent);
    if (!up) break;
    at = up;
  }
  return *at;
}

std::vector<const trace_record*> trace_index::solicitations(const trace_record& waits,
                                                            u64 until) const {
  std::vector<const trace_record*> out;
  for (const trace_record* r : requests_) {
    const bool same =
        r->net_inum == waits.net_inum && r->ifindex == waits.ifindex && r->match.a == waits.match.a;
    if (!same || r->seq > until) continue;
    if (r->point == tp::neigh_update)
      out.clear();
    else
      out.push_back(r);
  }
  return out;
}

std::vector<const packet_story*> trace_index::in_order() const {
  std::vector<const packet_story*> out;
  out.reserve(stories_.size());
  for (auto& [key, s] : stories_) out.push_back(&s);
  std::ranges::sort(out, {}, [](const packet_story* s) { return s->first().seq; });
  return out;
}

}  // namespace linnet
