// The options' layout, shared by packets that arrive and by what programs set.
#pragma once

#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_options.hh"

namespace linnet {

// One option with a pointer (RFC 791: record route, source routes, time stamp), by its place in a header. Offsets in it
// are counted from 1, as the pointer does.
class ip_option_view {
 public:
  explicit ip_option_view(std::byte* at) : at_(at) {}
  ip_option_view(const sk_buff& s, u8 offset) : at_(s.network() + offset) {}
  u8 kind() const { return std::to_integer<u8>(at_[0]); }
  u8 len() const { return std::to_integer<u8>(at_[1]); }
  u8 ptr() const { return std::to_integer<u8>(at_[2]); }
  u8 flags() const { return std::to_integer<u8>(at_[3]); }  // of a time stamp: overflow and form
  void set_ptr(u8 v) const { at_[2] = std::byte{v}; }
  void set_flags(u8 v) const { at_[3] = std::byte{v}; }
  be32 addr(u32 i) const { return be32::load(at_ + i - 1); }
  void set_addr(u32 i, be32 v) const { std::memcpy(at_ + i - 1, &v, sizeof v); }

 private:
  std::byte* at_;
};

// What the parser asks of whoever has the options, and what it may fill in.
struct ip_option_reader {
  virtual be32 own_address() = 0;     // to enter in a record; asked for in arrived packets only
  virtual bool is_foreign(be32) = 0;  // another host's unicast address
  virtual u32 now() = 0;              // milliseconds since midnight UT
  bool arrived = true;                // a packet; else what a program gives, stricter
  bool privileged = true;             // may use what the stack doesn't know

 protected:
  ~ip_option_reader() = default;
};

// Reads the options behind the fixed header in `header` (an empty one is all zero) into `opt`.
option_fault ip_options_parse(ip_option_reader&, bytes header, ip_options& opt);

// RFC 791's time stamp of this moment.
u32 inet_current_timestamp(const net&);

}  // namespace linnet
