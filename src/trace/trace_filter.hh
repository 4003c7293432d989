// What packets to show: a small language after tcpdump's.
//
//   host ADDR       src ADDR       dst ADDR        an address, of ARP too; "src host ADDR" is the same as "src ADDR"
//   net ADDR/LEN    src net ...    dst net ...     a prefix
//   port N          src port N     dst port N      of UDP and TCP
//   ip arp icmp udp tcp                            a protocol
//   dev NAME        node NAME                      where it passed: a device, a namespace
//   drop            reason NAME                    what became of it: dropped, for a reason by Linux's name
//   not E  ! E      E and E  E && E  E E      E or E  E || E      ( E )
//
// Each word is asked of the packet, not of a step: "dev eth1 drop" is a packet that passed eth1 and was dropped
// somewhere; "not drop" one that was dropped nowhere.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/record.hh"

namespace linnet {

// Gives a namespace's name by its inode number.
using node_names = std::function<std::string(u32 inum)>;

class trace_filter {
 public:
  trace_filter() = default;  // matches everything

  // The error says which word is wrong, and what could stand there.
  static std::expected<trace_filter, std::string> parse(std::span<const std::string> words);

  bool empty() const { return program_.empty(); }
  bool matches(std::span<const trace_record* const> steps, const node_names& names) const;

 private:
  enum class op : u8 {
    address,
    port,
    ethertype,
    protocol,
    dev,
    node,
    drop,
    reason,
    not_,
    and_,
    or_
  };
  enum class side : u8 { any, src, dst };
  // In postfix order.
  struct instruction {
    op what;
    side which = side::any;
    u32 value = 0, mask = ~u32{0};
    std::string name;
  };
  struct parser;
  static bool holds(const instruction&, const trace_record&, const node_names&);

  std::vector<instruction> program_;
};

}  // namespace linnet
