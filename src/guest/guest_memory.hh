// Reads and writes a guest's memory, addressed as the guest does. EFAULT for what it has not mapped.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/types.hh"

namespace linnet {

class guest_memory {
 public:
  explicit guest_memory(pid_t tid) : tid_(tid) {}

  // All or nothing.
  bool read(u64 address, bytes into) const;
  bool write(u64 address, const_bytes from) const;

  template <class T>
    requires std::is_trivially_copyable_v<T>
  std::optional<T> get(u64 address) const {
    T value;
    if (!read(address, std::as_writable_bytes(std::span(&value, 1)))) return std::nullopt;
    return value;
  }
  template <class T>
    requires std::is_trivially_copyable_v<T>
  bool put(u64 address, const T& value) const {
    return write(address, std::as_bytes(std::span(&value, 1)));
  }

  // A null-terminated path; ENAMETOOLONG past PATH_MAX, EFAULT.
  int read_path(u64 address, std::string& path) const;

 private:
  pid_t tid_;
};

// The guest's struct iovec and struct msghdr. Same layout on all 64-bit machines that we know.
struct guest_iovec {
  u64 base;
  u64 len;
};
struct guest_msghdr {
  u64 name;
  u32 namelen;
  u32 pad0;
  u64 iov;
  u64 iovlen;
  u64 control;
  u64 controllen;
  u32 flags;
  u32 pad1;
};
static_assert(sizeof(guest_msghdr) == 56);
struct guest_mmsghdr {
  guest_msghdr hdr;
  u32 len;
  u32 pad;
};
static_assert(sizeof(guest_mmsghdr) == 64);

// A guest's scatter list, checked as import_iovec does: EMSGSIZE past UIO_MAXIOV, EINVAL for a negative
// length, EFAULT. Returns 0 or a positive errno.
int read_iovec(const guest_memory&, u64 address, u64 count, std::vector<guest_iovec>&);
u64 iovec_bytes(const std::vector<guest_iovec>&);
int gather(const guest_memory&, const std::vector<guest_iovec>&, std::vector<std::byte>& out);
int scatter(const guest_memory&, const std::vector<guest_iovec>&, const_bytes from);

}  // namespace linnet
