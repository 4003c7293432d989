// Ids and capabilities, as root of the world's networking sees them. No guest gains anything on the host.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"

namespace linnet {
namespace {

constexpr u64 all_capabilities = (u64{1} << (CAP_LAST_CAP + 1)) - 1;

// How many 32-bit words a version of the interface has; 0 for an unknown one.
unsigned words_of(u32 version) {
  if (version == _LINUX_CAPABILITY_VERSION_1) return 1;
  return version == _LINUX_CAPABILITY_VERSION_2 || version == _LINUX_CAPABILITY_VERSION_3 ? 2 : 0;
}

}  // namespace

call_reply sys_capget(supervisor&, guest_call& c) {
  auto header = c.mem.get<__user_cap_header_struct>(c.args[0]);
  if (!header) return call_reply::fail(EFAULT);
  const unsigned words = words_of(header->version);
  if (words == 0) {
    header->version = _LINUX_CAPABILITY_VERSION_3;
    if (!c.mem.put(c.args[0], *header)) return call_reply::fail(EFAULT);
    return call_reply::fail(c.args[1] ? EINVAL : 0);
  }
  if (header->pid < 0) return call_reply::fail(EINVAL);
  if (c.args[1] == 0) return call_reply::value(0);
  std::array<__user_cap_data_struct, 2> data{};
  for (unsigned i = 0; i < words; ++i)
    data[i].effective = data[i].permitted = static_cast<u32>(all_capabilities >> (32 * i));
  const auto out = std::as_bytes(std::span(data).first(words));
  return call_reply::value(c.mem.write(c.args[1], out) ? 0 : -EFAULT);
}

call_reply sys_capset(supervisor&, guest_call& c) {
  const auto header = c.mem.get<__user_cap_header_struct>(c.args[0]);
  if (!header) return call_reply::fail(EFAULT);
  return call_reply::fail(words_of(header->version) ? 0 : EINVAL);
}

// Also what only root may do with the host's memory and disks: done, as far as the guest can see.
call_reply sys_set_ids(supervisor&, guest_call& c) {
  if (c.nr == SYS_setfsuid) return call_reply::value(geteuid());
  if (c.nr == SYS_setfsgid) return call_reply::value(getegid());
  return call_reply::value(0);
}

}  // namespace linnet
