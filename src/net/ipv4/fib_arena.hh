// Memory for a routing table's nodes: blocks of 1 to 128 units of 16 bytes, cut from chunks that grow with
// the table. Freed blocks are kept by size for the next request; chunks go back to the host all at once,
// by release(). A fresh arena owns nothing.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <vector>

#include "base/types.hh"

namespace linnet {

class fib_arena {
 public:
  static constexpr size_t unit = 16, max_units = 128;

  // The units that a request for `units` really gets: growing within them needs no new block.
  static size_t rounded(size_t units) { return sizes[class_of(units)]; }

  void* alloc(size_t units) {
    unsigned c = class_of(units);
    if (block* b = free_[c]) {
      free_[c] = b->next;
      return b;
    }
    return cut(sizes[c]);
  }
  void free(void* p, size_t units) {
    unsigned c = class_of(units);
    block* b = static_cast<block*>(p);
    b->next = free_[c];
    free_[c] = b;
  }
  void release() {
    chunks_.clear();
    free_.fill(nullptr);
    at_ = end_ = nullptr;
    taken_ = 0;
  }
  size_t taken() const { return taken_; }

 private:
  struct block {
    block* next;
  };
  struct alignas(unit) unit_bytes {
    std::byte b[unit];
  };
  static constexpr std::array<u8, 14> sizes{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128};
  static constexpr std::array<u8, max_units + 1> make_classes() {
    std::array<u8, max_units + 1> r{};
    u8 c = 0;
    for (size_t n = 0; n <= max_units; ++n) {
      if (n > sizes[c]) ++c;
      r[n] = c;
    }
    return r;
  }
  static unsigned class_of(size_t units) {
    static constexpr auto classes = make_classes();
    return classes[units];
  }
  // Big tables are walked at random: huge pages spare most of the misses in the address translation.
  void add_chunk(size_t units) {
    constexpr size_t huge = size_t{2} << 20;
    size_t n = std::max({taken_ / 2, size_t{512}, units * unit});
    size_t align = n < huge ? unit : huge;
    n = n < huge ? n & ~(unit - 1) : std::min(n, 2 * huge) & ~(huge - 1);
    void* p = ::operator new(n, std::align_val_t{align});
    if (align == huge) ::madvise(p, n, MADV_HUGEPAGE);
    chunks_.emplace_back(static_cast<unit_bytes*>(p), chunk_delete{align});
    at_ = chunks_.back().get();
    end_ = at_ + n / unit;
    taken_ += n;
  }
  void* cut(size_t units) {
    if (static_cast<size_t>(end_ - at_) < units) {
      // What is left of the old chunk serves smaller requests.
      while (at_ != end_) {
        unsigned c = class_of(static_cast<size_t>(end_ - at_));
        if (sizes[c] > end_ - at_) --c;
        free(at_, sizes[c]);
        at_ += sizes[c];
      }
      add_chunk(units);
    }
    void* p = at_;
    at_ += units;
    return p;
  }

  struct chunk_delete {
    size_t align;
    void operator()(unit_bytes* p) const { ::operator delete(p, std::align_val_t{align}); }
  };
  std::vector<std::unique_ptr<unit_bytes, chunk_delete>> chunks_;
  std::array<block*, sizes.size()> free_{};
  unit_bytes *at_ = nullptr, *end_ = nullptr;
  size_t taken_ = 0;
};

}  // namespace linnet
