// Netlink as programs speak it with Linux, without a socket: messages are built here, handled by the world's rtnetlink (or
// another protocol) at once, and answered to a function. The typed layer on top is rtnetlink.hh. For notifications, open a
// socket (AF_NETLINK) and join its groups.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <linnet/world.hh>

namespace linnet::v0 {

/// A request under construction: a header, the family's own header, then attributes.
class netlink_request {
 public:
  /// Of a type (RTM_NEWROUTE ...) with flags (NLM_F_CREATE ...); NLM_F_REQUEST goes without saying.
  explicit netlink_request(std::uint16_t type, unsigned flags = 0) {
    bytes_.reserve(256);
    nlmsghdr h{};
    h.nlmsg_type = type;
    h.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    h.nlmsg_seq = 1;
    put(&h, sizeof h);
  }

  /// Appends the family's header (ifinfomsg, rtmsg ...), before all attributes.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  netlink_request& header(const T& h) {
    put(&h, sizeof h);
    return *this;
  }
  /// Appends an attribute.
  netlink_request& attribute(std::uint16_t type, std::span<const std::byte> value) {
    const nlattr a = {static_cast<std::uint16_t>(sizeof a + value.size()), type};
    put(&a, sizeof a);
    put(value.data(), value.size());
    return *this;
  }
  /// The same with a number or a structure, in the byte order it has.
  template <class T>
    requires(std::is_trivially_copyable_v<T> && !std::is_convertible_v<T, std::string_view> &&
             !std::is_convertible_v<T, std::span<const std::byte>>)
  netlink_request& attribute(std::uint16_t type, const T& value) {
    return attribute(type, std::as_bytes(std::span(&value, 1)));
  }
  /// The same with a text and a zero byte behind it.
  netlink_request& attribute(std::uint16_t type, std::string_view text) {
    const nlattr a = {static_cast<std::uint16_t>(sizeof a + text.size() + 1), type};
    put(&a, sizeof a);
    const std::size_t at = bytes_.size();
    bytes_.resize(at + NLA_ALIGN(text.size() + 1));
    if (!text.empty()) std::memcpy(bytes_.data() + at, text.data(), text.size());
    return *this;
  }
  /// Begins a nest; what it returns goes to end_nest.
  std::size_t nest(std::uint16_t type) {
    const std::size_t at = bytes_.size();
    attribute(type, std::span<const std::byte>());
    return at;
  }
  /// Ends it.
  netlink_request& end_nest(std::size_t at) {
    const auto length = static_cast<std::uint16_t>(bytes_.size() - at);
    std::memcpy(bytes_.data() + at, &length, sizeof length);
    return *this;
  }
  /// The whole message, its length filled in.
  std::span<const std::byte> bytes() {
    const auto length = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &length, sizeof length);
    return bytes_;
  }

 private:
  void put(const void* p, std::size_t n) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + NLMSG_ALIGN(n));
    if (n) std::memcpy(bytes_.data() + at, p, n);
  }
  std::vector<std::byte> bytes_;
};

/// An attribute of an answer. Borrows the answer's bytes.
struct netlink_attribute {
  std::uint16_t type = 0;                ///< Without NLA_F_NESTED.
  std::span<const std::byte> payload{};  ///< Empty when it is absent.

  /// Whether there is one.
  explicit operator bool() const { return payload.data() != nullptr; }
  /// The payload as a number or structure; what is missing of it is zero.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  T as() const {
    T v{};
    if (!payload.empty()) std::memcpy(&v, payload.data(), std::min(sizeof v, payload.size()));
    return v;
  }
  /// The payload as a text, up to its zero byte.
  std::string_view text() const {
    const std::string_view s(reinterpret_cast<const char*>(payload.data()), payload.size());
    return s.substr(0, s.find('\0'));
  }
};

/// A sequence of attributes, as they follow a header or stand in a nest: to be walked, or asked for one.
class netlink_attributes {
 public:
  /// Of these bytes; they must live as long.
  explicit netlink_attributes(std::span<const std::byte> bytes) : rest_(bytes) {}

  /// The first of a type; false when there is none.
  netlink_attribute operator[](std::uint16_t type) const {
    for (netlink_attribute a : *this)
      if (a.type == type) return a;
    return {};
  }

  /// @cond
  struct end_mark {};
  class iterator {
   public:
    explicit iterator(std::span<const std::byte> rest) : rest_(rest) {}
    netlink_attribute operator*() const {
      const nlattr h = head();
      return {static_cast<std::uint16_t>(h.nla_type & NLA_TYPE_MASK),
              rest_.subspan(NLA_HDRLEN, h.nla_len - NLA_HDRLEN)};
    }
    iterator& operator++() {
      rest_ = rest_.subspan(std::min<std::size_t>(NLA_ALIGN(head().nla_len), rest_.size()));
      return *this;
    }
    bool operator==(end_mark) const {
      if (rest_.size() < NLA_HDRLEN) return true;
      const nlattr h = head();
      return h.nla_len < NLA_HDRLEN || h.nla_len > rest_.size();
    }

   private:
    nlattr head() const {
      nlattr h;
      std::memcpy(&h, rest_.data(), sizeof h);
      return h;
    }
    std::span<const std::byte> rest_;
  };
  iterator begin() const { return iterator(rest_); }
  end_mark end() const { return {}; }
  /// @endcond

 private:
  std::span<const std::byte> rest_;
};

/// One message of an answer. Borrows its bytes.
struct netlink_message {
  nlmsghdr header{};                  ///< In host order.
  std::span<const std::byte> body{};  ///< All behind it.

  /// The family's header; what is missing of it is zero.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  T family_header() const {
    return netlink_attribute{0, body}.as<T>();
  }
  /// The attributes behind a family's header of that type.
  template <class T>
  netlink_attributes attributes() const {
    return netlink_attributes(body.subspan(std::min(NLMSG_ALIGN(sizeof(T)), body.size())));
  }
};

/// Called with each message of an answer but acks and the end of a dump.
using netlink_handler = std::function<void(const netlink_message&)>;

/// Has a request handled by the namespace's side of a netlink protocol, as root of the world would ask it, strictly
/// checked. Messages of the answer go to `on_message` before it returns; dumps (NLM_F_DUMP) run to their end. The error
/// has the kernel's errno, its sentence and the place of the attribute it objects to.
status netlink_call(const net&, netlink_request&, const netlink_handler& on_message = {},
                    int protocol = NETLINK_ROUTE);

}  // namespace linnet::v0
