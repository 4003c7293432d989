// Options that this host sends: those of sockets (IP_OPTIONS, IP_RETOPTS), and those that an answer takes over from the
// packet that it answers: records begin anew, a source route is gone back.
#include <linux/ip.h>

#include <algorithm>

#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_options_parse.hh"

namespace linnet {
namespace {

constexpr u8 first_offset = sizeof(iphdr);

struct given_options final : ip_option_reader {
  given_options(net& n_, bool may) : n(n_) {
    arrived = false;
    privileged = may;
  }
  be32 own_address() override { return {}; }
  bool is_foreign(be32 a) override { return inet_addr_type(n, a) == RTN_UNICAST; }
  u32 now() override { return 0; }
  net& n;
};

// An answer's options under construction.
struct echo {
  net& n;
  const sk_buff& in;
  const ip_options& asked;
  ip_options_data out;

  // Takes the option at `offset` of the packet over; its view in `out`.
  ip_option_view copy(u8 offset) {
    const std::byte* from = in.network() + offset;
    std::byte* to = out.data.data() + out.optlen;
    const u8 len = ip_option_view(const_cast<std::byte*>(from)).len();
    std::memcpy(to, from, len);
    out.optlen = static_cast<u8>(out.optlen + len);
    return ip_option_view(to);
  }
  u8 next() const { return static_cast<u8>(out.optlen + first_offset); }

  bool record_route() {
    out.rr = next();
    const ip_option_view v = copy(asked.rr);
    if (!asked.rr_needaddr || v.ptr() > v.len()) return true;
    if (v.ptr() + 3u > v.len()) return false;
    v.set_ptr(static_cast<u8>(v.ptr() + 4));
    out.rr_needaddr = true;
    return true;
  }

  bool timestamp() {
    out.ts = next();
    const ip_option_view v = copy(asked.ts);
    u32 ptr = v.ptr();
    if (ptr > v.len()) return true;
    if (asked.ts_needaddr) {
      if (ptr + 3 > v.len()) return false;
      out.ts_needaddr = true;
      ptr += 4;
    }
    if (asked.ts_needtime) {
      if (ptr + 3 > v.len()) return false;
      if ((v.flags() & 0xf) != IPOPT_TS_PRESPEC) {
        out.ts_needtime = true;
        ptr += 4;
      } else if (ptr + 7 <= v.len() && inet_addr_type(n, v.addr(ptr)) != RTN_UNICAST) {
        out.ts_needtime = true;
        ptr += 8;
      }
    }
    v.set_ptr(static_cast<u8>(ptr));
    return true;
  }

  // The way back: the stops so far, last one first; the sender itself is no stop (RFC 1812 §5.2.4.1 allows for hosts
  // that entered it).
  void source_route() {
    const ip_option_view from(const_cast<sk_buff&>(in), asked.srr);
    u32 at = std::min<u32>(from.ptr(), from.len() + 1u);
    if (at < 8) return;
    at -= 4;
    const be32 first = from.addr(at);
    std::byte* to = out.data.data() + out.optlen;
    const ip_option_view back(to);
    u32 filled = 0;
    for (at -= 4, filled = 4; at > 3; at -= 4, filled += 4) back.set_addr(filled, from.addr(at));
    if (ip_hdr(in).saddr == from.addr(at + 4)) filled -= 4;
    if (filled < 4) return;
    out.faddr = first;
    to[0] = std::byte{from.kind()};
    to[1] = static_cast<std::byte>(filled + 3);
    back.set_ptr(4);
    out.srr = next();
    out.optlen = static_cast<u8>(out.optlen + filled + 3);
    out.is_strictroute = asked.is_strictroute;
  }
};

}  // namespace

result<ip_options_data> ip_options_get(net& n, const_bytes given, bool privileged) {
  if (given.size() > max_ipoptlen) return err(EINVAL);
  std::array<std::byte, sizeof(iphdr) + max_ipoptlen> header{};  // missing bytes end the options
  if (!given.empty()) std::memcpy(header.data() + first_offset, given.data(), given.size());
  ip_options_data opt;
  opt.optlen = static_cast<u8>((given.size() + 3) & ~size_t{3});
  given_options reader(n, privileged);
  if (ip_options_parse(reader, bytes(header).first(first_offset + opt.optlen), opt))
    return err(EINVAL);
  std::memcpy(opt.data.data(), header.data() + first_offset, opt.optlen);
  return opt;
}

void ip_options_undo(ip_options_data& opt) {
  auto at = [&](u8 offset) { return ip_option_view(opt.data.data() + offset - first_offset); };
  auto take_back = [](ip_option_view v) {
    v.set_ptr(static_cast<u8>(v.ptr() - 4));
    v.set_addr(v.ptr(), be32());
  };
  if (opt.srr) {
    const ip_option_view v = at(opt.srr);
    for (u32 i = v.len() - 3u; i > 4; i -= 4) v.set_addr(i, v.addr(i - 4));
    v.set_addr(4, opt.faddr);
  }
  if (opt.rr_needaddr) take_back(at(opt.rr));
  if (!opt.ts) return;
  const ip_option_view v = at(opt.ts);
  if (opt.ts_needtime) {
    take_back(v);
    if ((v.flags() & 0xf) == IPOPT_TS_PRESPEC) v.set_ptr(static_cast<u8>(v.ptr() - 4));
  }
  if (opt.ts_needaddr) take_back(v);
}

result<ip_options_data> ip_options_echo(net& n, const sk_buff& in, const ip_options& asked) {
  if (likely(!asked.optlen)) return ip_options_data();
  echo e{n, in, asked, {}};
  if (asked.rr && !e.record_route()) return err(EINVAL);
  if (asked.ts && !e.timestamp()) return err(EINVAL);
  if (asked.srr) e.source_route();
  if (asked.cipso) {
    e.out.cipso = e.next();
    e.copy(asked.cipso);
  }
  while (e.out.optlen & 3) e.out.data[e.out.optlen++] = std::byte{IPOPT_END};
  return e.out;
}

}  // namespace linnet
