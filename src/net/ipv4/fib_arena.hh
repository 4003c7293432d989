// Memory for a routing table's nodes: blocks of 1 to 128 units of 16 bytes, cut from chunks that grow with
// the table. Freed blocks are kept by size for the next request; chunks go back to the host all at once,
// by release(). A fresh arena owns nothing.
#pragma once

#include <array>
#include <memory>
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
  void* cut(size_t units) {
    if (static_cast<size_t>(end_ - at_) < units) {
      // What is left of the old chunk serves smaller requests.
      while (at_ != end_) {
        unsigned c = class_of(static_cast<size_t>(end_ - at_));
        if (sizes[c] > end_ - at_) --c;
        free(at_, sizes[c]);
        at_ += sizes[c];
      }
      size_t n = taken_ / unit / 2;
      n = n < 32 ? 32 : n > 65536 ? 65536 : n;
      if (n < units) n = units;
      chunks_.push_back(std::make_unique_for_overwrite<unit_bytes[]>(n));
      at_ = chunks_.back().get();
      end_ = at_ + n;
      taken_ += n * unit;
    }
    void* p = at_;
    at_ += units;
    return p;
  }

  std::vector<std::unique_ptr<unit_bytes[]>> chunks_;
  std::array<block*, sizes.size()> free_{};
  unit_bytes *at_ = nullptr, *end_ = nullptr;
  size_t taken_ = 0;
};

}  // namespace linnet
