// What a packetdrill script says, parsed but not judged: options, and events, each with its time and one of four
// actions (a packet, a system call, shell lines, code). Times are microseconds since the script's start; sequence
// numbers are the script's own, relative to each side's initial one.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/types.hh"

namespace linnet::packetdrill {

// Anything wrong with a script or with what it finds: the text names the file and line.
struct script_error : std::runtime_error {
  using runtime_error::runtime_error;
};

// ---- values: arguments of system calls and what they are to give

struct expr {
  enum class kind : u8 {
    ellipsis,  // ...
    integer,
    real,
    word,    // a symbol
    string,  // "abc", with its escapes undone
    binary,  // items[0] | items[1]
    list,    // [a, b]
    record,  // {name=value, (args) ...}
    call,    // htons(8080), inet_addr("1.2.3.4")
  };
  kind what = kind::ellipsis;
  s64 number = 0;
  double real = 0;
  std::string text{};
  std::vector<expr> items{};                            // of a binary, list, call or record
  std::vector<std::pair<std::string, size_t>> names{};  // of a record: a field's name and item
  const expr* field(std::string_view name) const {
    for (auto& [n, i] : names)
      if (n == name) return &items[i];
    return nullptr;
  }
  bool is(kind k) const { return what == k; }
};

// ---- packets

enum class protocol : u8 { tcp, udp, icmp };

struct tcp_option {
  u8 kind = 0;
  // MSS and scale; of time stamps the value and the echo; pairs of SACK edges.
  std::vector<u32> values{};
  std::vector<std::byte> cookie{};  // Fast Open's; MD5's digest; of unknown kinds all that follows
  bool experimental = false;        // Fast Open in option 254
  bool operator==(const tcp_option&) const = default;
};

struct packet_spec {
  bool inbound = false;
  protocol proto = protocol::tcp;
  // Of the IP header. ECN bits: ect01 is either of ECT(0) and ECT(1).
  enum class ecn : u8 { unchecked, no, ect0, ect1, ect01, ce } ecn_bits = ecn::unchecked;
  std::optional<u8> tos{}, ttl{};
  std::optional<u16> source{}, dest{};
  // TCP.
  u8 flags = 0;
  u32 seq = 0, end_seq = 0, length = 0;  // length also of UDP
  std::optional<u32> ack{};
  std::optional<u16> window{}, urg_ptr{};
  bool any_options = false;  // <...>
  std::vector<tcp_option> options{};
  // ICMP.
  u8 type = 0, code = 0;
  u32 mtu = 0;
  std::optional<u16> echo_id{};
  bool echoes_udp = false, echoes_tcp = false;  // what it quotes: length, or the sequence numbers
};

// ---- the other actions

struct syscall_spec {
  std::string name;
  std::vector<expr> args;
  expr result;
  std::string error;        // "EAGAIN"; empty: none
  std::optional<s64> ends;  // of a call that sleeps: when, measured as the event's time
};
struct command_spec {
  std::string text;
};
struct code_spec {
  std::string text;
};

struct event {
  enum class timing : u8 { absolute, relative, any, absolute_range, relative_range };
  timing when = timing::absolute;
  s64 time = 0, time_end = 0;
  int line = 0;
  std::variant<packet_spec, syscall_spec, command_spec, code_spec> action{};
};

struct script {
  std::string file;
  std::vector<std::pair<std::string, std::string>> options;  // --name=value
  std::optional<command_spec> init, cleanup;
  int init_line = 0, cleanup_line = 0;
  std::vector<event> events;
};

// Throws script_error.
script parse_script(std::string file, std::string_view text);

// A name of the system's headers (AF_INET, SO_REUSEADDR, EAGAIN, POLLIN, TCP_CA_Open ...).
std::optional<s64> symbol(std::string_view name);
// Of an errno, its name.
std::string errno_name(int e);

}  // namespace linnet::packetdrill
