// Memory whose ends are known, and dice. Buffers end where mapped memory ends, so that a kernel which reads or writes one
// byte more than a call allows it answers EFAULT; dice give the same throws for the same seed on every machine.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

namespace calls {

using bytes = std::span<unsigned char>;
using const_bytes = std::span<const unsigned char>;

// A place that no process has mapped.
inline void* const nowhere = reinterpret_cast<void*>(8);

class arena {
 public:
  // Room for `pages` pages, the one behind them unmapped.
  explicit arena(size_t pages = 20)
      : size_(pages * static_cast<size_t>(getpagesize())),
        base_(static_cast<unsigned char*>(mmap(nullptr, size_ + static_cast<size_t>(getpagesize()),
                                               PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                                               -1, 0))) {
    mprotect(base_ + size_, static_cast<size_t>(getpagesize()), PROT_NONE);
  }
  ~arena() { munmap(base_, size_ + static_cast<size_t>(getpagesize())); }
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;

  // The last `n` bytes of it, all of one value.
  unsigned char* last(size_t n, int fill = 0) {
    n = std::min(n, size_);
    unsigned char* p = base_ + size_ - n;
    memset(p, fill, n);
    return p;
  }
  unsigned char* copy(const_bytes from) {
    unsigned char* p = last(from.size());
    if (!from.empty()) memcpy(p, from.data(), from.size());
    return p;
  }

 private:
  size_t size_;
  unsigned char* base_;
};

class dice {
 public:
  explicit dice(uint64_t seed) : state_(seed) {}
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(next() % n); }
  bool one_in(uint32_t n) { return below(n) == 0; }
  template <class T, size_t N>
  const T& pick(const T (&from)[N]) {
    return from[below(N)];
  }

 private:
  uint64_t next() {  // splitmix64
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  uint64_t state_;
};

}  // namespace calls
