// A walk through a table's prefixes, keys ascending, for one key the longest first. It keeps the way down
// to where it is, so that a step costs a few bit operations; the trie must not change meanwhile (fib_trie::next is
// for those who do that).
//
// Prefixes that begin at the same key lie on one way down, the longer the deeper. So a walk goes down as far as
// its key leads, gives what begins there on the way up, and moves on at the deepest node that has anything at a
// greater key.
#pragma once

#include "net/ipv4/fib_trie.hh"

namespace linnet {

class fib_walk {
 public:
  // Begins behind `from`, which need not be there.
  explicit fib_walk(fib_trie&, fib_trie::cursor from = {});
  // The aliases of the next prefix; empty at the end.
  std::span<fib_alias> next();
  // The prefix that `next` gave last, or where the walk began.
  const fib_trie::cursor& at() const { return at_; }
  const fib_leaf& leaf() const { return *leaf_; }

 private:
  struct place {
    fib_trie::node* n;
    u64 starts;  // the chunks at which prefixes that end in this node begin
    u64 stops() const { return starts | n->external; }
  };
  static place enter(fib_trie::node*);
  static unsigned shift(unsigned level) { return fib_trie::top_shift - 6 * level; }
  unsigned chunk(unsigned level) const { return fib_trie::chunk(key_, level); }
  void down(bool found);
  bool advance();
  void look(unsigned level);

  place way_[fib_trie::levels];
  unsigned depth_ = 0;     // of the way down
  unsigned level_ = 0;     // the node whose prefixes are given now
  u64 ends_ = 0;           // those that are left there
  u64 key_;                // lifted
  unsigned limit_;         // lengths from it on have been given
  unsigned shortest_ = 0;  // that can begin at the key
  fib_trie::cursor at_;
  fib_leaf* leaf_ = nullptr;
};

}  // namespace linnet
