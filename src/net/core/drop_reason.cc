// The drop-reason list as text.
#include "net/core/drop_reason.hh"

#include <array>

namespace linnet {
namespace {

struct entry {
  std::string_view name, counter, sentence;
};
constexpr std::array table = {entry{"NOT_DROPPED_YET", "", "on its way"},
                              entry{"CONSUMED", "", "delivered"},
#define X(name, counter, sentence) entry{#name, counter, sentence},
                              LINNET_DROP_REASONS(X)
#undef X
};
static_assert(table.size() == static_cast<size_t>(skb_drop_reason::max_));

const entry& of(skb_drop_reason r) { return table[static_cast<size_t>(r)]; }

}  // namespace

std::string_view drop_reason_name(skb_drop_reason r) { return of(r).name; }
std::string_view drop_reason_sentence(skb_drop_reason r) { return of(r).sentence; }
std::string_view drop_reason_counter(skb_drop_reason r) { return of(r).counter; }

}  // namespace linnet
