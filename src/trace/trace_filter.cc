// A recursive descent over the words into postfix order, and its evaluation with a stack of booleans.
#include "trace/trace_filter.hh"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace linnet {
namespace {

constexpr size_t max_depth = 64;  // of parentheses and negations

std::optional<u32> parse_number(std::string_view s, u32 most) {
  u32 v = 0;
  const auto [at, ec] = std::from_chars(s.data(), s.data() + s.size(), v);
  if (ec != std::errc() || at != s.data() + s.size() || v > most) return std::nullopt;
  return v;
}

std::optional<u32> parse_address(std::string_view s) {
  u32 a = 0;
  for (int i = 0; i < 4; ++i) {
    const size_t dot = i < 3 ? s.find('.') : s.size();
    if (dot == s.npos) return std::nullopt;
    const auto octet = parse_number(s.substr(0, dot), 255);
    if (!octet) return std::nullopt;
    a = a << 8 | *octet;
    s.remove_prefix(std::min(s.size(), dot + 1));
  }
  return a;
}

// A word may have parentheses and '!' stuck to it.
std::vector<std::string> split(std::span<const std::string> words) {
  std::vector<std::string> out;
  for (const std::string& w : words) {
    std::string piece;
    auto flush = [&] {
      if (!piece.empty()) out.push_back(std::exchange(piece, {}));
    };
    for (char c : w) {
      if (c == ' ' || c == '\t' || c == '\n') {
        flush();
      } else if (c == '(' || c == ')' || c == '!') {
        flush();
        out.emplace_back(1, c);
      } else {
        piece += c;
      }
    }
    flush();
  }
  return out;
}

}  // namespace

struct trace_filter::parser {
  std::vector<std::string> words;
  std::vector<instruction>& out;
  std::string error;
  size_t at = 0, depth = 0;

  bool done() const { return at == words.size(); }
  std::string_view peek() const { return done() ? std::string_view() : words[at]; }
  bool accept(std::string_view a, std::string_view b = {}) {
    if (done() || (peek() != a && (b.empty() || peek() != b))) return false;
    ++at;
    return true;
  }
  bool fail(std::string what) {
    if (error.empty()) error = std::move(what);
    return false;
  }
  std::string quoted() const {
    return done() ? "the end of the filter" : "'" + std::string(peek()) + "'";
  }

  bool expression() {
    if (++depth > max_depth) return fail("the filter is nested too deeply at " + quoted());
    if (!conjunction()) return false;
    while (accept("or", "||")) {
      if (!conjunction()) return false;
      out.push_back({.what = op::or_, .name = {}});
    }
    --depth;
    return true;
  }
  bool conjunction() {
    if (!negation()) return false;
    while (!done() && peek() != "or" && peek() != "||" && peek() != ")") {
      accept("and", "&&");
      if (!negation()) return false;
      out.push_back({.what = op::and_, .name = {}});
    }
    return true;
  }
  bool negation() {
    bool negative = false;
    while (accept("not", "!")) negative = !negative;
    if (accept("(")) {
      if (!expression()) return false;
      if (!accept(")")) return fail("expected ')' at " + quoted());
    } else if (!primary()) {
      return false;
    }
    if (negative) out.push_back({.what = op::not_, .name = {}});
    return true;
  }
  bool primary() {
    side which = side::any;
    if (accept("src"))
      which = side::src;
    else if (accept("dst"))
      which = side::dst;
    if (accept("host")) return address(which);
    if (accept("net")) return prefix(which);
    if (accept("port")) return port(which);
    if (which != side::any) return address(which);
    if (accept("ip")) return protocol(op::ethertype, ETH_P_IP);
    if (accept("arp")) return protocol(op::ethertype, ETH_P_ARP);
    if (accept("icmp")) return protocol(op::protocol, IPPROTO_ICMP);
    if (accept("udp")) return protocol(op::protocol, IPPROTO_UDP);
    if (accept("tcp")) return protocol(op::protocol, IPPROTO_TCP);
    if (accept("dev")) return named(op::dev, "a device's name");
    if (accept("node")) return named(op::node, "a namespace's name");
    if (accept("drop")) return protocol(op::drop, 0);
    if (accept("reason")) return reason();
    return fail(
        "expected host, net, port, src, dst, ip, arp, icmp, udp, tcp, dev, node, drop, reason, not "
        "or "
        "'(' at " +
        quoted());
  }
  bool address(side which) {
    const auto a = parse_address(peek());
    if (!a) return fail("expected an IPv4 address at " + quoted());
    ++at;
    out.push_back({.what = op::address, .which = which, .value = *a, .name = {}});
    return true;
  }
  bool prefix(side which) {
    const std::string_view w = peek();
    const size_t slash = w.find('/');
    const auto a = parse_address(w.substr(0, slash));
    const auto len = slash == w.npos ? std::optional<u32>() : parse_number(w.substr(slash + 1), 32);
    if (!a || !len) return fail("expected a prefix as 10.0.0.0/8 at " + quoted());
    const u32 mask = *len ? ~u32{0} << (32 - *len) : 0;
    if (*a & ~mask) return fail("the prefix has bits beyond its length at " + quoted());
    ++at;
    out.push_back({.what = op::address, .which = which, .value = *a, .mask = mask, .name = {}});
    return true;
  }
  bool port(side which) {
    const auto n = parse_number(peek(), 65535);
    if (!n) return fail("expected a port number at " + quoted());
    ++at;
    out.push_back({.what = op::port, .which = which, .value = *n, .name = {}});
    return true;
  }
  bool protocol(op what, u32 value) {
    out.push_back({.what = what, .value = value, .name = {}});
    return true;
  }
  bool named(op what, const char* kind) {
    if (done()) return fail(std::string("expected ") + kind + " at " + quoted());
    out.push_back({.what = what, .name = words[at++]});
    return true;
  }
  bool reason() {
    for (u32 r = 0; r < static_cast<u32>(skb_drop_reason::max_); ++r) {
      if (peek() != drop_reason_name(static_cast<skb_drop_reason>(r))) continue;
      ++at;
      return protocol(op::reason, r);
    }
    return fail("expected a drop reason (`linnet drops` lists them) at " + quoted());
  }
};

std::expected<trace_filter, std::string> trace_filter::parse(std::span<const std::string> words) {
  trace_filter f;
  parser p{.words = split(words), .out = f.program_, .error = {}};
  if (p.done()) return f;
  if (p.expression() && !p.done()) p.fail("did not expect " + p.quoted());
  if (!p.error.empty()) return std::unexpected(p.error);
  return f;
}

bool trace_filter::holds(const instruction& i, const trace_record& r, const node_names& names) {
  switch (i.what) {
    case op::dev: return r.dev_name() == i.name;
    case op::node: return names(r.net_inum) == i.name;
    case op::drop: return r.reason > skb_drop_reason::consumed;
    case op::reason: return static_cast<u32>(r.reason) == i.value;
    default: break;
  }
  packet_view v = view_of(r);
  // A step about no packet yet says in its match where it was to go.
  if (r.point == tp::ip_route_output || r.point == tp::ip_append_data) {
    v.what = packet_view::kind::ip;
    v.ethertype = ETH_P_IP;
    v.dst = r.match.a;
    v.src = r.match.b;
  }
  const bool addressed = v.what == packet_view::kind::ip || v.what == packet_view::kind::arp;
  const bool src = i.which != side::dst, dst = i.which != side::src;
  switch (i.what) {
    case op::address:
      return addressed &&
             ((src && (v.src & i.mask) == i.value) || (dst && (v.dst & i.mask) == i.value));
    case op::port: {
      const bool ports = v.has_l4 && (v.protocol == IPPROTO_UDP || v.protocol == IPPROTO_TCP);
      return ports && ((src && v.sport == i.value) || (dst && v.dport == i.value));
    }
    case op::ethertype: return v.ethertype == i.value;
    case op::protocol: return v.what == packet_view::kind::ip && v.protocol == i.value;
    default: return false;
  }
}

bool trace_filter::matches(std::span<const trace_record* const> steps,
                           const node_names& names) const {
  if (program_.empty()) return true;
  std::vector<bool> stack;
  for (const instruction& i : program_) {
    if (i.what == op::not_) {
      stack.back() = !stack.back();
    } else if (i.what == op::and_ || i.what == op::or_) {
      const bool right = stack.back();
      stack.pop_back();
      stack.back() = i.what == op::and_ ? stack.back() && right : stack.back() || right;
    } else {
      stack.push_back(
          std::ranges::any_of(steps, [&](const trace_record* r) { return holds(i, *r, names); }));
    }
  }
  return stack.back();
}

}  // namespace linnet
