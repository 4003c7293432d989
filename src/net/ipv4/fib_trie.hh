// One routing table's prefixes: a trie of 64-way nodes, six key bits a level. Each node has two bitmaps:
// `internal` says which prefixes end inside it (63 are possible, numbered so that of all that match a key
// the longest has the highest number), `external` which of the 64 continuations have a child. Children
// and leaves are dense arrays indexed by counting bits, so a lookup is at most six steps down and one to
// the leaf, and keeps what matched on the way for when the longest match does not satisfy the caller.
//
//   level          0     1     2      3      4      5
//   prefix lengths 0-3   4-9   10-15  16-21  22-27  28-32
//
// A node without children whose only prefix has its leaf inside the node itself. Tables of some size get a flat
// index beside it (fib_index.hh), which answers nearly all lookups; the trie has the truth, in order.
//
// A leaf is a prefix's list of fib_aliases; where in it a new one goes is the caller's business
// (fib_table.cc). Addresses are u32 in host order. Nothing here knows what a route means. Pointers into
// the trie are good until the next change.
#pragma once

#include <bit>
#include <memory>
#include <span>
#include <vector>

#include "base/types.hh"
#include "net/ipv4/fib_arena.hh"
#include "net/ipv4/fib_index.hh"
#include "net/ipv4/fib_lctrie.hh"

// Counting bits is most of a lookup, and x86-64's baseline lacks the instruction for it: functions so
// marked are compiled twice, and the right one is chosen when the program starts. Only what one file calls is marked: a link
// with optimisation takes others for two functions of one name.
#if defined(__x86_64__) && !defined(__POPCNT__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__clang__)
#define LINNET_POPCNT_CLONES __attribute__((target_clones("default", "popcnt")))
#else
#define LINNET_POPCNT_CLONES
#endif

namespace linnet {

struct fib_info;

// One route: an entry of a prefix, with TOS and priority (in `info`).
struct fib_alias {
  fib_info* info = nullptr;  // counted by fib_info::users, which the table's functions keep
  u32 tb_id = 0;             // the local table shares the main table's trie until a rule is added
  u8 tos = 0;
  u8 type = 0;    // RTN_*
  u8 single = 1;  // the trie's own
  // Which of several default routes was chosen last, by a search that began here; -1: none (fib_select_default).
  mutable std::int8_t fa_default = -1;
};
static_assert(sizeof(fib_alias) == 16);

// The aliases of one prefix.
class fib_leaf {
 public:
  std::span<fib_alias> aliases() {
    if (likely(only_.single)) return {&only_, 1};
    return *many();
  }
  std::span<const fib_alias> aliases() const { return const_cast<fib_leaf*>(this)->aliases(); }

 private:
  friend class fib_trie;
  // With two aliases or more, `only_.info` is this list's address.
  std::vector<fib_alias>* many() const {
    return reinterpret_cast<std::vector<fib_alias>*>(only_.info);
  }
  fib_alias only_;
};

class fib_trie {
 public:
  fib_trie() = default;
  ~fib_trie() { clear(); }
  fib_trie(const fib_trie&) = delete;
  fib_trie& operator=(const fib_trie&) = delete;

  // `key` has no bits beyond `plen` (0 to 32). Empty when there is no such prefix.
  std::span<fib_alias> find(u32 key, u8 plen);
  // Puts `a` before the `at`-th alias of the prefix, which is made when it is not there yet.
  void insert(u32 key, u8 plen, size_t at, const fib_alias& a);
  // Puts `a` in the place of the `at`-th alias, which must exist.
  void replace(u32 key, u8 plen, size_t at, const fib_alias& a);
  // Takes the `at`-th alias out, and the prefix with its last one. It must exist.
  void erase(u32 key, u8 plen, size_t at);
  void clear();

  // Calls accept(leaf, prefix length) for the prefixes that hold `key`, longest first, until it answers true;
  // returns whether it did.
  template <class F>
  [[gnu::always_inline]] bool match(u32 key, F&& accept) const;
  // Of large tables; null: ask `match`.
  const fib_index* index() const { return index_.get(); }

  // A position in the order of all prefixes: keys ascending, for one key the longest first. It is
  // just that, so it survives any change.
  struct cursor {
    u32 key = 0;
    u8 plen = 33;  // the position after (key, plen); 33 is before all of a key's
  };
  // Moves to the next prefix and returns its aliases; empty at the end. For who changes the trie between two
  // steps; others walk (fib_walk.hh).
  std::span<fib_alias> next(cursor&);

  // How its prefixes came and went. Who takes out many in one walk says when that begins and ends.
  const fib_history& history() const { return history_; }
  void note_flush(bool begins) {
    history_.note(begins ? fib_history::what::flush_begin : fib_history::what::flush_end);
  }

  size_t prefixes() const { return prefixes_; }
  size_t memory() const;  // bytes taken from the host

 private:
  friend class fib_walk;
  struct node {
    u64 internal = 0, external = 0;
    union {
      struct {
        node* children;
        fib_leaf* leaves;
      };
      fib_leaf sole;
    };
    node() : children(nullptr), leaves(nullptr) {}
    bool has_sole() const { return external == 0 && (internal & (internal - 1)) == 0; }
    fib_leaf* leaf(unsigned rank) { return has_sole() ? &sole : leaves + rank; }
  };
  static_assert(sizeof(node) == 32);

  static constexpr unsigned levels = 6, top_shift = 58, index_threshold = 1024;
  static u64 lift(u32 key) { return u64{key} << 30; }
  static unsigned chunk(u64 lifted, unsigned level) {
    return (lifted >> (top_shift - 6 * level)) & 63;
  }
  static unsigned below(u64 bits, unsigned at) {
    return static_cast<unsigned>(std::popcount(bits & ((u64{1} << at) - 1)));
  }
  static const node* child(const node* n, unsigned c) {
    return n->children + below(n->external, c);
  }
  // Of a 6-bit chunk, the numbers of all prefixes that hold it.
  static constexpr u64 holding(unsigned c) {
    return u64{1} | u64{1} << (1 + (c >> 5)) | u64{1} << (3 + (c >> 4)) | u64{1} << (7 + (c >> 3)) |
           u64{1} << (15 + (c >> 2)) | u64{1} << (31 + (c >> 1));
  }
  struct step {
    const node* n;
    u64 matching;
    unsigned level;
  };
  static fib_answer answer_of(const fib_leaf&, u8 plen);
  fib_leaf* leaf_at(u32 key, u8 plen);
  // Of a node's internal prefix.
  static fib_leaf* leaf_of(node&, unsigned number);
  // The node of a level on the way to a key; what is missing is made.
  node* grow_to(u64 lifted, unsigned level);
  // All nodes on that way, which are there.
  void way_to(u64 lifted, unsigned level, std::span<node*, levels> way);

  void unpack(node&);
  void pack(node&);
  node* add_child(node&, unsigned c);
  void drop_child(node&, unsigned c);
  void add_leaf(node&, unsigned number, const fib_alias&);
  void drop_leaf(node&, unsigned number);
  void build_index();
  void unindex(u32 key, const fib_answer&);
  static void free_lists(node&);

  node root_;
  fib_arena arena_;
  size_t prefixes_ = 0, shared_lists_ = 0;
  fib_history history_;
  std::unique_ptr<fib_index> index_;
};

template <class F>
inline bool fib_trie::match(u32 key, F&& accept) const {
  const u64 k = lift(key);
  const node* n = &root_;
  step path[levels];
  unsigned steps = 0;
  for (unsigned level = 0;; ++level) {
    unsigned c = chunk(k, level);
    if (u64 m = n->internal & holding(c)) path[steps++] = {n, m, level};
    if (level + 1 == levels || !(n->external >> c & 1)) break;
    n = child(n, c);
  }
  while (steps) {
    step& s = path[--steps];
    do {
      unsigned number = 63 - static_cast<unsigned>(std::countl_zero(s.matching));
      s.matching &= ~(u64{1} << number);
      unsigned plen = s.level * 6 + static_cast<unsigned>(std::bit_width(number + 1)) - 3;
      const fib_leaf* l = const_cast<node*>(s.n)->leaf(below(s.n->internal, number));
      if (accept(*l, static_cast<u8>(plen))) return true;
    } while (s.matching);
  }
  return false;
}

}  // namespace linnet
