// One option after the other; a fault is told by its place. The order of checks is Linux's, since the place that a
// parameter problem points to depends on it.
#include "net/ipv4/ip_options_parse.hh"

#include <linux/ip.h>

namespace linnet {
namespace {

// One option's parse: 0, or 1 + the offset in the option that is wrong.
using fault_in_option = u32;
constexpr fault_in_option wrong(u32 offset) { return offset + 1; }

struct parser {
  ip_option_reader& reader;
  ip_options& opt;

  fault_in_option source_route(ip_option_view v, u8 at) {
    if (v.len() < 3) return wrong(1);
    if (v.ptr() < 4) return wrong(2);
    if (opt.srr) return wrong(0);
    if (!reader.arrived) {  // a program names the first hop first
      if (v.ptr() != 4 || v.len() < 7 || ((v.len() - 3) & 3)) return wrong(1);
      opt.faddr = v.addr(4);
      for (u32 i = 4; i + 4 < v.len(); i += 4) v.set_addr(i, v.addr(i + 4));
    }
    opt.is_strictroute = v.kind() == IPOPT_SSRR;
    opt.srr = at;
    return 0;
  }

  fault_in_option record_route(ip_option_view v, u8 at) {
    if (opt.rr) return wrong(0);
    if (v.len() < 3) return wrong(1);
    if (v.ptr() < 4) return wrong(2);
    if (v.ptr() <= v.len()) {
      if (v.ptr() + 3u > v.len()) return wrong(2);
      if (reader.arrived) {
        v.set_addr(v.ptr(), reader.own_address());
        opt.is_changed = true;
      }
      v.set_ptr(static_cast<u8>(v.ptr() + 4));
      opt.rr_needaddr = true;
    }
    opt.rr = at;
    return 0;
  }

  void stamp(ip_option_view v, u32 at) {
    if (!reader.arrived) return;
    v.set_addr(at, be32(reader.now()));
    opt.is_changed = true;
  }

  // There is room for one entry more.
  fault_in_option timestamp_entry(ip_option_view v) {
    const u8 ptr = v.ptr();
    if (ptr + 3u > v.len()) return wrong(2);
    switch (v.flags() & 0xf) {
      case IPOPT_TS_TSONLY:
        stamp(v, ptr);
        opt.ts_needtime = true;
        v.set_ptr(static_cast<u8>(ptr + 4));
        return 0;
      case IPOPT_TS_TSANDADDR:
        if (ptr + 7u > v.len()) return wrong(2);
        if (reader.arrived) v.set_addr(ptr, reader.own_address());
        stamp(v, ptr + 4u);
        opt.ts_needaddr = opt.ts_needtime = true;
        v.set_ptr(static_cast<u8>(ptr + 8));
        return 0;
      case IPOPT_TS_PRESPEC:
        if (ptr + 7u > v.len()) return wrong(2);
        if (reader.is_foreign(v.addr(ptr))) return 0;  // another host's turn
        stamp(v, ptr + 4u);
        opt.ts_needtime = true;
        v.set_ptr(static_cast<u8>(ptr + 8));
        return 0;
      default: return reader.arrived || reader.privileged ? 0 : wrong(3);
    }
  }

  fault_in_option timestamp(ip_option_view v, u8 at) {
    if (opt.ts) return wrong(0);
    if (v.len() < 4) return wrong(1);
    if (v.ptr() < 5) return wrong(2);
    if (v.ptr() <= v.len()) {
      if (const auto bad = timestamp_entry(v)) return bad;
    } else if ((v.flags() & 0xf) != IPOPT_TS_PRESPEC) {  // full: one more that had no room
      const u8 overflow = v.flags() >> 4;
      if (overflow == 15) return wrong(3);
      if (reader.arrived) {
        v.set_flags(static_cast<u8>((v.flags() & 0xf) | (overflow + 1) << 4));
        opt.is_changed = true;
      }
    }
    opt.ts = at;
    return 0;
  }

  // Labels mean something only to those who agreed on a domain (DOI), and none is defined here.
  fault_in_option cipso(ip_option_view v, u8 at) {
    if ((!reader.arrived && !reader.privileged) || opt.cipso) return wrong(0);
    opt.cipso = at;
    return v.len() < 8 ? wrong(1) : wrong(2);
  }

  fault_in_option one(std::byte* p, u8 at) {
    const ip_option_view v(p);
    switch (v.kind()) {
      case IPOPT_SSRR:
      case IPOPT_LSRR: return source_route(v, at);
      case IPOPT_RR: return record_route(v, at);
      case IPOPT_TIMESTAMP: return timestamp(v, at);
      case IPOPT_RA:
        if (v.len() < 4) return wrong(1);
        if (!v.ptr() && !v.flags()) opt.router_alert = at;
        return 0;
      case IPOPT_CIPSO: return cipso(v, at);
      default: return reader.arrived || reader.privileged ? 0 : wrong(0);
    }
  }
};

}  // namespace

option_fault ip_options_parse(ip_option_reader& reader, bytes header, ip_options& opt) {
  parser p{reader, opt};
  for (size_t i = sizeof(iphdr); i < header.size();) {
    const u8 kind = std::to_integer<u8>(header[i]);
    if (kind == IPOPT_END) {  // nothing may stand behind the end
      for (++i; i < header.size(); ++i) {
        if (header[i] == std::byte{IPOPT_END}) continue;
        header[i] = std::byte{IPOPT_END};
        opt.is_changed = true;
      }
      return 0;
    }
    if (kind == IPOPT_NOOP) {
      ++i;
      continue;
    }
    if (header.size() - i < 2) return static_cast<option_fault>(i);
    const size_t len = std::to_integer<u8>(header[i + 1]);
    if (len < 2 || len > header.size() - i) return static_cast<option_fault>(i);
    if (const auto bad = p.one(&header[i], static_cast<u8>(i)))
      return static_cast<option_fault>(i + bad - 1);
    i += len;
  }
  return 0;
}

}  // namespace linnet
