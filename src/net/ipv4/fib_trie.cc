// Changing and walking the trie. See fib_trie.hh for its shape. A change first brings
// the node into array form (unpack), edits its arrays, and puts a lone leaf back inside (pack).
#include "net/ipv4/fib_trie.hh"

#include <array>
#include <cassert>
#include <cstring>

#include "net/ipv4/fib_walk.hh"

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

// ---- finding

LINNET_POPCNT_CLONES
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

// Changes begin by finding: what the index will touch comes while the trie is walked.
std::span<fib_alias> fib_trie::find(u32 key, u8 plen) {
  if (index_) index_->prefetch(key);
  fib_leaf* l = leaf_at(key, plen);
  return l ? l->aliases() : std::span<fib_alias>();
}

LINNET_POPCNT_CLONES
fib_leaf* fib_trie::leaf_of(node& n, unsigned number) { return n.leaf(below(n.internal, number)); }

LINNET_POPCNT_CLONES
fib_trie::node* fib_trie::grow_to(u64 lifted, unsigned level) {
  node* n = &root_;
  for (unsigned l = 0; l < level; ++l) {
    const unsigned c = chunk(lifted, l);
    n = n->external & bit(c) ? const_cast<node*>(child(n, c)) : add_child(*n, c);
  }
  return n;
}

LINNET_POPCNT_CLONES
void fib_trie::way_to(u64 lifted, unsigned level, std::span<node*, levels> way) {
  way[0] = &root_;
  for (unsigned l = 0; l < level; ++l)
    way[l + 1] = const_cast<node*>(child(way[l], chunk(lifted, l)));
}

std::span<fib_alias> fib_trie::next(cursor& c) {
  fib_walk walk(*this, c);
  const auto list = walk.next();
  c = walk.at();
  return list;
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

// What the index is told of a prefix: its only route, unless that is for a TOS.
fib_answer fib_trie::answer_of(const fib_leaf& l, u8 plen) {
  const fib_alias& a = l.only_;
  if (!a.single || a.tos) return {.plen = plen};
  return {.info = a.info, .tb_id = a.tb_id, .type = a.type, .plen = plen};
}

void fib_trie::build_index() {
  index_ = std::make_unique<fib_index>();
  for (fib_walk walk(*this); !walk.next().empty();)
    index_->insert(walk.at().key, answer_of(walk.leaf(), walk.at().plen));
}

// A prefix has left the trie.
void fib_trie::unindex(u32 key, const fib_answer& gone) {
  fib_answer shorter;
  const bool any = match(key, [&](const fib_leaf& l, u8 plen) {
    if (plen < gone.plen) shorter = answer_of(l, plen);
    return plen < gone.plen;
  });
  index_->erase(key, gone, any ? &shorter : nullptr);
}

LINNET_POPCNT_CLONES
fib_trie::node* fib_trie::add_child(node& n, unsigned c) {
  unpack(n);
  unsigned rank = below(n.external, c);
  n.children = array_open(arena_, n.children, static_cast<size_t>(std::popcount(n.external)), rank);
  n.external |= bit(c);
  return new (&n.children[rank]) node;
}

LINNET_POPCNT_CLONES
void fib_trie::drop_child(node& n, unsigned c) {
  n.children = array_close(arena_, n.children, static_cast<size_t>(std::popcount(n.external)),
                           below(n.external, c));
  n.external &= ~bit(c);
  pack(n);
}

LINNET_POPCNT_CLONES
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

LINNET_POPCNT_CLONES
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
  node* n = grow_to(k, where.level);
  if (!(n->internal & bit(where.number))) {
    assert(at == 0);
    add_leaf(*n, where.number, a);
    ++prefixes_;
    history_.note(fib_history::what::insert, key, plen);
    if (index_)
      index_->insert(key, answer_of(*leaf_of(*n, where.number), plen));
    else if (prefixes_ >= index_threshold)
      build_index();
    return;
  }
  fib_leaf* l = leaf_of(*n, where.number);
  const fib_answer before = answer_of(*l, plen);
  if (l->only_.single) {
    auto* list = new std::vector<fib_alias>{l->only_};
    ++shared_lists_;
    l->only_.info = reinterpret_cast<fib_info*>(list);
    l->only_.single = 0;
  }
  assert(at <= l->many()->size());
  l->many()->insert(l->many()->begin() + static_cast<std::ptrdiff_t>(at), a);
  if (index_) index_->replace(key, before, answer_of(*l, plen));
}

void fib_trie::replace(u32 key, u8 plen, size_t at, const fib_alias& a) {
  fib_leaf* l = leaf_at(key, plen);
  const fib_answer before = answer_of(*l, plen);
  fib_alias& old = l->aliases()[at];
  const u8 single = old.single;
  old = a;
  old.single = single;
  if (index_) index_->replace(key, before, answer_of(*l, plen));
}

void fib_trie::erase(u32 key, u8 plen, size_t at) {
  u64 k = lift(key);
  place where = place_of(k, plen);
  std::array<node*, levels> path;
  way_to(k, where.level, path);
  node* n = path[where.level];
  fib_leaf* l = leaf_of(*n, where.number);
  const fib_answer before = answer_of(*l, plen);
  if (!l->only_.single) {
    auto* list = l->many();
    list->erase(list->begin() + static_cast<std::ptrdiff_t>(at));
    if (list->size() == 1) {
      l->only_ = list->front();
      l->only_.single = 1;
      delete list;
      --shared_lists_;
    }
    if (index_) index_->replace(key, before, answer_of(*l, plen));
    return;
  }
  assert(at == 0);
  history_.note(fib_history::what::erase, key, plen);
  drop_leaf(*n, where.number);
  for (unsigned level = where.level; level > 0; --level) {
    if (path[level]->internal || path[level]->external) break;
    drop_child(*path[level - 1], chunk(k, level - 1));
  }
  if (index_) unindex(key, before);
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
  return sizeof *this + arena_.taken() + (index_ ? index_->memory() : 0);
}

}  // namespace linnet
