// Packets in tcpdump's manner: `< [ect0] P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>`, `> udp (100)`,
// `< icmp unreachable frag_needed mtu 1000 [1:1461(1460)]`.
#include <linux/icmp.h>

#include <map>

#include "tests/support/packetdrill/packet.hh"
#include "tests/support/packetdrill/parser.hh"
#include "wire/tcp.hh"

namespace linnet::packetdrill {
namespace {

class packet_parser {
 public:
  explicit packet_parser(token_stream& s) : in_(s) {}

  packet_spec run() {
    p_.inbound = in_.take().text == "<";
    ip_info();
    if (in_.peek().what == token::kind::address || in_.at_word("ipv6") || in_.at_word("gre"))
      in_.fail("encapsulated packets and IPv6 are not known here");
    ports();
    if (in_.accept_word("udp"))
      udp();
    else if (in_.accept_word("icmp"))
      icmp();
    else
      tcp();
    return std::move(p_);
  }

 private:
  // [ect0], [tos 0x10, ttl 64], also in round brackets.
  void ip_info() {
    const bool square = in_.at_sign("["), round = in_.at_sign("(");
    if (!square && !round) return;
    in_.take();
    using ecn = packet_spec::ecn;
    static const std::map<std::string, ecn, std::less<>> bits = {{"noecn", ecn::no},
                                                                 {"ect0", ecn::ect0},
                                                                 {"ect1", ecn::ect1},
                                                                 {"ect01", ecn::ect01},
                                                                 {"ce", ecn::ce}};
    do {
      const token t = in_.take();
      if (const auto it = bits.find(t.text); it != bits.end())
        p_.ecn_bits = it->second;
      else if (t.text == "tos")
        p_.tos = in_.number<u8>("a type of service");
      else if (t.text == "ttl" || t.text == "hlim")
        p_.ttl = in_.number<u8>("a time to live");
      else
        in_.fail("'" + t.text + "' says nothing about an IP header");
    } while (in_.accept_sign(","));
    in_.expect_sign(square ? "]" : ")");
  }

  void ports() {
    if (in_.peek().what != token::kind::integer || !in_.at_sign(">", 1)) return;
    p_.source = in_.number<u16>("a port");
    in_.take();
    p_.dest = in_.number<u16>("a port");
  }

  void udp() {
    p_.proto = protocol::udp;
    ports();
    in_.expect_sign("(");
    p_.length = in_.number<u16>("a length");
    in_.expect_sign(")");
  }

  void icmp() {
    p_.proto = protocol::icmp;
    const std::string type = in_.take().text;
    const auto t = icmp_type(type);
    if (!t) in_.fail("'" + type + "' is no type of ICMP message");
    p_.type = *t;
    if (in_.peek().what == token::kind::word && !in_.at_word("mtu") && !in_.at_word("id")) {
      const std::string code = in_.peek().text;
      const auto c = icmp_code(p_.type, code);
      if (!c) in_.fail("'" + code + "' is no code of that ICMP message");
      p_.code = *c;
      in_.take();
    }
    if (in_.accept_word("mtu")) p_.mtu = in_.number<u32>("an MTU");
    if (in_.accept_word("id")) p_.echo_id = in_.number<u16>("an identifier");
    if (!in_.accept_sign("[")) return;
    if (in_.accept_word("udp")) {
      p_.echoes_udp = true;
      in_.expect_sign("(");
      p_.length = in_.number<u16>("a length");
      in_.expect_sign(")");
    } else {
      p_.echoes_tcp = true;
      sequence();
    }
    in_.expect_sign("]");
  }

  void tcp() {
    flags();
    sequence();
    if (in_.accept_word("ack")) {
      p_.ack = in_.number<u32>("a number");
      // `ack` alone stands for the flag too only where '.' is written; a disagreement is the script's mistake.
      if (!(p_.flags & TCPHDR_ACK)) in_.fail("'ack' without the flag '.'");
    } else if (p_.flags & TCPHDR_ACK) {
      in_.fail_at("'ack' and its number, for the flag '.'");
    }
    if (in_.accept_word("win")) p_.window = in_.number<u16>("a window");
    if (p_.inbound && !p_.window && !(p_.flags & TCPHDR_RST))
      in_.fail_at("a window of an inbound packet");
    if (in_.accept_word("urg")) p_.urg_ptr = in_.number<u16>("an urgent pointer");
    options();
  }

  void flags() {
    if (in_.accept_sign("-")) return;
    static const std::map<char, u8> by_letter = {
        {'F', TCPHDR_FIN}, {'S', TCPHDR_SYN}, {'R', TCPHDR_RST}, {'P', TCPHDR_PSH},
        {'.', TCPHDR_ACK}, {'U', TCPHDR_URG}, {'E', TCPHDR_ECE}, {'W', TCPHDR_CWR}};
    bool any = false;
    while (in_.peek().what == token::kind::word || in_.at_sign(".")) {
      if (any && in_.peek().spaced) break;
      for (const char c : in_.peek().text) {
        const auto it = by_letter.find(c);
        if (it == by_letter.end()) in_.fail_at("TCP's flags");
        p_.flags |= it->second;
      }
      in_.take();
      any = true;
    }
    if (!any) in_.fail_at("TCP's flags");
  }

  static constexpr u32 most = 65535 - 60 - 60;  // a packet with both headers' options

  void sequence() {
    p_.seq = in_.number<u32>("a sequence number");
    in_.expect_sign(":");
    p_.end_seq = in_.number<u32>("a sequence number");
    in_.expect_sign("(");
    p_.length = in_.number<u16>("a length");
    in_.expect_sign(")");
    if (p_.length > most) in_.fail("a segment longer than a packet");
    if (p_.end_seq - p_.seq != p_.length)
      in_.fail("the length is not that of the sequence numbers");
  }

  void options() {
    if (!in_.accept_sign("<")) return;
    if (in_.accept_sign("...")) {
      p_.any_options = true;
    } else {
      do p_.options.push_back(option());
      while (in_.accept_sign(","));
    }
    in_.expect_sign(">");
    if (p_.inbound && p_.any_options) in_.fail("<...> in an inbound packet");
    if (encode_options(p_.options).size() > 40) in_.fail("options longer than 40 bytes");
  }

  tcp_option option() {
    const token t = in_.take();
    tcp_option o;
    if (t.text == "nop") {
      o.kind = TCPOPT_NOP;
    } else if (t.text == "eol") {
      o.kind = TCPOPT_EOL;
    } else if (t.text == "mss") {
      o.kind = TCPOPT_MSS;
      o.values = {in_.number<u16>("a segment size")};
    } else if (t.text == "wscale") {
      o.kind = TCPOPT_WINDOW;
      o.values = {in_.number<u8>("a scale")};
    } else if (t.text == "sackOK") {
      o.kind = TCPOPT_SACK_PERM;
    } else if (t.text == "sack") {
      o.kind = TCPOPT_SACK;
      while (in_.peek().what == token::kind::integer) {
        o.values.push_back(in_.number<u32>("a sequence number"));
        in_.expect_sign(":");
        o.values.push_back(in_.number<u32>("a sequence number"));
      }
    } else if (t.text == "TS") {
      o.kind = TCPOPT_TIMESTAMP;
      if (!in_.accept_word("val")) in_.fail_at("'val'");
      o.values.push_back(in_.number<u32>("a time stamp"));
      if (!in_.accept_word("ecr")) in_.fail_at("'ecr'");
      o.values.push_back(in_.number<u32>("a time stamp"));
    } else if (t.text == "FO" || t.text == "FOEXP") {
      o.kind = t.text == "FO" ? tcpopt_fastopen : tcpopt_experimental;
      o.experimental = t.text == "FOEXP";
      if (!in_.at_sign(",") && !in_.at_sign(">")) o.cookie = hex(in_.take().text);
    } else if (t.text == "md5") {
      o.kind = tcpopt_md5;
      if (in_.at_sign(",") || in_.at_sign(">"))
        o.cookie.resize(16);
      else
        o.cookie = hex(in_.take().text);
    } else {
      in_.fail("'" + t.text + "' is no option of TCP");
    }
    return o;
  }

  std::vector<std::byte> hex(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::vector<std::byte> r;
    if (text.size() % 2) in_.fail("an odd number of hexadecimal digits");
    for (size_t i = 0; i < text.size(); i += 2) {
      const size_t hi = digits.find(static_cast<char>(text[i] | 0x20)),
                   lo = digits.find(static_cast<char>(text[i + 1] | 0x20));
      if (hi == digits.npos || lo == digits.npos)
        in_.fail("'" + std::string(text) + "' is not hexadecimal");
      r.push_back(static_cast<std::byte>(hi << 4 | lo));
    }
    return r;
  }

  token_stream& in_;
  packet_spec p_;
};

}  // namespace

packet_spec parse_packet(token_stream& in) { return packet_parser(in).run(); }

}  // namespace linnet::packetdrill
