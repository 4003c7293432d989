// System calls of a script: arguments made from what is written, the call itself, and what it gave compared with what
// the script says. A call may end later than it begins, so making, running and judging are three steps.
#pragma once

#include <netinet/in.h>

#include <functional>
#include <list>
#include <map>
#include <string>

#include "tests/support/packetdrill/flow.hh"
#include "tests/support/packetdrill/kernel.hh"

namespace linnet::packetdrill {

// What calls and packets share: descriptors by the script's numbers, and connections.
struct state {
  state(kernel& k_, const addresses& a_) : k(k_), a(a_) {}
  kernel& k;
  addresses a;
  u16 bind_port = 8080, connect_port = 8080, next_remote_port = 40000;
  std::map<int, int> fds{};  // the script's number: the real one
  std::map<int, flow*> flow_of{};
  std::map<int, int> type_of{};
  std::list<flow> flows{};
  flow* current = nullptr;  // what packets without ports belong to
  bool listening = false;   // the current one waits for a SYN
  int tested_fd = -1;       // the real number that code's TCP_INFO is of

  flow& new_flow(u16 local_port, u16 remote_port);
};

struct prepared_call {
  std::function<s64()> run;
  // Given what it returned; empty: as the script has it.
  std::function<std::string(s64 value, int error)> check;
};

// Throws script_error without file and line.
prepared_call prepare(state&, const syscall_spec&);

// ---- values, for the files that make calls

// An integer, a name or several of them joined.
s64 integer_of(const expr&);
int fd_of(state&, const expr&);
[[noreturn]] void bad_argument(const std::string& what);

prepared_call prepare_io(state&, const syscall_spec&);      // reading and writing
prepared_call prepare_option(state&, const syscall_spec&);  // getsockopt, setsockopt, ioctl, fcntl
prepared_call prepare_events(state&, const syscall_spec&);  // poll, epoll

// `...`, {sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr("1.2.3.4")}; the default for `...`.
sockaddr_in address_of(const expr&, const sockaddr_in& otherwise);
sockaddr_in make_address(be32 addr, u16 port);

}  // namespace linnet::packetdrill
