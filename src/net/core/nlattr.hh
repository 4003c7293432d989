// Netlink attributes and messages, read and written (Linux's nlattr.c and net/netlink.h).
//
// Reading: `nla` is a view of one attribute inside a request; nla_parse sorts a sequence of them into a
// table by type after checking each against a policy. Nothing outside the given bytes is ever read, and
// what fails says why in Linux's words and points at the attribute.
// Writing: the nla_put family appends to an sk_buff and answers false once the packet is full, so that a
// dump can trim the unfinished message (nlmsg_cancel) and go on in the next packet.
#pragma once

#include <linux/netlink.h>

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "base/endian.hh"
#include "base/result.hh"
#include "net/core/sk_buff.hh"

namespace linnet {

// ---- reading

// One attribute of a message; false when absent. Borrows the message's bytes.
class nla {
 public:
  constexpr nla() = default;
  explicit nla(const std::byte* p) : p_(p) {}  // `p` begins a whole attribute

  explicit operator bool() const { return p_ != nullptr; }
  const void* raw() const { return p_; }  // for error{}.attr
  u16 raw_type() const { return word(2); }
  u16 type() const { return word(2) & NLA_TYPE_MASK; }
  bool nested() const { return word(2) & NLA_F_NESTED; }
  const_bytes payload() const { return {p_ + NLA_HDRLEN, size_t{word(0)} - NLA_HDRLEN}; }
  size_t len() const { return size_t{word(0)} - NLA_HDRLEN; }

  // The payload as a number: zero-extended when the attribute is shorter.
  template <class T>
  T get() const {
    T v{};
    std::memcpy(&v, p_ + NLA_HDRLEN, std::min(sizeof v, len()));
    return v;
  }
  u8 get_u8() const { return get<u8>(); }
  u16 get_u16() const { return get<u16>(); }
  u32 get_u32() const { return get<u32>(); }
  s32 get_s32() const { return get<s32>(); }
  u64 get_u64() const { return get<u64>(); }
  be32 get_be32() const { return be32::from_raw(get<u32>()); }
  // Up to the first NUL or the end (nla_strscpy).
  std::string_view str() const {
    std::string_view s{reinterpret_cast<const char*>(p_ + NLA_HDRLEN), len()};
    return s.substr(0, s.find('\0'));
  }

 private:
  u16 word(unsigned at) const {
    u16 v;
    std::memcpy(&v, p_ + at, 2);
    return v;
  }
  const std::byte* p_ = nullptr;
};

template <unsigned max>
using nla_table = std::array<nla, max + 1>;

// Walks a sequence: `for (nla a : nla_range(payload))`. Stops at what is no whole attribute.
class nla_range {
 public:
  explicit nla_range(const_bytes b) : b_(b) {}
  struct end_mark {};
  class iterator {
   public:
    explicit iterator(const_bytes b) : b_(b) {}
    nla operator*() const { return nla(b_.data()); }
    iterator& operator++();
    bool operator==(end_mark) const;
    size_t rest() const { return b_.size(); }

   private:
    const_bytes b_;
  };
  iterator begin() const { return iterator(b_); }
  end_mark end() const { return {}; }

 private:
  const_bytes b_;
};

enum nla_kind : u8 {  // the kernel's NLA_*
  NLA_UNSPEC,
  NLA_U8,
  NLA_U16,
  NLA_U32,
  NLA_U64,
  NLA_STRING,
  NLA_FLAG,
  NLA_MSECS,
  NLA_NESTED,
  NLA_NESTED_ARRAY,
  NLA_NUL_STRING,
  NLA_BINARY,
  NLA_S8,
  NLA_S16,
  NLA_S32,
  NLA_S64,
  NLA_BITFIELD32,
  NLA_REJECT,
};
enum class nla_validate : u8 { none, range, mask };

struct nla_policy {
  nla_kind type = NLA_UNSPEC;
  nla_validate check = nla_validate::none;
  u16 len = 0;                // least (unspec), greatest (strings, binary) payload; 0: any
  u16 strict_start_type = 0;  // in entry 0: attributes from here on are always validated strictly
  s64 min = 0;
  s64 max = 0;
  u64 mask = 0;                        // of bitfield32, or the bits a masked number may have
  std::span<const nla_policy> nest{};  // of nested, nested_array
  const char* reject_message = nullptr;
};
constexpr nla_policy nla_of(nla_kind k, u16 len = 0) { return {.type = k, .len = len}; }
constexpr nla_policy nla_ranged(nla_kind k, s64 min, s64 max) {
  return {.type = k, .check = nla_validate::range, .min = min, .max = max};
}
constexpr nla_policy nla_min(nla_kind k, s64 min) { return nla_ranged(k, min, 0xffffffff); }
constexpr nla_policy nla_exact_len(u16 n) { return nla_ranged(NLA_BINARY, n, n); }
constexpr nla_policy nla_min_len(u16 n) { return nla_ranged(NLA_BINARY, n, 0xffff); }
constexpr nla_policy nla_mask(nla_kind k, u64 m) {
  return {.type = k, .check = nla_validate::mask, .mask = m};
}
constexpr nla_policy nla_nested(std::span<const nla_policy> p) {
  return {.type = NLA_NESTED, .nest = p};
}

// How strictly (enum netlink_validation).
inline constexpr unsigned NL_VALIDATE_LIBERAL = 0;
inline constexpr unsigned NL_VALIDATE_TRAILING = 1;  // bytes after the last attribute are an error
inline constexpr unsigned NL_VALIDATE_MAXTYPE = 2;   // so are types above the table
inline constexpr unsigned NL_VALIDATE_UNSPEC = 4;    // and those without a policy
inline constexpr unsigned NL_VALIDATE_STRICT_ATTRS = 8;  // and numbers of the wrong width
inline constexpr unsigned NL_VALIDATE_NESTED = 16;       // and a missing or needless NLA_F_NESTED
inline constexpr unsigned NL_VALIDATE_DEPRECATED_STRICT = 3;
inline constexpr unsigned NL_VALIDATE_STRICT = 31;

// Sorts `attrs` into `tb` (the last of a type wins), checking by `policy` (index = type; empty: no check).
status nla_parse(std::span<nla> tb, const_bytes attrs, std::span<const nla_policy> policy,
                 unsigned validate);
status nla_validate_all(const_bytes attrs, unsigned maxtype, std::span<const nla_policy> policy,
                        unsigned validate);
// A nest's content. Strict validation wants NLA_F_NESTED on `nest` itself.
status nla_parse_nested(std::span<nla> tb, nla nest, std::span<const nla_policy> policy,
                        unsigned validate);
inline status nla_parse_deprecated(std::span<nla> tb, const_bytes attrs,
                                   std::span<const nla_policy> policy) {
  return nla_parse(tb, attrs, policy, NL_VALIDATE_LIBERAL);
}
inline status nla_parse_nested_deprecated(std::span<nla> tb, nla nest,
                                          std::span<const nla_policy> policy) {
  return nla_parse(tb, nest.payload(), policy, NL_VALIDATE_LIBERAL);
}

// The same for a whole message: the attributes after a family header of `hdrlen` bytes.
// EINVAL "Invalid header length" when the message is shorter than that.
status nlmsg_parse(const nlmsghdr&, size_t hdrlen, std::span<nla> tb, std::span<const nla_policy>,
                   unsigned validate = NL_VALIDATE_STRICT);
inline status nlmsg_parse_deprecated(const nlmsghdr& h, size_t hdrlen, std::span<nla> tb,
                                     std::span<const nla_policy> p) {
  return nlmsg_parse(h, hdrlen, tb, p, NL_VALIDATE_LIBERAL);
}
inline status nlmsg_parse_deprecated_strict(const nlmsghdr& h, size_t hdrlen, std::span<nla> tb,
                                            std::span<const nla_policy> p) {
  return nlmsg_parse(h, hdrlen, tb, p, NL_VALIDATE_DEPRECATED_STRICT);
}

inline size_t nlmsg_len(const nlmsghdr& h) { return h.nlmsg_len - NLMSG_HDRLEN; }
inline const std::byte* nlmsg_data(const nlmsghdr& h) {
  return reinterpret_cast<const std::byte*>(&h) + NLMSG_HDRLEN;
}
// The family header, or null when the message is too short for it. Messages are 4-byte aligned.
template <class T>
const T* nlmsg_header(const nlmsghdr& h) {
  static_assert(alignof(T) <= 4);
  return nlmsg_len(h) < sizeof(T) ? nullptr : reinterpret_cast<const T*>(nlmsg_data(h));
}
inline const_bytes nlmsg_attrs(const nlmsghdr& h, size_t hdrlen) {
  size_t at = NLMSG_ALIGN(hdrlen);
  if (nlmsg_len(h) < at) return {};
  return {nlmsg_data(h) + at, nlmsg_len(h) - at};
}

// ---- writing

constexpr size_t nla_total_size(size_t payload) { return NLA_ALIGN(NLA_HDRLEN + payload); }
constexpr size_t nlmsg_total_size(size_t payload) { return NLMSG_ALIGN(NLMSG_HDRLEN + payload); }
// What a page leaves for a message on Linux (NLMSG_DEFAULT_SIZE).
inline constexpr u32 NLMSG_GOODSIZE = 3776;

inline skb_ptr nlmsg_new(cpu& c, u32 size = NLMSG_GOODSIZE) { return alloc_skb(c, size); }
// Begins a message with `payload` zeroed bytes of family header; null when there is no room.
nlmsghdr* nlmsg_put(sk_buff&, u32 portid, u32 seq, int type, size_t payload, int flags);
void nlmsg_end(sk_buff&, nlmsghdr*);
// Drops a message begun (or the part of the packet since `mark`).
inline void nlmsg_cancel(sk_buff& s, const void* mark) {
  if (mark) skb_trim(s, static_cast<u32>(static_cast<const std::byte*>(mark) - s.data));
}
template <class T>
T& nlmsg_body(nlmsghdr* h) {
  return *reinterpret_cast<T*>(reinterpret_cast<std::byte*>(h) + NLMSG_HDRLEN);
}

bool nla_put(sk_buff&, int type, const_bytes);
std::byte* nla_reserve(sk_buff&, int type, size_t len);  // null when full; the padding is zero
template <class T>
bool nla_put_raw(sk_buff& s, int type, const T& v) {
  static_assert(std::is_trivially_copyable_v<T>);
  return nla_put(s, type, std::as_bytes(std::span(&v, 1)));
}
inline bool nla_put_u8(sk_buff& s, int type, u8 v) { return nla_put_raw(s, type, v); }
inline bool nla_put_u16(sk_buff& s, int type, u16 v) { return nla_put_raw(s, type, v); }
inline bool nla_put_u32(sk_buff& s, int type, u32 v) { return nla_put_raw(s, type, v); }
inline bool nla_put_s32(sk_buff& s, int type, s32 v) { return nla_put_raw(s, type, v); }
inline bool nla_put_u64(sk_buff& s, int type, u64 v) { return nla_put_raw(s, type, v); }
inline bool nla_put_msecs(sk_buff& s, int type, ktime t) {
  return nla_put_u64(s, type, static_cast<u64>(t / ns_per_ms));
}
inline bool nla_put_in_addr(sk_buff& s, int type, be32 a) { return nla_put_raw(s, type, a); }
inline bool nla_put_flag(sk_buff& s, int type) { return nla_put(s, type, {}); }
bool nla_put_string(sk_buff&, int type, std::string_view);  // with its NUL

// The same for a sequence of attributes outside a packet, which grows as needed.
void nla_append(std::vector<std::byte>&, int type, const_bytes);
template <class T>
void nla_append_raw(std::vector<std::byte>& to, int type, const T& v) {
  static_assert(std::is_trivially_copyable_v<T>);
  nla_append(to, type, std::as_bytes(std::span(&v, 1)));
}

// Begins a nest and returns it, or null. The second sets NLA_F_NESTED.
nlattr* nla_nest_start_noflag(sk_buff&, int type);
inline nlattr* nla_nest_start(sk_buff& s, int type) {
  return nla_nest_start_noflag(s, type | NLA_F_NESTED);
}
inline void nla_nest_end(sk_buff& s, nlattr* n) {
  n->nla_len = static_cast<u16>(s.tail - reinterpret_cast<std::byte*>(n));
}
inline void nla_nest_cancel(sk_buff& s, nlattr* n) { nlmsg_cancel(s, n); }

}  // namespace linnet
