// The shape that a table's prefixes have on Linux: a level-compressed trie, as /proc/net/fib_trie shows it. Linnet keeps
// its tables otherwise (fib_trie.hh), so this one is built only to be looked at, and thrown away.
//
// The shape follows from the keys and from the order in which they came and went: a node doubles when enough of its
// slots would be used (half; 30 % for the root) and halves when few are (a quarter; 15 %), and in between it stays what
// it was. So a table notes its first changes (fib_history), and the trie is made by doing them again. Of a table that
// has changed more often than that, its keys in ascending order stand for its history.
#pragma once

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "base/types.hh"

namespace linnet {

// What has become of a table's prefixes, in order.
class fib_history {
 public:
  enum class what : u8 { insert, erase, flush_begin, flush_end };
  struct event {
    u32 key;
    u8 plen;
    what kind;
  };

  void note(what kind, u32 key = 0, u8 plen = 0) {
    if (!complete_) return;
    if (events_.size() < limit) return events_.push_back({key, plen, kind});
    complete_ = false;
    events_ = {};
  }
  bool complete() const { return complete_; }
  const std::vector<event>& events() const { return events_; }

 private:
  static constexpr size_t limit = 4096;
  std::vector<event> events_;
  bool complete_ = true;
};

class lc_trie {
 public:
  struct node {
    u32 key = 0;
    u8 pos = 0,
       bits = 0;  // a node indexes the `bits` bits of the key above the lowest `pos`; none: a leaf
    u32 full_children = 0, empty_children = 0;
    u64 plens = 0;  // of a leaf: the lengths of the prefixes with its key, a bit each
    node* parent = nullptr;
    std::vector<node*> child;
    bool is_leaf() const { return bits == 0; }
  };

  lc_trie();
  lc_trie(const lc_trie&) = delete;
  lc_trie& operator=(const lc_trie&) = delete;
  void insert(u32 key, u8 plen);
  void erase(u32 key, u8 plen);
  // Takes out `gone` (by key: lengths, a bit each) from the highest key down, and puts every node in order on the way.
  void flush(const std::map<u32, u64>& gone);
  void replay(const fib_history&);
  const node* top() const { return root_.child[0]; }  // null: empty

 private:
  node* tnode_new(u32 key, unsigned pos, unsigned bits);
  void put_child_root(node& parent, u32 key, node* n);
  void rebalance(node* n);
  node* resize(node* n);
  node* inflate(node& old);
  node* halve(node& old);
  node* collapse(node& old);
  node* replace(node& old, node& fresh);

  std::deque<node> pool_;
  node root_;
};

}  // namespace linnet
