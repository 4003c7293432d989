// Changing the index. A slot is overwritten by a longer prefix, or by the same one, and given back to the next shorter of
// its stride: the answers' lengths tell which is which.
#include "net/ipv4/fib_index.hh"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <new>

namespace linnet {
namespace {

constexpr unsigned ask_base =
    2;  // number 2 + plen: a prefix of that length for which the table is asked
constexpr size_t ask_numbers = 33;
constexpr u8 longest_of_all = 255;  // of a crowded slot, that nothing may overwrite it

u64 prefix_id(u32 key, u8 plen) { return u64{key} << 8 | plen; }

}  // namespace

void fib_index::find(std::span<const u32> keys, std::span<const fib_answer*> answers) const {
  assert(keys.size() <= burst && answers.size() >= keys.size());
  // As many reads under way as a processor has buffers for them, or some more.
  constexpr size_t ahead = 16;
  const size_t n = keys.size();
  for (size_t i = 0; i < std::min(n, ahead); ++i) prefetch(keys[i]);
  for (size_t i = 0; i < n; ++i) {
    if (likely(i + ahead < n)) prefetch(keys[i + ahead]);
    // Without branches but for the rare group: whether a chunk's slot holds is anybody's guess.
    const u32 word = top_[keys[i] >> 16];
    u32 s = chunks_[word >> number_bits][keys[i] >> 8 & 255];  // chunk 0 says "the top's holds"
    if (unlikely(s & group_bit)) {
      const u32 g = s & number_mask;
      s = groups_[g][keys[i] & 255];
      if (!s) s = group_base_[g];
    }
    const u32 number = s ? s : word & number_mask;
    answers[i] = number ? &answers_[number] : nullptr;
  }
}

size_t fib_index::answer_hash::operator()(const fib_answer& a) const {
  u64 h = reinterpret_cast<u64>(a.info) ^ u64 { a.tb_id } << 40 ^ u64 { a.type } << 8 ^ a.plen;
  h *= 0x9e3779b97f4a7c15;
  return h ^ h >> 29;
}

fib_index::pool::pool(u32 most) : max(most) {
  void* p = mmap(nullptr, size_t{max} * sizeof(slots), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  at = static_cast<slots*>(p);
}

fib_index::pool::~pool() { munmap(at, size_t{max} * sizeof(slots)); }

u32 fib_index::pool::take() {
  if (!free.empty()) {
    const u32 i = free.back();
    free.pop_back();
    return i;
  }
  // Read at random once there are many: huge pages spare misses in the address translation.
  constexpr u32 many = 8192;
  if (used == many) madvise(at, size_t{max} * sizeof(slots), MADV_HUGEPAGE);
  return used < max ? used++ : 0;
}

void fib_index::pool::give(u32 i) {
  memset(at[i], 0, sizeof(slots));
  free.push_back(i);
}

fib_index::fib_index()
    : top_(std::make_unique<u32[]>(1 << 16)),
      chunk_pool_(max_chunks + 1),
      group_pool_(max_groups),
      chunks_(chunk_pool_.at),
      groups_(group_pool_.at),
      answers_(ask_base + ask_numbers),
      users_(ask_base + ask_numbers) {
  for (size_t plen = 0; plen < ask_numbers; ++plen)
    answers_[ask_base + plen].plen = static_cast<u8>(plen);
  answers_[crowded].plen = longest_of_all;
  answers_.reserve(256);
}

fib_index::~fib_index() = default;

// ---- answers and their numbers

u16 fib_index::number_of(u32 key, const fib_answer& a) {
  const u16 ask = static_cast<u16>(ask_base + a.plen);
  if (!a.info) return ask;
  if (const auto it = numbers_.find(a); it != numbers_.end()) {
    ++users_[it->second];
    return it->second;
  }
  u16 fresh;
  if (!free_numbers_.empty()) {
    fresh = free_numbers_.back();
    free_numbers_.pop_back();
    answers_[fresh] = a;
    users_[fresh] = 1;
  } else if (answers_.size() <= number_mask) {
    fresh = static_cast<u16>(answers_.size());
    answers_.push_back(a);
    users_.push_back(1);
  } else {
    unnumbered_.insert(prefix_id(key, a.plen));
    return ask;
  }
  numbers_.emplace(a, fresh);
  return fresh;
}

u16 fib_index::known(u32 key, const fib_answer& a) const {
  if (!a.info || (!unnumbered_.empty() && unnumbered_.contains(prefix_id(key, a.plen))))
    return static_cast<u16>(ask_base + a.plen);
  return numbers_.at(a);
}

void fib_index::release(u32 key, const fib_answer& a, u16 number) {
  if (number < ask_base + ask_numbers) {
    unnumbered_.erase(prefix_id(key, a.plen));
  } else if (--users_[number] == 0) {
    numbers_.erase(a);
    free_numbers_.push_back(number);
  }
}

// ---- slots

u32 fib_index::chunk_of(u32 key) {
  u32& word = top_[key >> 16];
  if (!(word >> number_bits)) {
    const u32 c = chunk_pool_.take();  // there are as many as words
    if (c >= chunk_prefixes_.size()) chunk_prefixes_.resize(c + 1);
    word |= c << number_bits;
  }
  return word >> number_bits;
}

// The group of a slot, made when it has none; 0: there are no more.
u16 fib_index::group_of(u16& slot) {
  if (!(slot & group_bit)) {
    const u16 g = slot == crowded ? u16{0} : static_cast<u16>(group_pool_.take());
    if (!g) {
      slot = crowded;
      return 0;
    }
    if (g >= group_base_.size()) {
      group_base_.resize(g + 1u);
      group_prefixes_.resize(g + 1u);
    }
    group_base_[g] = slot;
    slot = group_bit | g;
  }
  return slot & number_mask;
}

// Calls change(number) for the number in each slot of a prefix's stride that it covers.
template <class F>
void fib_index::each_slot(u32 key, u8 plen, F&& change) {
  if (plen <= top_plen) {
    const u32 first = key >> 16, n = 1u << (top_plen - plen);
    for (u32 i = first; i < first + n; ++i) {
      u16 number = top_[i] & number_mask;
      change(number);
      top_[i] = (top_[i] & ~number_mask) | number;
    }
    return;
  }
  slots& chunk = chunks_[chunk_of(key)];
  if (plen <= chunk_plen) {
    const u32 first = key >> 8 & 255, n = 1u << (chunk_plen - plen);
    for (u32 i = first; i < first + n; ++i) {
      u16& s = chunk[i];
      change(s & group_bit ? group_base_[s & number_mask] : s);
    }
    return;
  }
  const u16 g = group_of(chunk[key >> 8 & 255]);
  if (!g) return;
  const u32 first = key & 255, n = 1u << (32 - plen);
  for (u32 i = first; i < first + n; ++i) change(groups_[g][i]);
}

void fib_index::put(u32 key, u8 plen, u16 number) {
  each_slot(key, plen, [&](u16& s) {
    if (covers(s, plen)) s = number;
  });
}

void fib_index::restore(u32 key, u8 plen, u16 shorter) {
  each_slot(key, plen, [&](u16& s) {
    if (s && answers_[s].plen == plen) s = shorter;
  });
}

// After a prefix of this length has gone: gives its group and its chunk back when they were the last's.
void fib_index::drop_if_empty(u32 key, u8 plen) {
  if (plen <= top_plen) return;
  u32& word = top_[key >> 16];
  const u32 c = word >> number_bits;
  u16& slot = chunks_[c][key >> 8 & 255];
  if (plen > chunk_plen && (slot & group_bit)) {
    const u16 g = slot & number_mask;
    if (--group_prefixes_[g] == 0) {
      slot = group_base_[g];
      group_pool_.give(g);
    }
  }
  if (--chunk_prefixes_[c] == 0) {
    word &= number_mask;
    chunk_pool_.give(c);
  }
}

// ---- prefixes

void fib_index::insert(u32 key, const fib_answer& a) {
  if (a.plen > top_plen) ++chunk_prefixes_[chunk_of(key)];
  put(key, a.plen, number_of(key, a));
  if (a.plen <= chunk_plen) return;
  const u16 slot = chunks_[chunk_of(key)][key >> 8 & 255];
  if (slot & group_bit) ++group_prefixes_[slot & number_mask];
}

void fib_index::replace(u32 key, const fib_answer& from, const fib_answer& to) {
  if (from == to) return;
  release(key, from, known(key, from));
  put(key, to.plen, number_of(key, to));
}

void fib_index::erase(u32 key, const fib_answer& from, const fib_answer* shorter) {
  const u8 plen = from.plen;
  const u8 stride = plen <= top_plen ? 0 : plen <= chunk_plen ? top_plen + 1 : chunk_plen + 1;
  const u16 old = known(key, from);
  const u32 parent_key = shorter && shorter->plen ? key & ~u32{0} << (32 - shorter->plen) : 0;
  restore(key, plen, shorter && shorter->plen >= stride ? known(parent_key, *shorter) : u16{0});
  release(key, from, old);
  drop_if_empty(key, plen);
}

size_t fib_index::memory() const {
  return sizeof *this + (sizeof(u32) << 16) +
         size_t{chunk_pool_.used + group_pool_.used} * sizeof(slots) + group_base_.capacity() * 4 +
         chunk_prefixes_.capacity() * 4 + answers_.capacity() * (sizeof(fib_answer) + sizeof(u32)) +
         numbers_.size() * (sizeof(fib_answer) + 24) + unnumbered_.size() * 24;
}

}  // namespace linnet
