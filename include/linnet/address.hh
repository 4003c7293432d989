// Addresses as values: IPv4 addresses and prefixes, Ethernet addresses, and the pair of address and port that the
// socket calls take. Bytes stand in network order, ports are numbers in host order. They are made
// from literals: `ipv4_prefix p = "10.0.0.0/24";`.
#pragma once

#include <netinet/in.h>

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <linnet/version.hh>

namespace linnet::v0 {

/// @cond
namespace detail {
template <class T>
constexpr const T& literal(const std::optional<T>& parsed) {
  if (!parsed) throw std::invalid_argument("not an address");
  return *parsed;
}
}  // namespace detail
/// @endcond

/// An IPv4 address.
struct ipv4_address {
  /// In network order, as on the wire.
  std::array<std::uint8_t, 4> bytes{};

  constexpr ipv4_address() = default;
  /// The address a.b.c.d.
  constexpr ipv4_address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
      : bytes{a, b, c, d} {}
  /// From a literal, "10.0.0.1". What is none doesn't compile as a constant, and throws
  /// std::invalid_argument otherwise: for texts from elsewhere there is parse.
  constexpr ipv4_address(const char* text) : ipv4_address(detail::literal(parse(text))) {}
  /// From the system's structure (network order).
  constexpr explicit ipv4_address(in_addr a)
      : bytes(std::bit_cast<std::array<std::uint8_t, 4>>(a.s_addr)) {}

  /// From text in the usual dotted form of four decimal numbers; nothing when it isn't that.
  static constexpr std::optional<ipv4_address> parse(std::string_view text);
  /// The system's structure (network order).
  constexpr in_addr raw() const { return {std::bit_cast<std::uint32_t>(bytes)}; }
  /// "10.0.0.1".
  std::string text() const;

  /// By value.
  constexpr auto operator<=>(const ipv4_address&) const = default;
};

/// An address and how many of its leading bits count: a subnet, or an interface's address with its subnet.
struct ipv4_prefix {
  /// All 32 bits: those of the host are kept.
  ipv4_address address{};
  /// 0 to 32.
  std::uint8_t length = 0;

  constexpr ipv4_prefix() = default;
  /// `address`/`length`; a length over 32 is the kernel's to refuse.
  constexpr ipv4_prefix(ipv4_address a, std::uint8_t n) : address(a), length(n) {}
  /// From a literal, "10.0.0.0/24", or without a length for /32. What is none doesn't compile as a constant, and throws
  /// std::invalid_argument otherwise: for texts from elsewhere there is parse.
  constexpr ipv4_prefix(const char* text) : ipv4_prefix(detail::literal(parse(text))) {}

  /// From text; nothing when it isn't an address, or one with a length of 0 to 32.
  static constexpr std::optional<ipv4_prefix> parse(std::string_view text);
  /// "10.0.0.0/24".
  std::string text() const;

  /// By value.
  constexpr auto operator<=>(const ipv4_prefix&) const = default;
};

/// An Ethernet address.
struct mac_address {
  /// As on the wire.
  std::array<std::uint8_t, 6> bytes{};

  constexpr mac_address() = default;
  /// From a literal, "02:00:00:00:00:01". What is none doesn't compile as a constant, and throws
  /// std::invalid_argument otherwise: for texts from elsewhere there is parse.
  constexpr mac_address(const char* text) : mac_address(detail::literal(parse(text))) {}

  /// From its bytes.
  static constexpr mac_address from(const std::array<std::uint8_t, 6>& bytes) {
    mac_address m;
    m.bytes = bytes;
    return m;
  }
  /// From six hexadecimal numbers of two digits with colons between; nothing when it isn't that.
  static constexpr std::optional<mac_address> parse(std::string_view text);
  /// "02:00:00:00:00:01".
  std::string text() const;

  /// By value.
  constexpr auto operator<=>(const mac_address&) const = default;
};

/// An IPv4 address and a port: what sockaddr_in holds. 0.0.0.0 stands for any address, port 0 for any port.
struct endpoint {
  ipv4_address address{};  ///< Bytes in network order.
  std::uint16_t port = 0;  ///< In host order.

  /// From the system's structure.
  static constexpr endpoint from(const sockaddr_in& a) {
    return {ipv4_address(a.sin_addr), std::byteswap(a.sin_port)};
  }
  /// The system's structure (AF_INET).
  constexpr sockaddr_in raw() const {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = std::byteswap(port);
    a.sin_addr = address.raw();
    return a;
  }
  /// "10.0.0.1:7".
  std::string text() const;

  /// By value.
  constexpr auto operator<=>(const endpoint&) const = default;
};
static_assert(std::endian::native == std::endian::little);

/// @cond
namespace detail {

// Takes a number of at most `digits` digits off the front.
constexpr std::optional<unsigned> take_number(std::string_view& s, unsigned base, size_t digits) {
  unsigned v = 0;
  size_t n = 0;
  for (; n < s.size() && n < digits; ++n) {
    const char c = s[n];
    unsigned d = 99;
    if (c >= '0' && c <= '9') d = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') d = static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') d = static_cast<unsigned>(c - 'A') + 10;
    if (d >= base) break;
    v = v * base + d;
  }
  if (n == 0) return std::nullopt;
  s.remove_prefix(n);
  return v;
}

constexpr bool take(std::string_view& s, char c) {
  if (s.empty() || s[0] != c) return false;
  s.remove_prefix(1);
  return true;
}

}  // namespace detail
/// @endcond

constexpr std::optional<ipv4_address> ipv4_address::parse(std::string_view text) {
  std::string_view s = text;
  ipv4_address a;
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0 && !detail::take(s, '.')) return std::nullopt;
    const auto v = detail::take_number(s, 10, 3);
    if (!v || *v > 255) return std::nullopt;
    a.bytes[i] = static_cast<std::uint8_t>(*v);
  }
  if (!s.empty()) return std::nullopt;
  return a;
}

constexpr std::optional<ipv4_prefix> ipv4_prefix::parse(std::string_view text) {
  std::string_view s = text;
  const size_t slash = s.find('/');
  const auto a = ipv4_address::parse(s.substr(0, slash));
  if (!a) return std::nullopt;
  if (slash == s.npos) return ipv4_prefix(*a, 32);
  s.remove_prefix(slash + 1);
  const auto n = detail::take_number(s, 10, 2);
  if (!n || *n > 32 || !s.empty()) return std::nullopt;
  return ipv4_prefix(*a, static_cast<std::uint8_t>(*n));
}

constexpr std::optional<mac_address> mac_address::parse(std::string_view text) {
  std::string_view s = text;
  mac_address m;
  if (s.size() != 17) return std::nullopt;
  for (size_t i = 0; i < 6; ++i) {
    if (i > 0 && !detail::take(s, ':')) return std::nullopt;
    const std::string_view before = s;
    const auto v = detail::take_number(s, 16, 2);
    if (!v || before.size() - s.size() != 2) return std::nullopt;
    m.bytes[i] = static_cast<std::uint8_t>(*v);
  }
  return m;
}

}  // namespace linnet::v0
