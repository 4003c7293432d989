// Changing and walking the trie, and looking up bursts. See fib_trie.hh for its shape. A change first brings
// the node into array form (unpack), edits its arrays, and puts a lone leaf back inside (pack).
#include "net/ipv4/fib_trie.hh"

#include <cassert>
#include <cstring>

namespace linnet {

namespace {

// Where a prefix of length `plen` ends: its level, and its number inside the node.
struct place {
  unsigned level, number;
};
place place_of(u64 lifted, u8 plen) {
  unsigned level = (plen + 2u) / 6, rel = (plen + 2u) % 6;
  unsigned c = (lifted >> (58 - 6 * level)) & 63;
  return {level, (1u << rel) - 1 + (c >> (6 - rel))};
}

// A dense array of `count` becomes one of `count + 1` with a hole at `at`.
template <class T>
T* array_open(fib_arena& arena, T* old, size_t count, size_t at) {
  constexpr size_t units = sizeof(T) / fib_arena::unit;
  T* p = old;
  if (!count || fib_arena::rounded(count * units) < (count + 1) * units) {
    p = static_cast<T*>(arena.alloc((count + 1) * units));
    if (count) std::memcpy(static_cast<void*>(p), old, at * sizeof(T));
  }
  if (count) std::memmove(static_cast<void*>(p + at + 1), old + at, (count - at) * sizeof(T));
  if (count && p != old) arena.free(old, count * units);
  return p;
}

// One of `count` loses its `at`-th. Null when none is left.
template <class T>
T* array_close(fib_arena& arena, T* old, size_t count, size_t at) {
  constexpr size_t units = sizeof(T) / fib_arena::unit;
  if (at + 1 < count) {
    std::memmove(static_cast<void*>(old + at), old + at + 1, (count - at - 1) * sizeof(T));
  }
  if (count > 1 && fib_arena::rounded(count * units) == fib_arena::rounded((count - 1) * units))
    return old;
  T* p = nullptr;
  if (count > 1) {
    p = static_cast<T*>(arena.alloc((count - 1) * units));
    std::memcpy(static_cast<void*>(p), old, (count - 1) * sizeof(T));
  }
  arena.free(old, count * units);
  return p;
}

constexpr u64 bit(unsigned n) { return u64{1} << n; }

}  // namespace

// ---- finding and walking

fib_leaf* fib_trie::leaf_at(u32 key, u8 plen) {
  u64 k = lift(key);
  place at = place_of(k, plen);
  node* n = &root_;
  for (unsigned level = 0; level < at.level; ++level) {
    unsigned c = chunk(k, level);
    if (!(n->external & bit(c))) return nullptr;
    n = const_cast<node*>(child(n, c));
  }
  return n->internal & bit(at.number) ? n->leaf(below(n->internal, at.number)) : nullptr;
}

std::span<fib_alias> fib_trie::find(u32 key, u8 plen) {
  fib_leaf* l = leaf_at(key, plen);
  return l ? l->aliases() : std::span<fib_alias>();
}

// The chunks at which the prefixes of a node begin.
u64 fib_trie::starts(u64 internal) {
  u64 r = 0;
  for (; internal; internal &= internal - 1) {
    unsigned number = static_cast<unsigned>(std::countr_zero(internal));
    unsigned rel = static_cast<unsigned>(std::bit_width(number + 1)) - 1;
    r |= bit((number + 1 - (1u << rel)) << (6 - rel));
  }
  return r;
}

// The smallest (lifted) key of any prefix under `n`, whose own position is `base`.
u64 fib_trie::least(const node* n, unsigned level, u64 base) {
  for (;; ++level) {
    u64 s = starts(n->internal);
    unsigned d = static_cast<unsigned>(std::countr_zero(s | n->external));
    base |= u64{d} << (top_shift - 6 * level);
    if (s & bit(d)) return base;
    n = child(n, d);
  }
}

// The smallest such key that is not below `k`.
std::optional<u64> fib_trie::least_from(const node* n, unsigned level, u64 base, u64 k) {
  unsigned shift = top_shift - 6 * level, c = chunk(k, level);
  u64 s = starts(n->internal);
  if ((s & bit(c)) && !(k & ((u64{1} << shift) - 1))) return k;
  if (n->external & bit(c)) {
    auto r = least_from(child(n, c), level + 1, base | u64{c} << shift, k);
    if (r) return r;
  }
  u64 greater = c == 63 ? 0 : (s | n->external) & ~(bit(c + 1) - 1);
  if (!greater) return std::nullopt;
  unsigned d = static_cast<unsigned>(std::countr_zero(greater));
  u64 at = base | u64{d} << shift;
  return s & bit(d) ? at : least(child(n, d), level + 1, at);
}

std::span<fib_alias> fib_trie::next(cursor& c) {
  fib_leaf* found = nullptr;
  auto longest_below = [&](unsigned limit) {  // of the prefixes that begin at c.key itself
    unsigned shortest = c.key ? 32 - static_cast<unsigned>(std::countr_zero(c.key)) : 0;
    match(c.key, [&](const fib_leaf& l, u8 plen) {
      if (plen >= limit) return false;
      if (plen >= shortest) {
        found = const_cast<fib_leaf*>(&l);
        c.plen = plen;
      }
      return true;
    });
  };
  if (c.plen > 0 && prefixes_) longest_below(c.plen);
  if (!found && c.key != ~u32{0} && prefixes_) {
    if (auto k = least_from(&root_, 0, 0, lift(c.key + 1))) {
      c.key = static_cast<u32>(*k >> 30);
      longest_below(33);
    }
  }
  return found ? found->aliases() : std::span<fib_alias>();
}

LINNET_POPCNT_CLONES
void fib_trie::match_burst(std::span<const u32> keys, std::span<const fib_leaf*> out) const {
  constexpr size_t lanes = 16;
  auto longest = [&](u32 key) {
    const fib_leaf* r = nullptr;
    match(key, [&](const fib_leaf& l, u8) {
      r = &l;
      return true;
    });
    return r;
  };
  if (!index_) {
    for (size_t i = 0; i < keys.size(); ++i) out[i] = longest(keys[i]);
    return;
  }
  // All lanes take one step at a time, each asking for the line that its next step reads.
  for (size_t base = 0; base < keys.size(); base += lanes) {
    size_t n = std::min(lanes, keys.size() - base);
    const node* at[lanes];
    const node* best[lanes];
    u64 matching[lanes];
    for (size_t i = 0; i < n; ++i) __builtin_prefetch(&index_[keys[base + i] >> 16]);
    for (size_t i = 0; i < n; ++i) {
      at[i] = index_[keys[base + i] >> 16];
      best[i] = nullptr;
      matching[i] = 0;
      __builtin_prefetch(at[i]);
    }
    for (unsigned level = index_level; level < levels; ++level) {
      for (size_t i = 0; i < n; ++i) {
        const node* p = at[i];
        if (!p) continue;
        unsigned c = chunk(lift(keys[base + i]), level);
        if (u64 m = p->internal & holding(c)) {
          best[i] = p;
          matching[i] = m;
        }
        at[i] = p->external >> c & 1 ? child(p, c) : nullptr;
        if (at[i]) __builtin_prefetch(at[i]);
      }
    }
    for (size_t i = 0; i < n; ++i) {
      if (best[i]) {
        unsigned number = 63 - static_cast<unsigned>(std::countl_zero(matching[i]));
        out[base + i] = const_cast<node*>(best[i])->leaf(below(best[i]->internal, number));
        __builtin_prefetch(out[base + i]);
      } else {
        out[base + i] = longest(keys[base + i]);
      }
    }
  }
}

// ---- changing

void fib_trie::unpack(node& n) {
  if (!n.has_sole() || !n.internal) return;
  fib_leaf l = n.sole;
  n.children = nullptr;
  n.leaves = static_cast<fib_leaf*>(arena_.alloc(1));
  n.leaves[0] = l;
}

void fib_trie::pack(node& n) {
  if (!n.has_sole() || !n.internal) return;
  fib_leaf l = n.leaves[0];
  arena_.free(n.leaves, 1);
  n.sole = l;
}

// The nodes of level 3 have moved: the index follows.
void fib_trie::reindex(node& parent, u64 k) {
  if (!index_) return;
  u32 first = static_cast<u32>(k >> 30) >> 22 << 6;
  for (unsigned c = 0; c < 64; ++c)
    index_[first | c] = parent.external & bit(c) ? const_cast<node*>(child(&parent, c)) : nullptr;
}

void fib_trie::build_index() {
  index_ = std::make_unique<node*[]>(65536);
  for (unsigned hi = 0; hi < 1024; ++hi) {
    u64 k = lift(hi << 22);
    node* n = &root_;
    for (unsigned level = 0; n && level + 1 < index_level; ++level) {
      unsigned c = chunk(k, level);
      n = n->external & bit(c) ? const_cast<node*>(child(n, c)) : nullptr;
    }
    if (n) reindex(*n, k);
  }
}

fib_trie::node* fib_trie::add_child(node& n, unsigned c, unsigned level, u64 k) {
  unpack(n);
  unsigned rank = below(n.external, c);
  n.children = array_open(arena_, n.children, static_cast<size_t>(std::popcount(n.external)), rank);
  n.external |= bit(c);
  node* fresh = new (&n.children[rank]) node;
  if (level + 1 == index_level) reindex(n, k);
  return fresh;
}

void fib_trie::drop_child(node& n, unsigned c, unsigned level, u64 k) {
  n.children = array_close(arena_, n.children, static_cast<size_t>(std::popcount(n.external)),
                           below(n.external, c));
  n.external &= ~bit(c);
  if (level + 1 == index_level) reindex(n, k);
  pack(n);
}

void fib_trie::add_leaf(node& n, unsigned number, const fib_alias& a) {
  unpack(n);
  unsigned rank = below(n.internal, number);
  n.leaves = array_open(arena_, n.leaves, static_cast<size_t>(std::popcount(n.internal)), rank);
  n.internal |= bit(number);
  fib_leaf* l = new (&n.leaves[rank]) fib_leaf;
  l->only_ = a;
  l->only_.single = 1;
  pack(n);
}

void fib_trie::drop_leaf(node& n, unsigned number) {
  unpack(n);
  n.leaves = array_close(arena_, n.leaves, static_cast<size_t>(std::popcount(n.internal)),
                         below(n.internal, number));
  n.internal &= ~bit(number);
  pack(n);
}

void fib_trie::insert(u32 key, u8 plen, size_t at, const fib_alias& a) {
  u64 k = lift(key);
  place where = place_of(k, plen);
  node* n = &root_;
  for (unsigned level = 0; level < where.level; ++level) {
    unsigned c = chunk(k, level);
    n = n->external & bit(c) ? const_cast<node*>(child(n, c)) : add_child(*n, c, level, k);
  }
  if (!(n->internal & bit(where.number))) {
    assert(at == 0);
    add_leaf(*n, where.number, a);
    if (++prefixes_ >= index_threshold && !index_) build_index();
    return;
  }
  fib_leaf* l = n->leaf(below(n->internal, where.number));
  if (l->only_.single) {
    auto* list = new std::vector<fib_alias>{l->only_};
    ++shared_lists_;
    l->only_.info = reinterpret_cast<fib_info*>(list);
    l->only_.single = 0;
  }
  assert(at <= l->many()->size());
  l->many()->insert(l->many()->begin() + static_cast<std::ptrdiff_t>(at), a);
}

void fib_trie::erase(u32 key, u8 plen, size_t at) {
  u64 k = lift(key);
  place where = place_of(k, plen);
  node* path[levels];
  path[0] = &root_;
  for (unsigned level = 0; level < where.level; ++level)
    path[level + 1] = const_cast<node*>(child(path[level], chunk(k, level)));
  node* n = path[where.level];
  fib_leaf* l = n->leaf(below(n->internal, where.number));
  if (!l->only_.single) {
    auto* list = l->many();
    list->erase(list->begin() + static_cast<std::ptrdiff_t>(at));
    if (list->size() == 1) {
      l->only_ = list->front();
      l->only_.single = 1;
      delete list;
      --shared_lists_;
    }
    return;
  }
  assert(at == 0);
  drop_leaf(*n, where.number);
  for (unsigned level = where.level; level > 0; --level) {
    if (path[level]->internal || path[level]->external) break;
    drop_child(*path[level - 1], chunk(k, level - 1), level - 1, k);
  }
  if (--prefixes_ == 0) clear();
}

void fib_trie::free_lists(node& n) {
  auto leaves = static_cast<unsigned>(std::popcount(n.internal));
  for (unsigned i = 0; i < leaves; ++i) {
    fib_leaf* l = n.leaf(i);
    if (!l->only_.single) delete l->many();
  }
  if (n.external) {
    auto children = static_cast<unsigned>(std::popcount(n.external));
    for (unsigned i = 0; i < children; ++i) free_lists(n.children[i]);
  }
}

void fib_trie::clear() {
  if (shared_lists_) free_lists(root_);
  shared_lists_ = prefixes_ = 0;
  root_ = node();
  index_.reset();
  arena_.release();
}

size_t fib_trie::memory() const {
  return sizeof *this + arena_.taken() + (index_ ? 65536 * sizeof(node*) : 0);
}

}  // namespace linnet
