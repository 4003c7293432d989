// Bytes to fields and back, and fields to text.
#include "tests/support/packetdrill/packet.hh"

#include <linux/icmp.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/checksum.hh"
#include "wire/icmp.hh"
#include "wire/ip.hh"
#include "wire/tcp.hh"
#include "wire/udp.hh"

namespace linnet::packetdrill {
namespace {

using buffer = std::vector<std::byte>;

constexpr u16 fastopen_magic = 0xf989;  // RFC 7413's experimental option

void put(buffer& b, u64 v, int n) {
  while (n) b.push_back(static_cast<std::byte>(v >> (8 * --n)));
}
u32 get(const_bytes b, size_t at, int n) {
  u32 v = 0;
  for (int i = 0; i < n; ++i) v = v << 8 | std::to_integer<u32>(b[at + static_cast<size_t>(i)]);
  return v;
}
template <class T>
void append(buffer& b, const T& header) {
  const auto s = std::as_bytes(std::span(&header, 1));
  b.insert(b.end(), s.begin(), s.end());
}

u8 number_of(protocol p) {
  switch (p) {
    case protocol::tcp: return IPPROTO_TCP;
    case protocol::udp: return IPPROTO_UDP;
    case protocol::icmp: break;
  }
  return IPPROTO_ICMP;
}

// Behind the IP header; what ICMP quotes has no valid sum, and needs none.
buffer encode_transport(const packet_fields& p) {
  buffer b;
  size_t check_at = 0;
  if (p.proto == protocol::tcp) {
    const buffer options = encode_options(p.options);
    tcphdr h{};
    h.source = p.source;
    h.dest = p.dest;
    h.seq = p.seq;
    h.ack_seq = p.ack;
    h.set_header_len(static_cast<u32>(sizeof h + options.size()));
    h.flags = p.flags;
    h.window = p.window;
    h.urg_ptr = p.urg_ptr;
    append(b, h);
    b.insert(b.end(), options.begin(), options.end());
    check_at = offsetof(tcphdr, check);
  } else if (p.proto == protocol::udp) {
    append(b,
           udphdr{p.source, p.dest, static_cast<u16>(sizeof(udphdr) + p.payload.size()), be16()});
    check_at = offsetof(udphdr, check);
  } else {
    icmphdr h{p.type, p.code, be16(), be16(), be16()};
    h.set_info(p.info);
    append(b, h);
    check_at = offsetof(icmphdr, checksum);
  }
  b.insert(b.end(), p.payload.begin(), p.payload.end());
  const u32 pseudo =
      p.proto == protocol::icmp
          ? 0
          : csum_tcpudp_nofold(p.saddr, p.daddr, static_cast<u32>(b.size()), number_of(p.proto), 0);
  const be16 sum = csum_fold(csum_partial(b.data(), b.size(), pseudo));
  std::memcpy(b.data() + check_at, &sum, sizeof sum);
  return b;
}

template <class T>
std::optional<T> header(const_bytes b) {
  if (b.size() < sizeof(T)) return {};
  T h;
  std::memcpy(&h, b.data(), sizeof h);
  return h;
}

bool decode_transport(packet_fields& p, const_bytes b, u32 whole) {
  size_t length = 0;
  if (p.proto == protocol::tcp) {
    const auto h = header<tcphdr>(b);
    if (!h || h->header_len() < sizeof(tcphdr)) return false;
    p.source = h->source.host();
    p.dest = h->dest.host();
    p.seq = h->seq.host();
    p.ack = h->ack_seq.host();
    p.flags = h->flags;
    p.window = h->window.host();
    p.urg_ptr = h->urg_ptr.host();
    length = std::min<size_t>(h->header_len(), b.size());
    p.options = decode_options(b.subspan(sizeof(tcphdr), length - sizeof(tcphdr)));
  } else if (p.proto == protocol::udp) {
    const auto h = header<udphdr>(b);
    if (!h) return false;
    p.source = h->source.host();
    p.dest = h->dest.host();
    length = sizeof *h;
  } else {
    const auto h = header<icmphdr>(b);
    if (!h) return false;
    p.type = h->type;
    p.code = h->code;
    p.info = h->info().host();
    length = sizeof *h;
  }
  p.payload.assign(b.begin() + static_cast<std::ptrdiff_t>(length), b.end());
  if (b.size() != whole) return true;  // quoted
  const u32 pseudo = p.proto == protocol::icmp
                         ? 0
                         : csum_tcpudp_nofold(p.saddr, p.daddr, whole, number_of(p.proto), 0);
  const bool none = p.proto == protocol::udp && header<udphdr>(b)->check.raw() == 0;
  if (!none && csum_fold(csum_partial(b.data(), b.size(), pseudo)).raw() != 0)
    p.checksums_ok = false;
  return true;
}

std::string hex(const_bytes b) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string r;
  for (const std::byte x : b) {
    r += digits[std::to_integer<u8>(x) >> 4];
    r += digits[std::to_integer<u8>(x) & 15];
  }
  return r;
}

std::string describe_option(const tcp_option& o) {
  const auto v = [&](size_t i) { return std::to_string(o.values[i]); };
  switch (o.kind) {
    case TCPOPT_NOP: return "nop";
    case TCPOPT_EOL: return "eol";
    case TCPOPT_MSS: return "mss " + v(0);
    case TCPOPT_WINDOW: return "wscale " + v(0);
    case TCPOPT_SACK_PERM: return "sackOK";
    case TCPOPT_SACK: {
      std::string r = "sack";
      for (size_t i = 0; i + 1 < o.values.size(); i += 2) r += " " + v(i) + ":" + v(i + 1);
      return r;
    }
    case TCPOPT_TIMESTAMP: return "TS val " + v(0) + " ecr " + v(1);
    case tcpopt_md5: return "md5 " + hex(o.cookie);
    case tcpopt_fastopen: return o.cookie.empty() ? "FO" : "FO " + hex(o.cookie);
    default: break;
  }
  if (o.experimental) return o.cookie.empty() ? "FOEXP" : "FOEXP " + hex(o.cookie);
  return "kind " + std::to_string(o.kind) + " " + hex(o.cookie);
}

std::string describe_flags(u8 flags) {
  std::string r;
  for (const auto& [bit, c] : {std::pair{TCPHDR_SYN, 'S'},
                               {TCPHDR_FIN, 'F'},
                               {TCPHDR_RST, 'R'},
                               {TCPHDR_PSH, 'P'},
                               {TCPHDR_URG, 'U'},
                               {TCPHDR_ECE, 'E'},
                               {TCPHDR_CWR, 'W'},
                               {TCPHDR_ACK, '.'}})
    if (flags & bit) r += c;
  return r.empty() ? "-" : r;
}

struct icmp_name {
  const char* name;
  u8 type, code;
};
constexpr icmp_name types[] = {{"unreachable", ICMP_DEST_UNREACH, 0},
                               {"echo_request", ICMP_ECHO, 0},
                               {"echo_reply", ICMP_ECHOREPLY, 0},
                               {"source_quench", ICMP_SOURCE_QUENCH, 0},
                               {"redirect", ICMP_REDIRECT, 0},
                               {"time_exceeded", ICMP_TIME_EXCEEDED, 0},
                               {"parameter_problem", ICMP_PARAMETERPROB, 0},
                               {"timestamp", ICMP_TIMESTAMP, 0},
                               {"timestamp_reply", ICMP_TIMESTAMPREPLY, 0}};
constexpr icmp_name codes[] = {{"net_unreachable", ICMP_DEST_UNREACH, ICMP_NET_UNREACH},
                               {"host_unreachable", ICMP_DEST_UNREACH, ICMP_HOST_UNREACH},
                               {"protocol_unreachable", ICMP_DEST_UNREACH, ICMP_PROT_UNREACH},
                               {"port_unreachable", ICMP_DEST_UNREACH, ICMP_PORT_UNREACH},
                               {"frag_needed", ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED},
                               {"source_route_failed", ICMP_DEST_UNREACH, ICMP_SR_FAILED},
                               {"net_unknown", ICMP_DEST_UNREACH, ICMP_NET_UNKNOWN},
                               {"host_unknown", ICMP_DEST_UNREACH, ICMP_HOST_UNKNOWN},
                               {"source_host_isolated", ICMP_DEST_UNREACH, ICMP_HOST_ISOLATED},
                               {"net_prohibited", ICMP_DEST_UNREACH, ICMP_NET_ANO},
                               {"host_prohibited", ICMP_DEST_UNREACH, ICMP_HOST_ANO},
                               {"net_tos", ICMP_DEST_UNREACH, ICMP_NET_UNR_TOS},
                               {"host_tos", ICMP_DEST_UNREACH, ICMP_HOST_UNR_TOS},
                               {"packet_filtered", ICMP_DEST_UNREACH, ICMP_PKT_FILTERED},
                               {"precedence_violation", ICMP_DEST_UNREACH, ICMP_PREC_VIOLATION},
                               {"precedence_cutoff", ICMP_DEST_UNREACH, ICMP_PREC_CUTOFF},
                               {"ttl", ICMP_TIME_EXCEEDED, ICMP_EXC_TTL},
                               {"reassembly", ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME}};

}  // namespace

std::vector<std::byte> encode_options(const std::vector<tcp_option>& options) {
  buffer b;
  for (const tcp_option& o : options) {
    put(b, o.kind, 1);
    if (o.kind == TCPOPT_NOP || o.kind == TCPOPT_EOL) continue;
    const size_t length_at = b.size();
    put(b, 0, 1);
    const int width = o.kind == TCPOPT_MSS ? 2 : o.kind == TCPOPT_WINDOW ? 1 : 4;
    for (const u32 v : o.values) put(b, v, width);
    if (o.experimental) put(b, fastopen_magic, 2);
    b.insert(b.end(), o.cookie.begin(), o.cookie.end());
    b[length_at] = static_cast<std::byte>(b.size() - length_at + 1);
  }
  while (b.size() % 4) b.push_back(std::byte{TCPOPT_EOL});
  return b;
}

std::vector<tcp_option> decode_options(const_bytes b) {
  std::vector<tcp_option> r;
  while (!b.empty()) {
    tcp_option o;
    o.kind = std::to_integer<u8>(b[0]);
    if (o.kind == TCPOPT_NOP || o.kind == TCPOPT_EOL) {
      r.push_back(o);
      b = b.subspan(1);
      continue;
    }
    const size_t length = b.size() > 1 ? std::to_integer<size_t>(b[1]) : 0;
    if (length < 2 || length > b.size()) {
      r.push_back({.kind = 255, .cookie = {b.begin(), b.end()}});
      break;
    }
    const const_bytes body = b.subspan(2, length - 2);
    const int width = o.kind == TCPOPT_MSS                                  ? 2
                      : o.kind == TCPOPT_WINDOW                             ? 1
                      : o.kind == TCPOPT_SACK || o.kind == TCPOPT_TIMESTAMP ? 4
                                                                            : 0;
    const auto whole = static_cast<size_t>(width);
    const bool fits = width && body.size() >= whole && body.size() % whole == 0 &&
                      (o.kind != TCPOPT_TIMESTAMP || body.size() == 8);
    if (fits) {
      for (size_t i = 0; i < body.size(); i += whole) o.values.push_back(get(body, i, width));
    } else if (width) {
      o.kind = 255;
      o.cookie.assign(b.begin(), b.end());
    } else if (o.kind == tcpopt_experimental && body.size() >= 2 &&
               get(body, 0, 2) == fastopen_magic) {
      o.experimental = true;
      o.cookie.assign(body.begin() + 2, body.end());
    } else {
      o.cookie.assign(body.begin(), body.end());
    }
    r.push_back(std::move(o));
    b = b.subspan(length);
  }
  return r;
}

std::vector<std::byte> encode(const packet_fields& p) {
  const buffer transport = encode_transport(p);
  iphdr h{};
  h.set_version_ihl(4, 5);
  h.tos = p.tos;
  h.tot_len = static_cast<u16>(sizeof h + transport.size());
  h.id = p.id;
  h.frag_off = p.frag_off;
  h.ttl = p.ttl;
  h.protocol = number_of(p.proto);
  h.saddr = p.saddr;
  h.daddr = p.daddr;
  h.check = ip_fast_csum(&h, 5);
  buffer b;
  append(b, h);
  b.insert(b.end(), transport.begin(), transport.end());
  return b;
}

std::optional<packet_fields> decode(const_bytes b) {
  const auto h = header<iphdr>(b);
  if (!h || h->version() != 4 || h->ihl() < 5 || h->header_len() > b.size()) return {};
  const u32 whole = h->tot_len.host();
  if (whole < h->header_len()) return {};
  packet_fields p;
  p.saddr = h->saddr;
  p.daddr = h->daddr;
  p.tos = h->tos;
  p.ttl = h->ttl;
  p.id = h->id.host();
  p.frag_off = h->frag_off.host();
  p.checksums_ok = ip_fast_csum(b.data(), h->ihl()).raw() == 0;
  switch (h->protocol) {
    case IPPROTO_TCP: p.proto = protocol::tcp; break;
    case IPPROTO_UDP: p.proto = protocol::udp; break;
    case IPPROTO_ICMP: p.proto = protocol::icmp; break;
    default: return {};
  }
  if (p.frag_off & ip_offset) return {};
  b = b.first(std::min<size_t>(b.size(), whole)).subspan(h->header_len());
  if (!decode_transport(p, b, whole - h->header_len())) return {};
  return p;
}

std::string describe(const packet_fields& p) {
  std::string r;
  static constexpr const char* bits[] = {"", "[ect1] ", "[ect0] ", "[ce] "};
  r += bits[p.tos & 3];
  if (p.proto == protocol::udp)
    return r + std::to_string(p.source) + " > " + std::to_string(p.dest) + " udp (" +
           std::to_string(p.payload.size()) + ")";
  if (p.proto == protocol::icmp) {
    std::string type = "type " + std::to_string(p.type);
    for (const auto& t : types)
      if (t.type == p.type) type = t.name;
    std::string code = p.code ? " code " + std::to_string(p.code) : "";
    for (const auto& c : codes)
      if (c.type == p.type && c.code == p.code) code = std::string(" ") + c.name;
    r += "icmp " + type + code;
    if (p.type == ICMP_DEST_UNREACH && p.code == ICMP_FRAG_NEEDED)
      r += " mtu " + std::to_string(p.info & 0xffff);
    if (const auto quoted = decode(p.payload)) r += " [" + describe(*quoted) + "]";
    return r;
  }
  r += describe_flags(p.flags) + " " + std::to_string(p.seq) + ":" +
       std::to_string(p.seq + static_cast<u32>(p.payload.size())) + "(" +
       std::to_string(p.payload.size()) + ")";
  if (p.flags & TCPHDR_ACK) r += " ack " + std::to_string(p.ack);
  r += " win " + std::to_string(p.window);
  if (p.flags & TCPHDR_URG || p.urg_ptr) r += " urg " + std::to_string(p.urg_ptr);
  if (p.options.empty()) return r;
  r += " <";
  for (size_t i = 0; i < p.options.size(); ++i) r += (i ? "," : "") + describe_option(p.options[i]);
  return r + ">";
}

std::optional<u8> icmp_type(std::string_view name) {
  for (const auto& t : types)
    if (name == t.name) return t.type;
  return {};
}

std::optional<u8> icmp_code(u8 type, std::string_view name) {
  for (const auto& c : codes)
    if (c.type == type && name == c.name) return c.code;
  return {};
}

}  // namespace linnet::packetdrill
