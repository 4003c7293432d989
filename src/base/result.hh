// What a control path returns: a value, or Linux's errno together with the text and the attribute that
// netlink's extended ack carries (struct nlmsgerr attributes NLMSGERR_ATTR_MSG and _OFFS).
#pragma once

#include <cerrno>
#include <expected>

namespace linnet {

struct error {
  int code = 0;                // positive errno
  const char* msg = nullptr;   // extended-ack text; static storage
  const void* attr = nullptr;  // offending attribute inside the request being parsed, or null

  constexpr bool operator==(int e) const { return code == e; }
};

template <class T>
using result = std::expected<T, error>;
using status = result<void>;

// `return err(EINVAL);` or `return err(EINVAL, "Nexthop has invalid gateway", nla);`
[[nodiscard]] constexpr std::unexpected<error> err(int code, const char* msg = nullptr,
                                                   const void* attr = nullptr) {
  return std::unexpected(error{code, msg, attr});
}

// At the ABI's edge: 0 or negative errno.
constexpr int to_errno(const status& s) { return s ? 0 : -s.error().code; }

}  // namespace linnet
