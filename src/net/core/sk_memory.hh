// What the sockets of one protocol take of the world's memory, in pages, against three limits (sk_prot->memory_allocated and
// sysctl_mem). What they take and give back is counted in a reserve first, which joins the number when it has grown to a
// MiB, and so what is seen moves in such steps.
#pragma once

#include <array>
#include <utility>

#include "base/types.hh"

namespace linnet {

inline constexpr int sk_mem_quantum = 4096;
constexpr int sk_mem_pages(s64 amount) {
  return static_cast<int>((amount + sk_mem_quantum - 1) / sk_mem_quantum);
}

struct proto_memory {
  std::array<s64, 3> limits;
  s64 allocated = 0, reserve = 0;  // what counts, and what is not counted yet

  // sk_memory_allocated_add and _sub.
  void add(s64 pages) {
    reserve += pages;
    if (reserve >= reserve_pages || reserve <= -reserve_pages)
      allocated += std::exchange(reserve, 0);
  }
  // What would count with so many more.
  s64 with(s64 pages) const {
    return allocated + (reserve + pages >= reserve_pages ? reserve + pages : 0);
  }
  s64 shown() const { return allocated > 0 ? allocated : 0; }

 private:
  static constexpr int reserve_pages = 256;  // SK_MEMORY_PCPU_RESERVE
};

}  // namespace linnet
