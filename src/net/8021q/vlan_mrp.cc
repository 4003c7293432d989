// The applicants' state machines as tables, their timers and their frames. A declaration is said twice within some 200
// ms; MVRP repeats it every second, and both when somebody says that he has forgotten it.
#include "net/8021q/vlan_mrp.hh"

#include <algorithm>
#include <cstring>

#include "net/core/dev.hh"
#include "net/core/world.hh"
#include "wire/ethernet.hh"

namespace linnet {
namespace {

// Very anxious, anxious, quiet or leaving; active, passive or observing; MRP has no VA.
enum state : u8 { VO, VP, AA, QA, LA, AO, QO, AP, QP, VA, states };
enum event_of : u8 {
  req_join,
  req_leave,
  tx,
  r_join_in,
  r_join_empty,
  r_empty,
  r_leave_in,
  r_leave_empty,
  periodic,
  events
};
struct step {
  event_of event;
  state from, to;
};
using machine = std::array<std::array<u8, states>, events>;

template <size_t N>
constexpr machine make(const step (&steps)[N]) {
  machine m{};
  for (auto& row : m)
    for (u8 s = 0; s < states; ++s) row[s] = s;
  for (const step& s : steps) m[s.event][s.from] = s.to;
  return m;
}

// IEEE 802.1D-1998, table 12-3.
constexpr machine garp = make({
    {req_join, VO, VP},
    {req_join, AO, AP},
    {req_join, QO, QP},
    {req_join, LA, VA},
    {req_leave, VP, VO},
    {req_leave, VA, LA},
    {req_leave, AA, LA},
    {req_leave, QA, LA},
    {req_leave, AP, AO},
    {req_leave, QP, QO},
    {tx, VP, AA},
    {tx, VA, AA},
    {tx, AA, QA},
    {tx, LA, VO},
    {tx, AP, QA},
    {r_join_in, VO, AO},
    {r_join_in, VP, AP},
    {r_join_in, VA, AA},
    {r_join_in, AA, QA},
    {r_join_in, AO, QO},
    {r_join_in, AP, QP},
    {r_join_empty, AA, VA},
    {r_join_empty, QA, VA},
    {r_join_empty, LA, VO},
    {r_join_empty, AO, VO},
    {r_join_empty, QO, VO},
    {r_join_empty, AP, VP},
    {r_join_empty, QP, VP},
    {r_empty, AA, VA},
    {r_empty, QA, VA},
    {r_empty, AO, VO},
    {r_empty, QO, VO},
    {r_empty, AP, VP},
    {r_empty, QP, VP},
    {r_leave_in, AA, VA},
    {r_leave_in, QA, VA},
    {r_leave_in, AO, VO},
    {r_leave_in, QO, VO},
    {r_leave_in, AP, VP},
    {r_leave_in, QP, VP},
    {r_leave_empty, VA, VP},
    {r_leave_empty, AA, VP},
    {r_leave_empty, QA, VP},
    {r_leave_empty, LA, VO},
    {r_leave_empty, AO, VO},
    {r_leave_empty, QO, VO},
    {r_leave_empty, AP, VP},
    {r_leave_empty, QP, VP},
});

// IEEE 802.1Q-2011, table 10-3, without New.
constexpr machine mrp = make({
    {req_join, VO, VP},
    {req_join, AO, AP},
    {req_join, QO, QP},
    {req_join, LA, AA},
    {req_leave, VP, VO},
    {req_leave, AA, LA},
    {req_leave, QA, LA},
    {req_leave, AP, AO},
    {req_leave, QP, QO},
    {tx, VP, AA},
    {tx, AA, QA},
    {tx, LA, VO},
    {tx, AP, QA},
    {r_join_in, VO, AO},
    {r_join_in, VP, AP},
    {r_join_in, AA, QA},
    {r_join_in, AO, QO},
    {r_join_in, AP, QP},
    {r_join_empty, QA, AA},
    {r_join_empty, QO, AO},
    {r_join_empty, QP, AP},
    {r_empty, QA, AA},
    {r_empty, QO, AO},
    {r_empty, QP, AP},
    {r_leave_empty, AA, VP},
    {r_leave_empty, QA, VP},
    {r_leave_empty, AO, VO},
    {r_leave_empty, QO, VO},
    {r_leave_empty, AP, VP},
    {r_leave_empty, QP, VP},
    {periodic, QA, AA},
    {periodic, QP, AP},
});

constexpr ktime join_time = 200 * ns_per_ms, periodic_time = ns_per_sec;
constexpr hw_addr group_address = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x21};
constexpr std::byte llc_header[] = {std::byte{0x42}, std::byte{0x42}, std::byte{0x03}};
constexpr u8 attr_vid = 1;  // the only type of either protocol
constexpr size_t vid_len = 2;
enum garp_event : u8 { leave_all, join_empty, join_in, leave_empty, leave_in, empty };
enum mrp_event : u8 { new_, mrp_join_in, in, join_mt, mt, leave };
constexpr unsigned leave_all_shift = 13;

bool says(u8 s) { return s == VP || s == VA || s == AA || s == AP || s == LA; }

void put8(std::vector<std::byte>& out, unsigned v) { out.push_back(static_cast<std::byte>(v)); }
void put16(std::vector<std::byte>& out, unsigned v) {
  put8(out, v >> 8);
  put8(out, v & 255);
}

}  // namespace

mrp_applicant::mrp_applicant(net_device& real, mrp_protocol p)
    : real_(real),
      protocol_(p),
      join_timer_(*this,
                  [](timer& t) {
                    mrp_applicant& a = static_cast<own_timer&>(t).owner;
                    a.transmit();
                    a.arm();
                  }),
      periodic_timer_(*this, [](timer& t) {
        mrp_applicant& a = static_cast<own_timer&>(t).owner;
        a.event_for_all(periodic);
        a.arm();
      }) {
  dev_mc_add(real_, group_address);
}

mrp_applicant::~mrp_applicant() {
  for (own_timer* t : {&join_timer_, &periodic_timer_})
    if (t->on) t->on->timers.del(*t);
  transmit();
  dev_mc_del(real_, group_address);
}

void mrp_applicant::arm(own_timer& t, ktime delay) {
  if (t.pending()) return;
  t.on = &real_.nd_net->c;
  t.on->timers.mod(t, real_.nd_net->w.now() + delay);
}

void mrp_applicant::arm() {
  if (std::ranges::any_of(attrs_, says, &attr::state))
    arm(join_timer_, real_.nd_net->c.rand.below(join_time / ns_per_ms) * ns_per_ms);
  const auto quiet = [](u8 s) { return s == QA || s == QP; };
  if (protocol_ == mrp_protocol::mvrp && std::ranges::any_of(attrs_, quiet, &attr::state))
    arm(periodic_timer_, periodic_time);
}

mrp_applicant::attr* mrp_applicant::find(u16 vid) {
  const auto it = std::ranges::lower_bound(attrs_, vid, {}, &attr::vid);
  return it != attrs_.end() && it->vid == vid ? &*it : nullptr;
}

void mrp_applicant::event(attr& a, u8 event) {
  a.state = (protocol_ == mrp_protocol::gvrp ? garp : mrp)[event][a.state];
}
void mrp_applicant::event_for_all(u8 what) {
  for (attr& a : attrs_) event(a, what);
}

void mrp_applicant::request_join(u16 vid) {
  attr* a = find(vid);
  if (!a) a = &*attrs_.insert(std::ranges::lower_bound(attrs_, vid, {}, &attr::vid), attr{vid, VO});
  event(*a, req_join);
  arm();
}

void mrp_applicant::request_leave(u16 vid) {
  if (attr* a = find(vid)) event(*a, req_leave);
  arm();
}

// ---- frames

// All that there is to say, in one frame; what was taken back is forgotten.
void mrp_applicant::transmit() {
  std::vector<attr> said;
  for (attr& a : attrs_) {
    if (says(a.state)) said.push_back(a);
    event(a, tx);
  }
  if (said.empty()) return;
  send(protocol_ == mrp_protocol::gvrp ? garp_pdu(said) : mrp_pdu(said));
  for (const attr& s : said)
    if (s.state == LA) std::erase_if(attrs_, [&](const attr& a) { return a.vid == s.vid; });
}

// Each attribute with its own length and event; an empty one ends the list, another the frame.
std::vector<std::byte> mrp_applicant::garp_pdu(const std::vector<attr>& said) const {
  std::vector<std::byte> out(std::begin(llc_header), std::end(llc_header));
  put16(out, 1);  // the protocol's number
  put8(out, attr_vid);
  for (const attr& a : said) {
    put8(out, 2 + vid_len);
    put8(out, a.state == LA ? leave_empty : join_in);
    put16(out, a.vid);
  }
  put16(out, 0);
  return out;
}

// Runs of VLANs that follow each other: how many, the first, and their events, three in a byte.
std::vector<std::byte> mrp_applicant::mrp_pdu(const std::vector<attr>& said) const {
  std::vector<std::byte> out;
  put8(out, 0);  // version
  put8(out, attr_vid);
  put8(out, vid_len);
  for (size_t i = 0; i < said.size();) {
    size_t end = i + 1;
    while (end < said.size() && said[end].vid == said[i].vid + (end - i)) ++end;
    put16(out, static_cast<unsigned>(end - i));
    put16(out, said[i].vid);
    for (; i < end; i += 3) {
      unsigned packed = 0;
      for (size_t k = i; k < i + 3; ++k) {
        const unsigned e = k >= end ? 0 : said[k].state == LA ? leave : mrp_join_in;
        packed = packed * 6 + e;
      }
      put8(out, packed);
    }
    i = end;
  }
  put16(out, 0);
  put16(out, 0);
  return out;
}

void mrp_applicant::send(const std::vector<std::byte>& pdu) {
  const bool gvrp = protocol_ == mrp_protocol::gvrp;
  const u32 len = static_cast<u32>(pdu.size());
  skb_ptr p = alloc_skb(real_.nd_net->c, skb_default_headroom + len);
  skb_reserve(*p, skb_default_headroom);
  skb_put_data(*p, pdu);
  p->dev = &real_;
  p->local = 1;
  p->protocol = be16(static_cast<u16>(gvrp ? ETH_P_802_2 : ETH_P_MVRP));
  p->reset_network_header();
  // Before LLC's header stands the length.
  const u16 type = static_cast<u16>(gvrp ? len : u32{ETH_P_MVRP});
  if (!real_.header_ops ||
      !real_.header_ops->create(*p, real_, type, group_address.data(), real_.dev_addr.data()))
    return kfree_skb_reason(std::move(p), skb_drop_reason::DEV_HDR);
  sk_buff_head one;
  one.enqueue(std::move(p));
  dev_queue_xmit(real_, std::move(one));
}

// ---- what others say

void mrp_applicant::receive(const sk_buff& s) {
  const const_bytes pdu{s.data, s.len()};
  if (protocol_ == mrp_protocol::gvrp)
    receive_garp(pdu);
  else
    receive_mrp(pdu);
  arm();
}

void mrp_applicant::receive_garp(const_bytes pdu) {
  constexpr size_t head = sizeof llc_header + 2;
  if (pdu.size() < head || std::memcmp(pdu.data(), llc_header, sizeof llc_header) != 0 ||
      be16::load(pdu.data() + sizeof llc_header).host() != 1)
    return;
  constexpr u8 heard[] = {r_leave_empty, r_join_empty, r_join_in,
                          r_leave_empty, r_leave_in,   r_empty};
  const auto at = [&](size_t i) { return i < pdu.size() ? std::to_integer<u8>(pdu[i]) : u8{0}; };
  size_t i = head;
  while (const u8 type = at(i++)) {
    for (u8 len; (len = at(i)) != 0; i += len) {
      if (len < 2 || i + len > pdu.size()) return;
      const u8 what = at(i + 1);
      if (type != attr_vid || what > empty) continue;
      if (what == leave_all) {
        event_for_all(r_leave_empty);
      } else if (len == 2 + vid_len) {
        if (attr* a = find(be16::load(pdu.data() + i + 2).host())) event(*a, heard[what]);
      }
    }
    ++i;
  }
}

// One run of VLANs; how many bytes it has, 0 when it doesn't end in the frame.
size_t mrp_applicant::receive_vector(const_bytes v, u8 type, size_t attr_len) {
  if (v.size() < 2) return 0;
  const u16 head = be16::load(v.data()).host();
  const size_t n = head & ((1u << leave_all_shift) - 1), size = 2 + attr_len + (n + 2) / 3;
  if (v.size() < size) return 0;
  if (head >> leave_all_shift) event_for_all(r_leave_empty);
  if (type != attr_vid || attr_len != vid_len) return size;
  const u16 first = be16::load(v.data() + 2).host();
  for (size_t i = 0; i < n; ++i) {
    const unsigned packed = std::to_integer<u8>(v[2 + attr_len + i / 3]);
    const unsigned e = i % 3 == 0 ? packed / 36 : i % 3 == 1 ? packed / 6 % 6 : packed % 6;
    attr* a = find(static_cast<u16>(first + i));
    if (!a) continue;
    switch (e) {
      case mrp_join_in: event(*a, r_join_in); break;
      case join_mt: event(*a, r_join_empty); break;
      case mt: event(*a, r_empty); break;
      case leave: event(*a, r_leave_empty); break;
      default: break;
    }
  }
  return size;
}

void mrp_applicant::receive_mrp(const_bytes pdu) {
  if (pdu.empty() || std::to_integer<u8>(pdu[0]) != 0) return;
  pdu = pdu.subspan(1);
  while (pdu.size() >= 2 && be16::load(pdu.data()).raw() != 0) {
    const u8 type = std::to_integer<u8>(pdu[0]), len = std::to_integer<u8>(pdu[1]);
    pdu = pdu.subspan(2);
    while (pdu.size() >= 2 && be16::load(pdu.data()).raw() != 0) {
      const size_t size = receive_vector(pdu, type, len);
      if (!size) return;
      pdu = pdu.subspan(size);
    }
    if (pdu.size() < 2) return;
    pdu = pdu.subspan(2);
  }
}

// ---- VLANs

namespace {

template <class F>
void for_each_wanted(vlan_dev& v, u32 which, F&& f) {
  net_device& real = *v.real_dev;
  if (v.vlan_proto != be16(ETH_P_8021Q) || !real.vlan_info) return;
  vlan_group& g = vlan_group_of(real);
  if (which & VLAN_FLAG_GVRP) f(g.gvrp);
  if (which & VLAN_FLAG_MVRP) f(g.mvrp);
}

void rcv(sk_buff_head&& list, net_device& dev, mrp_applicant vlan_group::* which) {
  while (skb_ptr p = list.dequeue()) {
    if (dev.vlan_info && std::memcmp(p->mac(), group_address.data(), ETH_ALEN) == 0)
      (vlan_group_of(dev).*which).receive(*p);
    consume_skb(std::move(p));
  }
}

packet_type garp_packet_type = {
    .type = be16(ETH_P_802_2),
    .list_func = [](sk_buff_head&& l, net_device& d) { rcv(std::move(l), d, &vlan_group::gvrp); }};
packet_type mrp_packet_type = {
    .type = be16(u16{ETH_P_MVRP}),
    .list_func = [](sk_buff_head&& l, net_device& d) { rcv(std::move(l), d, &vlan_group::mvrp); }};

}  // namespace

void vlan_request_join(vlan_dev& v, u32 which) {
  for_each_wanted(v, which, [&](mrp_applicant& a) { a.request_join(v.vlan_id); });
}
void vlan_request_leave(vlan_dev& v, u32 which) {
  for_each_wanted(v, which, [&](mrp_applicant& a) { a.request_leave(v.vlan_id); });
}

void vlan_mrp_load(world& w) {
  if (std::ranges::find(w.ptypes, &mrp_packet_type) != w.ptypes.end()) return;
  w.ptypes.push_back(&garp_packet_type);
  w.ptypes.push_back(&mrp_packet_type);
}

}  // namespace linnet
