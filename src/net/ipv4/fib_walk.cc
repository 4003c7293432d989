// Stepping through the trie; see fib_walk.hh.
#include "net/ipv4/fib_walk.hh"

namespace linnet {

namespace {

constexpr u64 bit(unsigned n) { return u64{1} << n; }

unsigned lowest(u64 bits) { return static_cast<unsigned>(std::countr_zero(bits)); }

}  // namespace

fib_walk::place fib_walk::enter(fib_trie::node* n) {
  place p{n, 0};
  for (u64 left = n->internal; left; left &= left - 1) {
    const unsigned nth = lowest(left) + 1;
    const unsigned bits = static_cast<unsigned>(std::bit_width(nth)) - 1;
    p.starts |= bit((nth - (1u << bits)) << (6 - bits));
  }
  return p;
}

fib_walk::fib_walk(fib_trie& t, fib_trie::cursor from)
    : key_(fib_trie::lift(from.key)), limit_(from.plen), at_(from) {
  way_[0] = enter(&t.root_);
  down(true);
}

// Follows the key from `depth_` on, or where nothing begins at it so far the least that is there.
LINNET_POPCNT_CLONES
void fib_walk::down(bool found) {
  for (;;) {
    const unsigned c = chunk(depth_);
    found = found || (way_[depth_].starts & bit(c));
    if (!(way_[depth_].n->external & bit(c))) break;
    way_[depth_ + 1] = enter(const_cast<fib_trie::node*>(fib_trie::child(way_[depth_].n, c)));
    ++depth_;
    if (!found) key_ |= u64{lowest(way_[depth_].stops())} << shift(depth_);
  }
  const u32 key = static_cast<u32>(key_ >> 30);
  shortest_ = key ? 32 - static_cast<unsigned>(std::countr_zero(key)) : 0;
  look(depth_);
}

// To the next greater key at which a prefix begins.
bool fib_walk::advance() {
  for (unsigned level = depth_ + 1; level-- > 0;) {
    const u64 greater = way_[level].stops() & ~(bit(chunk(level)) | (bit(chunk(level)) - 1));
    if (!greater) continue;
    key_ &= ~((u64{64} << shift(level)) - 1);
    key_ |= u64{lowest(greater)} << shift(level);
    depth_ = level;
    limit_ = 33;
    down(false);
    return true;
  }
  return false;
}

// Begins with the prefixes that end at `level` and hold the key.
void fib_walk::look(unsigned level) {
  level_ = level;
  ends_ = way_[level].n->internal & fib_trie::holding(chunk(level));
}

std::span<fib_alias> fib_walk::next() {
  for (;;) {
    while (ends_) {
      const unsigned number = 63 - static_cast<unsigned>(std::countl_zero(ends_));
      const unsigned plen = level_ * 6 + static_cast<unsigned>(std::bit_width(number + 1)) - 3;
      if (plen < shortest_) break;  // it began at a lesser key, as did all that are shorter
      ends_ &= ~bit(number);
      if (plen >= limit_) continue;
      at_ = {static_cast<u32>(key_ >> 30), static_cast<u8>(plen)};
      leaf_ = fib_trie::leaf_of(*way_[level_].n, number);
      return leaf_->aliases();
    }
    if (ends_ || level_ == 0) {
      if (!advance()) return {};
    } else {
      look(level_ - 1);
    }
  }
}

}  // namespace linnet
