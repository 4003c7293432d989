// What a call returns that may fail: a value, or Linux's errno with the text that netlink's extended ack carries.
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <system_error>

#include <linnet/version.hh>

namespace linnet::v0 {

/// Why a call failed. Compares with an errno: `if (r.error() == EAGAIN)`.
struct error {
  /// Linux's errno, positive.
  int code = 0;
  /// The kernel's sentence on a netlink request (NLMSGERR_ATTR_MSG), or which step failed; null: there is none.
  /// Static storage.
  const char* text = nullptr;
  /// Where in the request the attribute stands that the kernel objects to, in bytes from the message's beginning
  /// (NLMSGERR_ATTR_OFFS); 0: it named none.
  unsigned offset = 0;

  /// Whether it is that errno.
  constexpr bool operator==(int e) const { return code == e; }
  /// "Nexthop has invalid gateway: Network is unreachable".
  std::string what() const {
    const std::string meaning = std::generic_category().message(code);
    return text ? std::string(text) + ": " + meaning : meaning;
  }
};

/// A value, or why there is none.
template <class T>
using result = std::expected<T, error>;

/// Success, or why not.
using status = result<void>;

/// The value; without one, throws std::system_error with the errno and the kernel's sentence. For programs that have
/// nothing better to do about an error.
template <class T>
T must(result<T> r) {
  if (!r) {
    const char* text = r.error().text;
    throw std::system_error(r.error().code, std::generic_category(), text ? text : "linnet");
  }
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

}  // namespace linnet::v0
