// Objects of one size, many of them: slabs of 4 KiB pages, whose first bytes say which pool they belong to, so that an
// object is freed by its address alone and costs no more than its size. A pool that its owner has let go lives on until
// the last of its objects has gone. Memory goes back when a pool becomes empty, unless it is little: then it will soon be
// wanted again.
// Under the address sanitizer each object is an allocation of its own, so that it sees every use after the end.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

#include "base/types.hh"

namespace linnet {

class slab_pool {
 public:
  explicit slab_pool(size_t object_size)
      : size_((object_size + align - 1) / align * align),
        per_page_((page_size - sizeof(page)) / size_) {
    assert(per_page_ > 0);
  }
  slab_pool(const slab_pool&) = delete;
  slab_pool& operator=(const slab_pool&) = delete;

  struct let_go {
    void operator()(slab_pool* p) const {
      p->owned_ = false;
      p->end_if_unused();
    }
  };

  void* alloc() {
    ++live_;
    if constexpr (one_by_one) return one(size_);
    if (!free_) grow();
    item* i = free_;
    free_ = i->next;
    return i;
  }
  static void free(void* object) {
    page& of =
        *reinterpret_cast<page*>(reinterpret_cast<std::uintptr_t>(object) & ~(page_size - 1));
    slab_pool& p = *of.pool;
    if constexpr (one_by_one) {
      std::free(&of);
    } else {
      item* i = static_cast<item*>(object);
      i->next = p.free_;
      p.free_ = i;
    }
    if (--p.live_ == 0 && p.pages_ > kept_pages) p.shrink();
    p.end_if_unused();
  }
  size_t live() const { return live_; }
  size_t bytes() const { return pages_ * page_size; }

 private:
  static constexpr size_t page_size = 4096, align = 16, kept_pages = 4;
#if defined(__SANITIZE_ADDRESS__)
  static constexpr bool one_by_one = true;
#elif defined(__has_feature)
  static constexpr bool one_by_one = __has_feature(address_sanitizer);
#else
  static constexpr bool one_by_one = false;
#endif
  struct alignas(align) page {
    slab_pool* pool;
  };
  struct item {
    item* next;
  };

  ~slab_pool() { shrink(); }

  void* one(size_t size) {
    auto* p = static_cast<std::byte*>(std::aligned_alloc(page_size, page_size));
    if (!p) throw std::bad_alloc();
    new (p) page{this};
    return p + page_size - size;  // what is written past its end is seen
  }
  // Slabs double, up to 256 KiB.
  void grow() {
    const size_t n = std::clamp<size_t>(pages_, 1, 64);
    auto* slab = static_cast<std::byte*>(std::aligned_alloc(page_size, n * page_size));
    if (!slab) throw std::bad_alloc();
    slabs_.push_back(slab);
    pages_ += n;
    for (size_t k = n; k-- > 0;) {
      std::byte* at = slab + k * page_size;
      new (at) page{this};
      for (size_t o = per_page_; o-- > 0;) free_ = new (at + sizeof(page) + o * size_) item{free_};
    }
  }
  void shrink() {
    for (std::byte* s : slabs_) std::free(s);
    slabs_.clear();
    free_ = nullptr;
    pages_ = 0;
  }
  void end_if_unused() {
    if (!owned_ && live_ == 0) delete this;
  }

  const size_t size_, per_page_;
  item* free_ = nullptr;
  size_t live_ = 0, pages_ = 0;
  bool owned_ = true;
  std::vector<std::byte*> slabs_;
};

}  // namespace linnet
