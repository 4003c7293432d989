// Attribute validation by policy, and the writers. Which check comes first, and its errno and text, are
// Linux's: programs show the text to people, and tests of other stacks compare it.
#include "net/core/nlattr.hh"

#include <algorithm>

namespace linnet {

namespace {

constexpr size_t fixed_len(nla_kind k) {  // nla_attr_len
  switch (k) {
    case NLA_U8:
    case NLA_S8: return 1;
    case NLA_U16:
    case NLA_S16: return 2;
    case NLA_U32:
    case NLA_S32: return 4;
    case NLA_U64:
    case NLA_S64: return 8;
    default: return 0;
  }
}

constexpr size_t least_len(nla_kind k) {  // nla_attr_minlen
  return k == NLA_MSECS ? 8 : fixed_len(k);
}

std::unexpected<error> bad(nla a, int code = ERANGE,
                           const char* msg = "Attribute failed policy validation") {
  return err(code, msg, a.raw());
}

// The attribute's value as the range and mask checks see it: binary counts its bytes.
s64 value_of(nla a, nla_kind k) {
  switch (k) {
    case NLA_U8: return a.get<u8>();
    case NLA_S8: return a.get<std::int8_t>();
    case NLA_U16: return a.get<u16>();
    case NLA_S16: return a.get<std::int16_t>();
    case NLA_U32: return a.get<u32>();
    case NLA_S32: return a.get<s32>();
    case NLA_BINARY: return static_cast<s64>(a.len());
    default: return a.get<s64>();
  }
}

status check_value(nla a, const nla_policy& p) {
  s64 v = value_of(a, p.type);
  if (p.check == nla_validate::mask && (static_cast<u64>(v) & ~p.mask))
    return bad(a, EINVAL, "reserved bit set");
  bool huge = (p.type == NLA_U64 || p.type == NLA_MSECS) && v < 0;
  if (p.check == nla_validate::range && (huge || v < p.min || v > p.max))
    return bad(
        a, ERANGE,
        p.type == NLA_BINARY ? "binary attribute size out of range" : "integer out of range");
  return {};
}

status check_bitfield32(nla a, const nla_policy& p) {
  auto bf = a.get<nla_bitfield32>();
  if (a.len() != sizeof bf) return bad(a);
  u32 valid = static_cast<u32>(p.mask);
  // Selectors must be known, values within selectors.
  if ((bf.selector & ~valid) || (bf.value & ~valid) || (bf.value & ~bf.selector))
    return bad(a, EINVAL);
  return {};
}

status check_string(nla a, const nla_policy& p) {
  size_t n = a.len();
  const auto* s = reinterpret_cast<const char*>(a.payload().data());
  if (p.type == NLA_NUL_STRING) {
    size_t look = p.len ? std::min<size_t>(n, size_t{p.len} + 1) : n;
    if (!look || !std::memchr(s, 0, look)) return bad(a, EINVAL);
  }
  if (n < 1) return bad(a);
  if (p.len) {
    if (s[n - 1] == '\0') --n;
    if (n > p.len) return bad(a);
  }
  return {};
}

status check_nest(nla a, const nla_policy& p, unsigned validate) {
  if (a.len() == 0) return {};
  if (a.len() < NLA_HDRLEN) return bad(a);
  if (p.nest.empty()) return {};
  auto maxtype = static_cast<unsigned>(p.nest.size() - 1);
  if (p.type == NLA_NESTED) return nla_validate_all(a.payload(), maxtype, p.nest, validate);
  for (nla entry : nla_range(a.payload())) {  // nla_validate_array
    if (entry.len() == 0) continue;
    if (entry.len() < NLA_HDRLEN) return bad(entry, ERANGE, "Array element too short");
    if (status s = nla_validate_all(entry.payload(), maxtype, p.nest, validate); !s) return s;
  }
  return {};
}

status validate_nla(nla a, std::span<const nla_policy> policy, unsigned validate) {
  const nla_policy& p = policy[a.type()];
  if (policy[0].strict_start_type && a.type() >= policy[0].strict_start_type)
    validate |= NL_VALIDATE_STRICT;
  if (size_t want = fixed_len(p.type);
      want && a.len() != want && (validate & NL_VALIDATE_STRICT_ATTRS))
    return bad(a, EINVAL, "invalid attribute length");
  if (validate & NL_VALIDATE_NESTED) {
    bool nest = p.type == NLA_NESTED || p.type == NLA_NESTED_ARRAY;
    if (nest && !a.nested()) return bad(a, EINVAL, "NLA_F_NESTED is missing");
    if (!nest && p.type != NLA_UNSPEC && a.nested())
      return bad(a, EINVAL, "NLA_F_NESTED not expected");
  }
  status s;
  switch (p.type) {
    case NLA_REJECT:
      return bad(a, EINVAL,
                 p.reject_message ? p.reject_message : "Attribute failed policy validation");
    case NLA_FLAG:
      if (a.len() > 0) return bad(a);
      break;
    case NLA_BITFIELD32: s = check_bitfield32(a, p); break;
    case NLA_NUL_STRING:
    case NLA_STRING: s = check_string(a, p); break;
    case NLA_BINARY:
      if (p.len && a.len() > p.len) return bad(a);
      break;
    case NLA_NESTED:
    case NLA_NESTED_ARRAY: s = check_nest(a, p, validate); break;
    case NLA_UNSPEC:
      if (validate & NL_VALIDATE_UNSPEC) return bad(a, EINVAL, "Unsupported attribute");
      if (a.len() < p.len) return bad(a);
      break;
    default:
      if (a.len() < (p.len ? p.len : least_len(p.type))) return bad(a);
  }
  if (!s) return s;
  return check_value(a, p);
}

status validate_parse(std::span<nla> tb, const_bytes attrs, unsigned maxtype,
                      std::span<const nla_policy> policy, unsigned validate) {
  std::fill(tb.begin(), tb.end(), nla());
  auto it = nla_range(attrs).begin();
  for (; !(it == nla_range::end_mark{}); ++it) {
    nla a = *it;
    if (a.type() == 0 || a.type() > maxtype) {
      if (validate & NL_VALIDATE_MAXTYPE) return bad(a, EINVAL, "Unknown attribute type");
      continue;
    }
    if (a.type() < policy.size())
      if (status s = validate_nla(a, policy, validate); !s) return s;
    if (a.type() < tb.size()) tb[a.type()] = a;
  }
  if (it.rest() > 0 && (validate & NL_VALIDATE_TRAILING))
    return err(EINVAL, "bytes leftover after parsing attributes");
  return {};
}

}  // namespace

bool nla_range::iterator::operator==(end_mark) const {
  if (b_.size() < NLA_HDRLEN) return true;
  u16 len;
  std::memcpy(&len, b_.data(), 2);
  return len < NLA_HDRLEN || len > b_.size();
}

nla_range::iterator& nla_range::iterator::operator++() {
  u16 len;
  std::memcpy(&len, b_.data(), 2);
  b_ = b_.subspan(std::min<size_t>(NLA_ALIGN(size_t{len}), b_.size()));
  return *this;
}

status nla_parse(std::span<nla> tb, const_bytes attrs, std::span<const nla_policy> policy,
                 unsigned validate) {
  return validate_parse(tb, attrs, static_cast<unsigned>(tb.size() - 1), policy, validate);
}

status nla_validate_all(const_bytes attrs, unsigned maxtype, std::span<const nla_policy> policy,
                        unsigned validate) {
  return validate_parse({}, attrs, maxtype, policy, validate);
}

status nla_parse_nested(std::span<nla> tb, nla nest, std::span<const nla_policy> policy,
                        unsigned validate) {
  if ((validate & NL_VALIDATE_NESTED) && !nest.nested())
    return err(EINVAL, "NLA_F_NESTED is missing", nest.raw());
  return nla_parse(tb, nest.payload(), policy, validate);
}

status nlmsg_parse(const nlmsghdr& h, size_t hdrlen, std::span<nla> tb,
                   std::span<const nla_policy> policy, unsigned validate) {
  if (h.nlmsg_len < NLMSG_HDRLEN + hdrlen) return err(EINVAL, "Invalid header length");
  return nla_parse(tb, nlmsg_attrs(h, hdrlen), policy, validate);
}

nlmsghdr* nlmsg_put(sk_buff& s, u32 portid, u32 seq, int type, size_t payload, int flags) {
  size_t room = nlmsg_total_size(payload);
  if (s.tailroom() < room) return nullptr;
  std::byte* p = skb_put(s, static_cast<u32>(room));
  std::memset(p, 0, room);
  auto* h = reinterpret_cast<nlmsghdr*>(p);
  h->nlmsg_len = static_cast<u32>(NLMSG_HDRLEN + payload);
  h->nlmsg_type = static_cast<u16>(type);
  h->nlmsg_flags = static_cast<u16>(flags);
  h->nlmsg_seq = seq;
  h->nlmsg_pid = portid;
  return h;
}

void nlmsg_end(sk_buff& s, nlmsghdr* h) {
  h->nlmsg_len = static_cast<u32>(s.tail - reinterpret_cast<std::byte*>(h));
}

std::byte* nla_reserve(sk_buff& s, int type, size_t len) {
  size_t room = nla_total_size(len);
  if (s.tailroom() < room || NLA_HDRLEN + len > 0xffff) return nullptr;
  std::byte* p = skb_put(s, static_cast<u32>(room));
  std::memset(p + NLA_HDRLEN + len, 0, room - NLA_HDRLEN - len);
  auto* a = reinterpret_cast<nlattr*>(p);
  a->nla_len = static_cast<u16>(NLA_HDRLEN + len);
  a->nla_type = static_cast<u16>(type);
  return p + NLA_HDRLEN;
}

bool nla_put(sk_buff& s, int type, const_bytes v) {
  std::byte* p = nla_reserve(s, type, v.size());
  if (!p) return false;
  if (!v.empty()) std::memcpy(p, v.data(), v.size());
  return true;
}

bool nla_put_string(sk_buff& s, int type, std::string_view v) {
  std::byte* p = nla_reserve(s, type, v.size() + 1);
  if (!p) return false;
  if (!v.empty()) std::memcpy(p, v.data(), v.size());
  p[v.size()] = std::byte{0};
  return true;
}

nlattr* nla_nest_start_noflag(sk_buff& s, int type) {
  std::byte* p = nla_reserve(s, type, 0);
  return p ? reinterpret_cast<nlattr*>(p - NLA_HDRLEN) : nullptr;
}

void nla_append(std::vector<std::byte>& to, int type, const_bytes v) {
  const nlattr a = {static_cast<u16>(sizeof a + v.size()), static_cast<u16>(type)};
  const auto head = std::as_bytes(std::span(&a, 1));
  to.insert(to.end(), head.begin(), head.end());
  to.insert(to.end(), v.begin(), v.end());
  to.resize(NLA_ALIGN(to.size()));
}

}  // namespace linnet
