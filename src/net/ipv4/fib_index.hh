// A flat index over a large table's prefixes, from which a lookup is answered in two or three reads: strides of 16, 8 and 8
// bits, two bytes a slot.
//
//   top     65536 words: by the first 16 bits, the answer of the longest prefix of at most 16 bits, and a chunk if
//           longer ones are there
//   chunk   256 slots: by the next 8 bits, the answer of the longest of 17 to 24 bits; 0: the top's holds. A slot with
//           longer prefixes still names a group instead
//   group   256 slots: by the last 8 bits; 0: the group's base holds, the answer that its slot had
//
// A slot does not point to a prefix but holds the number of an *answer*: the route with its length, which all prefixes
// that lead the same way share. A full Internet table has a million prefixes and some thousand answers, so the slots fit
// in a large cache, and what they lead to in a small one. Prefixes never spread over the border of a stride, so that a
// change touches at most 65536 slots, a typical one one to eight.
//
// Of prefixes with several routes, or with one for a TOS, the index knows only that the table must be asked
// (`info` null). The same is answered when numbers or groups run out.
#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/types.hh"

namespace linnet {

struct fib_info;

struct fib_answer {
  const fib_info* info = nullptr;  // null: ask the table
  u32 tb_id = 0;
  u8 type = 0;  // RTN_*
  u8 plen = 0;
  bool operator==(const fib_answer&) const = default;
};

class fib_index {
 public:
  fib_index();
  ~fib_index();
  fib_index(const fib_index&) = delete;
  fib_index& operator=(const fib_index&) = delete;

  // What the longest prefix that holds `key` (host order) answers; null: there is none.
  const fib_answer* find(u32 key) const {
    const u32 word = top_[key >> 16];
    u32 answer = word & number_mask;
    if (const u32 c = word >> number_bits) {
      u16 s = chunks_[c][key >> 8 & 255];
      if (s & group_bit) {
        const u16 g = s & number_mask;
        s = groups_[g][key & 255];
        if (!s) s = group_base_[g];
      }
      if (s) answer = s;
    }
    return answer ? &answers_[answer] : nullptr;
  }
  // The same for a burst of keys, of which several are on their way from memory at once.
  static constexpr size_t burst = 64;
  void find(std::span<const u32> keys, std::span<const fib_answer*> answers) const;
  // Asks for what `find` and changes will read for this key (the top stays in a near cache).
  void prefetch(u32 key) const {
    __builtin_prefetch(&chunks_[top_[key >> 16] >> number_bits][key >> 8 & 255]);
  }

  // A prefix comes, or answers something else than before; `key` has no bits beyond its length, and each answer is
  // of that length.
  void insert(u32 key, const fib_answer&);
  void replace(u32 key, const fib_answer& from, const fib_answer& to);
  // A prefix goes. `shorter`: what the next shorter prefix that holds it answers; null: there is none.
  void erase(u32 key, const fib_answer& from, const fib_answer* shorter);

  size_t memory() const;  // bytes taken from the host, as far as they were used

 private:
  using slots = u16[256];
  static constexpr unsigned number_bits = 15;
  static constexpr u32 number_mask = (1u << number_bits) - 1;
  static constexpr u16 group_bit = 1u << number_bits;
  static constexpr u16 crowded = 1;  // the number in a slot for which no group was left
  static constexpr u32 max_chunks = 1u << 16, max_groups = 1u << number_bits;
  static constexpr u8 top_plen = 16, chunk_plen = 24;

  struct answer_hash {
    size_t operator()(const fib_answer&) const;
  };
  // Memory for chunks or groups: address space for the most there can be, of which the host gives what is touched.
  struct pool {
    explicit pool(u32 most);
    ~pool();
    u32 take();  // slots are all 0; 0: none is left
    void give(u32);
    slots* at = nullptr;
    u32 max, used = 1;  // number 0 is nobody's
    std::vector<u32> free;
  };

  u16 number_of(u32 key, const fib_answer&);      // counts one prefix more
  void release(u32 key, const fib_answer&, u16);  // and one less
  u16 known(u32 key, const fib_answer&) const;
  bool covers(u16 number, u8 plen) const { return !number || answers_[number].plen <= plen; }
  void put(u32 key, u8 plen, u16 number);
  void restore(u32 key, u8 plen, u16 shorter);
  template <class F>
  void each_slot(u32 key, u8 plen, F&& change);
  u32 chunk_of(u32 key);
  u16 group_of(u16& slot);
  void drop_if_empty(u32 key, u8 plen);

  std::unique_ptr<u32[]> top_;
  pool chunk_pool_, group_pool_;
  slots *chunks_, *groups_;
  std::vector<u16> group_base_;
  std::vector<u32> chunk_prefixes_;  // longer than 16 bits, by chunk
  std::vector<u16> group_prefixes_;  // longer than 24
  std::vector<fib_answer> answers_;
  std::vector<u32> users_;  // prefixes that give each answer
  std::vector<u16> free_numbers_;
  std::unordered_map<fib_answer, u16, answer_hash> numbers_;
  std::unordered_set<u64> unnumbered_;  // prefixes that came when no number was left
};

}  // namespace linnet
