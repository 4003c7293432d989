// /proc/net/fib_trie and /proc/net/fib_triestat: each table as the level-compressed trie that Linux would have made of
// it (fib_lctrie.hh), and what that would cost. As long as local and main are one trie, both show all of it.
#include <linux/rtnetlink.h>

#include "net/core/procfs.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/fib_lctrie.hh"
#include "net/ipv4/fib_walk.hh"
#include "net/ipv4/proc.hh"

namespace linnet {
namespace {

using node = lc_trie::node;

// Bytes of Linux's structures on a 64-bit machine.
constexpr size_t leaf_size = 48, tnode_size = 40, alias_size = 56, pointer_size = 8;

void build(lc_trie& shape, fib_trie& t) {
  if (t.history().complete()) return shape.replay(t.history());
  for (fib_walk walk(t); !walk.next().empty();) shape.insert(walk.at().key, walk.at().plen);
}

// Calls visit(node, depth) for all nodes, parents first; the top node has depth 1, a lone leaf 0.
template <class F>
void walk(const node& n, unsigned depth, F&& visit) {
  visit(n, depth);
  for (const node* c : n.child)
    if (c) walk(*c, c->is_leaf() ? depth : depth + 1, visit);
}

std::string dotted(u32 h) {
  std::string s;
  seq_printf(s, "%u.%u.%u.%u", h >> 24, h >> 16 & 255, h >> 8 & 255, h & 255);
  return s;
}

std::string rtn_scope(u8 scope) {
  switch (scope) {
    case RT_SCOPE_UNIVERSE: return "universe";
    case RT_SCOPE_SITE: return "site";
    case RT_SCOPE_LINK: return "link";
    case RT_SCOPE_HOST: return "host";
    case RT_SCOPE_NOWHERE: return "nowhere";
    default: return "scope=" + std::to_string(scope);
  }
}

constexpr const char* rtn_types[] = {"UNSPEC",   "UNICAST",   "LOCAL",     "BROADCAST",
                                     "ANYCAST",  "MULTICAST", "BLACKHOLE", "UNREACHABLE",
                                     "PROHIBIT", "THROW",     "NAT",       "XRESOLVE"};
static_assert(std::size(rtn_types) == RTN_MAX + 1);

void title(const fib_table& tb, std::string& out) {
  if (tb.id == RT_TABLE_LOCAL)
    out += "Local:\n";
  else if (tb.id == RT_TABLE_MAIN)
    out += "Main:\n";
  else
    seq_printf(out, "Id %d:\n", static_cast<int>(tb.id));
}

void show_leaf(fib_trie& t, const node& leaf, unsigned depth, std::string& out) {
  out.append(3 * depth, ' ');
  out += "  |-- " + dotted(leaf.key) + '\n';
  for (unsigned plen = 33; plen-- > 0;) {
    if (!(leaf.plens >> plen & 1)) continue;
    for (const fib_alias& a : t.find(leaf.key, static_cast<u8>(plen))) {
      out.append(3 * (depth + 1), ' ');
      seq_printf(out, "  /%u %s %s", plen, rtn_scope(a.info->scope).c_str(), rtn_types[a.type]);
      if (a.tos) seq_printf(out, " tos=%d", a.tos);
      out += '\n';
    }
  }
}

struct trie_stat {
  unsigned total_depth = 0, max_depth = 0, leaves = 0, prefixes = 0, tnodes = 0, null_pointers = 0;
  unsigned node_sizes[32] = {};
};

trie_stat collect(fib_trie& t) {
  trie_stat s;
  lc_trie shape;
  build(shape, t);
  if (!shape.top()) return s;
  walk(*shape.top(), shape.top()->is_leaf() ? 0 : 1, [&](const node& n, unsigned depth) {
    if (!n.is_leaf()) {
      ++s.tnodes;
      ++s.node_sizes[n.bits & 31];
      s.null_pointers += n.empty_children;
      return;
    }
    ++s.leaves;
    s.total_depth += depth;
    s.max_depth = std::max(s.max_depth, depth);
    for (unsigned plen = 0; plen <= 32; ++plen)
      if (n.plens >> plen & 1)
        s.prefixes += static_cast<unsigned>(t.find(n.key, static_cast<u8>(plen)).size());
  });
  return s;
}

void show_stat(const trie_stat& s, std::string& out) {
  const unsigned average = s.leaves ? s.total_depth * 100 / s.leaves : 0;
  seq_printf(out, "\tAver depth:     %u.%02u\n\tMax depth:      %u\n", average / 100, average % 100,
             s.max_depth);
  seq_printf(out, "\tLeaves:         %u\n\tPrefixes:       %u\n\tInternal nodes: %u\n\t", s.leaves,
             s.prefixes, s.tnodes);
  unsigned pointers = 0;
  for (unsigned bits = 1; bits < 32; ++bits) {
    if (!s.node_sizes[bits]) continue;
    seq_printf(out, "  %u: %u", bits, s.node_sizes[bits]);
    pointers += s.node_sizes[bits] << bits;
  }
  const size_t bytes = leaf_size * s.leaves + alias_size * s.prefixes + tnode_size * s.tnodes +
                       pointer_size * pointers;
  seq_printf(out, "\n\tPointers: %u\nNull ptrs: %u\nTotal size: %zu  kB\n", pointers,
             s.null_pointers, (bytes + 1023) / 1024);
}

}  // namespace

void fib_trie_show(net& n, std::string& out) {
  for (const fib_table* tb : fib_tables_of(n).dump_order) {
    lc_trie shape;
    build(shape, *tb->trie);
    if (!shape.top()) continue;
    title(*tb, out);
    walk(*shape.top(), shape.top()->is_leaf() ? 0 : 1, [&](const node& at, unsigned depth) {
      if (at.is_leaf()) return show_leaf(*tb->trie, at, depth, out);
      out.append(3 * (depth - 1), ' ');
      seq_printf(out, "  +-- %s/%u %u %u %u\n", dotted(at.key).c_str(), 32u - at.pos - at.bits,
                 unsigned{at.bits}, at.full_children, at.empty_children);
    });
  }
}

void fib_triestat_show(net& n, std::string& out) {
  seq_printf(out, "Basic info: size of leaf: %zu bytes, size of tnode: %zu bytes.\n", leaf_size,
             tnode_size);
  for (const fib_table* tb : fib_tables_of(n).dump_order) {
    title(*tb, out);
    show_stat(collect(*tb->trie), out);
  }
}

}  // namespace linnet
