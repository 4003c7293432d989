// Intrusive reference counting for long-lived objects that more than one table points at. Counts are
// plain integers: an object belongs to one cpu. The object is deleted when the last reference goes.
#pragma once

#include <cassert>
#include <utility>

#include "base/types.hh"

namespace linnet {

class refcounted {
 public:
  refcounted() = default;
  refcounted(const refcounted&) = delete;
  refcounted& operator=(const refcounted&) = delete;
  virtual ~refcounted() = default;
  u32 refs() const { return refs_; }

 private:
  template <class T>
  friend class ref;
  u32 refs_ = 0;
};

template <class T>
class ref {
 public:
  ref() = default;
  ref(std::nullptr_t) {}
  explicit ref(T* p) : p_(p) { hold(); }
  ref(const ref& o) : p_(o.p_) { hold(); }
  ref(ref&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  template <class U>
  ref(const ref<U>& o) : p_(o.get()) {
    hold();
  }
  ref& operator=(ref o) noexcept {
    std::swap(p_, o.p_);
    return *this;
  }
  ~ref() { put(); }

  // Takes over a reference that swap_out() left in a plain pointer; the temporary drops it.
  static ref adopt(T* p) {
    ref r;
    r.p_ = p;
    return r;
  }
  // Leaves the reference in `out`, for structures that must stay trivially copyable.
  void swap_out(T*& out) { out = std::exchange(p_, nullptr); }

  T* get() const { return p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }
  friend bool operator==(const ref& a, const ref& b) { return a.p_ == b.p_; }
  friend bool operator==(const ref& a, const T* b) { return a.p_ == b; }

 private:
  void hold() {
    if (p_) ++static_cast<refcounted*>(p_)->refs_;
  }
  void put() {
    if (!p_) return;
    auto* r = static_cast<refcounted*>(p_);
    assert(r->refs_ > 0);
    if (--r->refs_ == 0) delete r;
  }
  T* p_ = nullptr;
};

}  // namespace linnet
