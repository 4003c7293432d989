// Reads and writes a guest's memory, addressed as the guest does. EFAULT for what it has not mapped.
//
// Each look costs a system call, and a call's arguments are small and near each other: a message's header, its scatter
// list and its address stand in one frame of the stack. So a small read brings its whole page, and what else is on
// that page comes from the copy, until something is written or the call is tried again.
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/types.hh"

namespace linnet {

class front_memory;

// The page of a guest that was looked at last. Its owner forgets it before the guest runs on.
struct guest_page {
  static constexpr u64 size = 4096;
  u64 address = 0;
  bool known = false;
  std::array<std::byte, size> copy;
  void forget() { known = false; }
};

class guest_memory {
 public:
  // Without a page, every read goes to the guest. What a request brought along and its answer takes back is in `front`.
  explicit guest_memory(pid_t tid, guest_page* page = nullptr, front_memory* front = nullptr)
      : tid_(tid), page_(page), front_(front) {}

  // All or nothing.
  bool read(u64 address, bytes into) const;
  bool write(u64 address, const_bytes from) const;
  void forget() const {
    if (page_) page_->forget();
  }

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
  friend class guest_writes;
  bool read_on_page(u64 address, bytes into) const;

  pid_t tid_;
  guest_page* page_;
  front_memory* front_;
};

// What is to be written to several places in a guest, in one system call.
class guest_writes {
 public:
  void add(u64 address, const_bytes from);
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void add(u64 address, const T& value) {
    add(address, std::as_bytes(std::span(&value, 1)));
  }
  // False when a part could not be written (EFAULT); others may have been.
  bool flush(const guest_memory&);

 private:
  struct piece {
    u64 address;
    size_t length;
  };
  std::vector<piece> pieces_;
  std::vector<std::byte> data_;  // of all pieces, in their order
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
void scatter(guest_writes&, const std::vector<guest_iovec>&, const_bytes from);

}  // namespace linnet
