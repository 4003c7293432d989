// GVRP and MVRP (`ip link set v5 type vlan gvrp on`): the network hears which VLANs this host wants to take part in, and
// may send it only those. Each device with VLANs has an applicant of each protocol (IEEE 802.1D-1998 §12, GARP; IEEE
// 802.1Q-2011 §10, MRP): it declares, and keeps to itself what others declare.
#pragma once

#include <vector>

#include "net/8021q/vlan.hh"
#include "time/timer.hh"

namespace linnet {

struct cpu;

enum class mrp_protocol : u8 { gvrp, mvrp };

// A device's declarations by one protocol (struct garp_applicant, struct mrp_applicant).
class mrp_applicant {
 public:
  mrp_applicant(net_device& real, mrp_protocol);
  mrp_applicant(const mrp_applicant&) = delete;
  mrp_applicant& operator=(const mrp_applicant&) = delete;
  ~mrp_applicant();  // takes back at once what is still to be taken back

  void request_join(u16 vid);
  void request_leave(u16 vid);
  // What another says; data stands behind the link-layer header.
  void receive(const sk_buff&);

 private:
  struct attr {
    u16 vid;
    u8 state;
  };
  struct own_timer : timer {
    own_timer(mrp_applicant& a, function f) : timer(f), owner(a) {}
    mrp_applicant& owner;
    cpu* on = nullptr;  // whose wheel it stands in
  };

  attr* find(u16 vid);
  void event(attr&, u8 event);
  void event_for_all(u8 what);
  void transmit();
  void send(const std::vector<std::byte>& pdu);
  std::vector<std::byte> garp_pdu(const std::vector<attr>& said) const;
  std::vector<std::byte> mrp_pdu(const std::vector<attr>& said) const;
  void receive_garp(const_bytes pdu);
  void receive_mrp(const_bytes pdu);
  size_t receive_vector(const_bytes vector, u8 type, size_t attr_len);
  void arm();
  void arm(own_timer&, ktime delay);

  net_device& real_;
  const mrp_protocol protocol_;
  std::vector<attr> attrs_;  // by VLAN
  own_timer join_timer_, periodic_timer_;
};

// What a device with VLANs has (struct vlan_info): its VLANs' devices and both applicants.
struct vlan_group : vlan_info {
  explicit vlan_group(net_device& real)
      : gvrp(real, mrp_protocol::gvrp), mvrp(real, mrp_protocol::mvrp) {}
  // Members go in reverse: what MVRP says last is said first.
  mrp_applicant gvrp, mvrp;
};
inline vlan_group& vlan_group_of(net_device& real) {
  return static_cast<vlan_group&>(*real.vlan_info);
}

// Declares or takes back a VLAN by those protocols that its flags name (vlan_gvrp_request_join and the like); `which`:
// VLAN_FLAG_GVRP, VLAN_FLAG_MVRP or both.
void vlan_request_join(vlan_dev&, u32 which);
void vlan_request_leave(vlan_dev&, u32 which);
// From the first VLAN of a world on, its devices hear both protocols.
void vlan_mrp_load(world&);

}  // namespace linnet
