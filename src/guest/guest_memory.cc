// process_vm_readv(2) and its twin; a partial transfer means that the rest is not mapped.
#include "guest/guest_memory.hh"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <limits>

#include "guest/front/front_memory.hh"

namespace linnet {
namespace {

constexpr u64 user_addresses = (u64{1} << 47) - 4096;  // where a program's end (access_ok)
constexpr u64 max_rw_count = 0x7ffff000;               // as much as one call of Linux's moves

void* remote(u64 address) { return reinterpret_cast<void*>(address); }

}  // namespace

bool guest_memory::read_on_page(u64 address, bytes into) const {
  const u64 page = address & ~(guest_page::size - 1), at = address - page;
  if (!page_ || into.size() > guest_page::size - at) return false;
  if (!page_->known || page_->address != page) {
    const iovec here{page_->copy.data(), guest_page::size};
    const iovec there{remote(page), guest_page::size};
    page_->address = page;
    page_->known =
        process_vm_readv(tid_, &here, 1, &there, 1, 0) == static_cast<ssize_t>(guest_page::size);
  }
  if (page_->known) memcpy(into.data(), page_->copy.data() + at, into.size());
  return page_->known;
}

bool guest_memory::read(u64 address, bytes into) const {
  if (into.empty() || (front_ && front_->read(address, into)) || read_on_page(address, into))
    return true;
  const iovec here{into.data(), into.size()};
  const iovec there{remote(address), into.size()};
  return process_vm_readv(tid_, &here, 1, &there, 1, 0) == static_cast<ssize_t>(into.size());
}

bool guest_memory::write(u64 address, const_bytes from) const {
  if (from.empty() || (front_ && front_->write(address, from))) return true;
  forget();
  const iovec here{const_cast<std::byte*>(from.data()), from.size()};
  const iovec there{remote(address), from.size()};
  return process_vm_writev(tid_, &here, 1, &there, 1, 0) == static_cast<ssize_t>(from.size());
}

int guest_memory::read_path(u64 address, std::string& path) const {
  // In pieces that end at a page's end, so that a short string before an unmapped page is read whole.
  constexpr u64 piece_bytes = 256;
  std::array<char, piece_bytes> piece;
  path.clear();
  while (path.size() < PATH_MAX) {
    const u64 want = piece_bytes - address % piece_bytes;
    const iovec here{piece.data(), want};
    const iovec there{remote(address), want};
    const ssize_t got = process_vm_readv(tid_, &here, 1, &there, 1, 0);
    if (got <= 0) return errno == EPERM ? EPERM : EFAULT;
    const size_t n = strnlen(piece.data(), static_cast<size_t>(got));
    path.append(piece.data(), n);
    if (n < static_cast<size_t>(got)) return path.size() < PATH_MAX ? 0 : ENAMETOOLONG;
    address += static_cast<u64>(got);
  }
  return ENAMETOOLONG;
}

int read_iovec(const guest_memory& mem, u64 address, u64 count, std::vector<guest_iovec>& out) {
  if (count > UIO_MAXIOV) return EMSGSIZE;
  out.resize(count);
  if (!mem.read(address, std::as_writable_bytes(std::span(out)))) return EFAULT;
  u64 total = 0;
  for (guest_iovec& v : out) {
    if (v.len > static_cast<u64>(std::numeric_limits<s64>::max())) return EINVAL;
    if (v.base > user_addresses || v.len > user_addresses - v.base) return EFAULT;
    v.len = std::min(v.len, max_rw_count - total);
    total += v.len;
  }
  return 0;
}

u64 iovec_bytes(const std::vector<guest_iovec>& iov) {
  u64 total = 0;
  for (const guest_iovec& v : iov) total += v.len;
  return total;
}

int gather(const guest_memory& mem, const std::vector<guest_iovec>& iov,
           std::vector<std::byte>& out) {
  out.resize(iovec_bytes(iov));
  size_t at = 0;
  for (const guest_iovec& v : iov) {
    if (!mem.read(v.base, bytes(out).subspan(at, v.len))) return EFAULT;
    at += v.len;
  }
  return 0;
}

void scatter(guest_writes& out, const std::vector<guest_iovec>& iov, const_bytes from) {
  for (const guest_iovec& v : iov) {
    const size_t n = std::min<size_t>(v.len, from.size());
    out.add(v.base, from.first(n));
    from = from.subspan(n);
  }
}

void guest_writes::add(u64 address, const_bytes from) {
  if (from.empty()) return;
  pieces_.push_back({address, from.size()});
  data_.insert(data_.end(), from.begin(), from.end());
}

bool guest_writes::flush(const guest_memory& mem) {
  mem.forget();
  if (mem.front_) {
    for (size_t at = 0; const piece& p : pieces_) {
      if (!mem.write(p.address, const_bytes(data_).subspan(at, p.length))) return false;
      at += p.length;
    }
    return true;
  }
  size_t at = 0;
  for (std::span<const piece> left = pieces_; !left.empty();) {
    std::array<iovec, 64> there;
    const size_t n = std::min(left.size(), there.size());
    iovec here{data_.data() + at, 0};
    for (size_t i = 0; i < n; ++i) {
      there[i] = {remote(left[i].address), left[i].length};
      here.iov_len += left[i].length;
    }
    if (process_vm_writev(mem.tid_, &here, 1, there.data(), n, 0) !=
        static_cast<ssize_t>(here.iov_len))
      return false;
    at += here.iov_len;
    left = left.subspan(n);
  }
  return true;
}

}  // namespace linnet
