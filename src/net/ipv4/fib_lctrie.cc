// How the trie grows and shrinks. Thresholds and the order of steps are Linux's, since what they leave behind is what is
// shown. `full` children are nodes that begin right where their parent ends, so that doubling the parent dissolves them.
#include "net/ipv4/fib_lctrie.hh"

#include <bit>

namespace linnet {

namespace {

using node = lc_trie::node;

constexpr unsigned key_bits = 32, max_work = 10;

bool is_root(const node& n) { return n.pos >= key_bits; }
// At or beyond the node's children when the key differs before the bits that it indexes.
u64 index_of(u32 key, const node& n) { return u64{key ^ n.key} >> n.pos; }
bool is_full(const node& parent, const node* n) {
  return n && !n->is_leaf() && n->pos + n->bits == parent.pos;
}

void put_child(node& parent, u64 i, node* n) {
  node* old = std::exchange(parent.child[i], n);
  parent.empty_children += unsigned{!n} - unsigned{!old};
  parent.full_children += unsigned{is_full(parent, n)} - unsigned{is_full(parent, old)};
}

u64 used(const node& n) { return n.child.size() - n.empty_children; }

bool should_inflate(const node& parent, const node& n) {
  const u64 after = used(n) + n.full_children;
  return after > 1 && n.pos && 100 * after >= 2 * n.child.size() * (is_root(parent) ? 30 : 50);
}
bool should_halve(const node& parent, const node& n) {
  return used(n) > 1 && n.bits > 1 && 100 * used(n) < n.child.size() * (is_root(parent) ? 15 : 25);
}

// Children, and those of nodes just made, learn who their parent is.
void update_children(node& n) {
  for (node* c : n.child) {
    if (!c) continue;
    if (c->parent == &n)
      update_children(*c);
    else
      c->parent = &n;
  }
}

}  // namespace

lc_trie::lc_trie() {
  root_.pos = key_bits;
  root_.child.resize(1);
}

node* lc_trie::tnode_new(u32 key, unsigned pos, unsigned bits) {
  node& n = pool_.emplace_back();
  const unsigned low = pos + bits;
  n.key = low < key_bits ? key >> low << low : 0;
  n.pos = static_cast<u8>(pos);
  n.bits = static_cast<u8>(bits);
  n.child.resize(size_t{1} << bits);
  n.empty_children = static_cast<u32>(n.child.size());
  return &n;
}

void lc_trie::put_child_root(node& parent, u32 key, node* n) {
  if (is_root(parent))
    parent.child[0] = n;
  else
    put_child(parent, index_of(key, parent), n);
}

void lc_trie::rebalance(node* n) {
  while (!is_root(*n)) n = resize(n);
}

// Puts one node in order; returns its parent.
node* lc_trie::resize(node* n) {
  const u64 at = is_root(*n->parent) ? 0 : index_of(n->key, *n->parent);
  node* parent = n->parent;
  unsigned work = max_work;
  while (work && should_inflate(*n->parent, *n)) {
    parent = inflate(*n);
    --work;
    n = parent->child[at];
  }
  if (work != max_work) return parent;
  while (work && should_halve(*n->parent, *n)) {
    parent = halve(*n);
    --work;
    n = parent->child[at];
  }
  return used(*n) < 2 ? collapse(*n) : n->parent;
}

// `fresh` takes the place of `old`, and its children are put in order in their turn; returns the parent.
node* lc_trie::replace(node& old, node& fresh) {
  node* parent = old.parent;
  fresh.parent = parent;
  put_child_root(*parent, fresh.key, &fresh);
  update_children(fresh);
  node* n = &fresh;
  for (size_t i = fresh.child.size(); i;)
    if (node* c = n->child[--i]; is_full(*n, c)) n = resize(c);
  return parent;
}

node* lc_trie::inflate(node& old) {
  node& n = *tnode_new(old.key, old.pos - 1u, old.bits + 1u);
  for (size_t i = old.child.size(); i;) {
    node* c = old.child[--i];
    if (!c) continue;
    if (!is_full(old, c)) {
      put_child(n, index_of(c->key, n), c);
      continue;
    }
    const size_t half = c->child.size() / 2;
    for (size_t upper : {size_t{1}, size_t{0}}) {
      node* part = c->child[upper];
      if (c->bits > 1) {
        part = tnode_new(c->key | static_cast<u32>(upper) << n.pos, c->pos, c->bits - 1u);
        part->parent = &n;
        for (size_t k = 0; k < half; ++k) put_child(*part, k, c->child[upper * half + k]);
      }
      put_child(n, 2 * i + upper, part);
    }
  }
  return replace(old, n);
}

node* lc_trie::halve(node& old) {
  node& n = *tnode_new(old.key, old.pos + 1u, old.bits - 1u);
  for (size_t i = old.child.size(); i; i -= 2) {
    node *c1 = old.child[i - 1], *c0 = old.child[i - 2];
    node* c = c1 ? c1 : c0;
    if (c1 && c0) {
      c = tnode_new(c0->key, old.pos, 1);
      put_child(*c, 1, c1);
      put_child(*c, 0, c0);
      c->parent = &n;
    }
    put_child(n, i / 2 - 1, c);
  }
  return replace(old, n);
}

// A node with one child, or none, is not needed.
node* lc_trie::collapse(node& old) {
  node *only = nullptr, *parent = old.parent;
  for (size_t i = old.child.size(); i && !only;) only = old.child[--i];
  put_child_root(*parent, old.key, only);
  if (only) only->parent = parent;
  return parent;
}

void lc_trie::insert(u32 key, u8 plen) {
  node *parent = &root_, *n = root_.child[0];
  while (n && index_of(key, *n) < u64{1} << n->bits) {
    if (n->is_leaf()) {
      n->plens |= u64{1} << plen;
      return;
    }
    parent = n;
    n = n->child[index_of(key, *n)];
  }
  node& leaf = pool_.emplace_back();
  leaf.key = key;
  leaf.plens = u64{1} << plen;
  if (n) {  // something else is in the way: a node where the two part
    node* fork = tnode_new(key, static_cast<unsigned>(std::bit_width(key ^ n->key)) - 1, 1);
    fork->parent = parent;
    put_child(*fork, index_of(key, *fork) ^ 1, n);
    put_child_root(*parent, key, fork);
    n->parent = fork;
    parent = fork;
  }
  leaf.parent = parent;
  put_child_root(*parent, key, &leaf);
  rebalance(parent);
}

void lc_trie::erase(u32 key, u8 plen) {
  node* n = root_.child[0];
  while (n && !n->is_leaf()) {
    const u64 i = index_of(key, *n);
    n = i < n->child.size() ? n->child[i] : nullptr;
  }
  if (!n || n->key != key) return;
  n->plens &= ~(u64{1} << plen);
  if (n->plens) return;
  put_child_root(*n->parent, key, nullptr);
  rebalance(n->parent);
}

void lc_trie::flush(const std::map<u32, u64>& gone) {
  node* n = &root_;
  for (u64 at = 1;;) {
    if (!at--) {
      if (is_root(*n)) return;
      const u32 key = n->key;
      n = resize(n);
      at = is_root(*n) ? 0 : index_of(key, *n);
      continue;
    }
    node* c = n->child[at];
    if (!c) continue;
    if (!c->is_leaf()) {
      n = c;
      at = c->child.size();
      continue;
    }
    const auto it = gone.find(c->key);
    if (it == gone.end()) continue;
    c->plens &= ~it->second;
    if (!c->plens) put_child_root(*n, c->key, nullptr);
  }
}

void lc_trie::replay(const fib_history& history) {
  using what = fib_history::what;
  std::map<u32, u64> gone;
  bool flushing = false;
  for (const fib_history::event& e : history.events()) {
    switch (e.kind) {
      case what::insert: insert(e.key, e.plen); break;
      case what::erase:
        if (flushing)
          gone[e.key] |= u64{1} << e.plen;
        else
          erase(e.key, e.plen);
        break;
      case what::flush_begin: flushing = true; break;
      case what::flush_end:
        flushing = false;
        flush(gone);
        gone.clear();
        break;
    }
  }
}

}  // namespace linnet
