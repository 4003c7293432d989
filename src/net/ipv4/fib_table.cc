// One table: looking up in it by everything a flow says, and putting routes in and out as requests mean it.
// In a prefix's list the aliases stand by table (local before main while they share a trie), then TOS
// descending, then priority ascending; of several equal ones a new one goes first, or last with APPEND.
#include <algorithm>

#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/fib_walk.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {

namespace {

// Whether a flow may go by a next hop (fib_lookup_good_nhc).
bool nh_serves(const fib_nh& nh, const flowi4& fl, int flags) {
  if (nh.flags & RTNH_F_DEAD) return false;
  if (fl.oif && fl.oif != nh.oif) return false;
  if ((nh.flags & RTNH_F_LINKDOWN) && !(flags & FIB_LOOKUP_IGNORE_LINKSTATE) && nh.dev &&
      ip_ignore_linkdown(*nh.dev))
    return false;
  return true;
}

// The first of several that does; null: none.
[[gnu::noinline]] const fib_nh* first_serving(const fib_info& fi, const flowi4& fl, int flags) {
  for (size_t i = 0, end = fib_info_num_path(fi); i < end; ++i)
    if (const fib_nh& nh = fib_info_nh(fi, i); nh_serves(nh, fl, flags)) return &nh;
  return nullptr;
}

// Where a prefix's list has (or would have) the aliases of this table, TOS and priority.
size_t position(std::span<const fib_alias> list, u32 table, u8 tos, u32 priority) {
  size_t i = 0;
  auto before = [&](const fib_alias& a) {
    if (a.tb_id != table) return a.tb_id > table;
    if (a.tos != tos) return a.tos > tos;
    return a.info->priority < priority;
  };
  while (i < list.size() && before(list[i])) ++i;
  return i;
}

bool same_place(const fib_alias& a, u32 table, u8 tos, u32 priority) {
  return a.tb_id == table && a.tos == tos && a.info->priority == priority;
}

status fib_valid_key_len(u32 key, u8 plen) {
  if (plen > 32) return err(EINVAL, "Invalid prefix length");
  if (plen < 32 && key << plen) return err(EINVAL, "Invalid prefix for given prefix length");
  return {};
}

struct route_at {
  fib_trie::cursor at;
  fib_alias alias;
  size_t nth = 0;  // in the order of the table
};

// The table's routes that `wanted` picks: those of the highest prefix first, as Linux walks when it tells of many.
template <class F>
std::vector<route_at> downwards(const fib_table& tb, F&& wanted) {
  std::vector<route_at> found;
  fib_walk walk(*tb.trie);
  for (auto list = walk.next(); !list.empty(); list = walk.next())
    for (const fib_alias& a : list)
      if (a.tb_id == tb.id && wanted(a)) found.push_back({walk.at(), a, found.size()});
  std::ranges::sort(found, [](const route_at& x, const route_at& y) {
    return x.at.key != y.at.key ? x.at.key > y.at.key : x.nth < y.nth;
  });
  return found;
}

}  // namespace

namespace {

constexpr int serves_not = -1;

// What a route says to a flow whose TOS fits: 0 with the next hop to take, the errno that ends the search (EAGAIN is that
// of a `throw` route), or serves_not: others may.
int serve(const fib_info& fi, u8 type, const flowi4& fl, int flags, const fib_nh*& nh) {
  if (fi.dead || fi.scope < fl.scope) return serves_not;
  nh = fi.single_nh;
  if (const int error = fib_props[type].error) return error;
  if (fi.flags & RTNH_F_DEAD) return serves_not;
  if (likely(nh)) return nh_serves(*nh, fl, flags) ? 0 : serves_not;
  if (fi.nh_reject) return fib_props[RTN_BLACKHOLE].error;
  nh = first_serving(fi, fl, flags);
  return nh ? 0 : serves_not;
}

void fill_result(fib_result& res, const fib_table& tb, const flowi4& fl, u8 plen, u8 type, u8 tos,
                 const fib_info& fi, const fib_nh* nh) {
  res.prefix = plen ? be32(fl.daddr.host() & ~u32{0} << (32 - plen)) : be32();
  res.prefixlen = plen;
  res.type = fi.nh_reject && !fib_props[type].error ? u8{RTN_BLACKHOLE} : type;
  res.tos = tos;
  res.scope = fi.scope;
  res.fi = &fi;
  res.nh = nh;
  res.table = tb.id;
}

// Longest prefix first, and in each the aliases in their order.
LINNET_POPCNT_CLONES
int search(const fib_table& tb, const flowi4& fl, int flags, fib_result& res) {
  int error = EAGAIN;
  tb.trie->match(fl.daddr.host(), [&](const fib_leaf& leaf, u8 plen) {
    for (const fib_alias& a : leaf.aliases()) {
      if (a.tos && a.tos != fl.tos) continue;
      const fib_nh* nh = nullptr;
      const int answer = serve(*a.info, a.type, fl, flags, nh);
      if (answer == serves_not) continue;
      error = answer;
      fill_result(res, tb, fl, plen, a.type, a.tos, *a.info, nh);
      return true;
    }
    return false;
  });
  return error;
}

}  // namespace

result<fib_result> fib_table_lookup(const fib_table& tb, const flowi4& fl, int flags,
                                    fib_result* refused) {
  fib_result res;
  if (const fib_index* index = tb.trie->index()) {
    const fib_answer* a = index->find(fl.daddr.host());
    if (!a) return err(EAGAIN);
    const fib_nh* nh = nullptr;
    if (likely(a->info) && likely(serve(*a->info, a->type, fl, flags, nh) == 0)) {
      fill_result(res, tb, fl, a->plen, a->type, 0, *a->info, nh);
      return res;
    }
  }
  const int error = search(tb, fl, flags, res);
  if (!error) return res;
  if (refused && error != EAGAIN) *refused = res;
  return err(error);
}

status fib_table_insert(net& n, fib_table& tb, const fib_config& cfg) {
  u32 key = cfg.dst.host();
  if (auto s = fib_valid_key_len(key, cfg.dst_len); !s) return s;
  auto made = fib_create_info(n, cfg);
  if (!made) return std::unexpected(made.error());
  fib_info& fi = **made;
  auto refuse = [&](int code) {
    fib_release_info(fi);
    return err(code);
  };

  fib_alias fresh{&fi, tb.id, cfg.tos, cfg.type};
  std::span<fib_alias> list = tb.trie->find(key, cfg.dst_len);
  size_t at = position(list, tb.id, cfg.tos, fi.priority), first = at;
  unsigned nlflags = NLM_F_EXCL;
  if (at < list.size() && same_place(list[at], tb.id, cfg.tos, fi.priority)) {
    if (cfg.nlflags & NLM_F_EXCL) return refuse(EEXIST);
    nlflags = 0;
    size_t same = list.size();
    for (; at < list.size() && same_place(list[at], tb.id, cfg.tos, fi.priority); ++at)
      if (same == list.size() && list[at].type == cfg.type && list[at].info == &fi) same = at;
    if (cfg.nlflags & NLM_F_REPLACE) {
      if (same == first) {
        fib_release_info(fi);  // it is what it should be
        return {};
      }
      if (same != list.size()) return refuse(EEXIST);
      fib_info& old = *list[first].info;
      tb.trie->replace(key, cfg.dst_len, first, fresh);
      fib_release_info(old);
      rt_cache_flush(n);
      rtmsg_fib(RTM_NEWROUTE, n, key, fresh, cfg.dst_len, tb.id, cfg.rq, NLM_F_REPLACE);
      return {};
    }
    if (same != list.size()) return refuse(EEXIST);
    if (cfg.nlflags & NLM_F_APPEND)
      nlflags |= NLM_F_APPEND;
    else
      at = first;
  }
  if (!(cfg.nlflags & NLM_F_CREATE)) return refuse(ENOENT);
  nlflags |= NLM_F_CREATE;
  tb.trie->insert(key, cfg.dst_len, at, fresh);
  if (!cfg.dst_len) ++tb.num_default;
  rt_cache_flush(n);
  rtmsg_fib(RTM_NEWROUTE, n, key, fresh, cfg.dst_len, tb.id, cfg.rq, nlflags);
  return {};
}

status fib_table_delete(net& n, fib_table& tb, const fib_config& cfg) {
  u32 key = cfg.dst.host();
  if (auto s = fib_valid_key_len(key, cfg.dst_len); !s) return s;
  std::span<fib_alias> list = tb.trie->find(key, cfg.dst_len);
  size_t at = position(list, tb.id, cfg.tos, 0);
  for (; at < list.size(); ++at) {
    const fib_alias& a = list[at];
    if (a.tb_id != tb.id || a.tos != cfg.tos) return err(ESRCH);
    const fib_info& fi = *a.info;
    if ((!cfg.type || a.type == cfg.type) &&
        (cfg.scope == RT_SCOPE_NOWHERE || fi.scope == cfg.scope) &&
        (!cfg.prefsrc || fi.prefsrc == cfg.prefsrc) &&
        (!cfg.protocol || fi.protocol == cfg.protocol) && fib_nh_match(cfg, fi) &&
        fib_metrics_match(cfg, fi))
      break;
  }
  if (at == list.size()) return err(ESRCH);
  fib_alias gone = list[at];
  rtmsg_fib(RTM_DELROUTE, n, key, gone, cfg.dst_len, tb.id, cfg.rq, 0);
  if (!cfg.dst_len) --tb.num_default;
  tb.trie->erase(key, cfg.dst_len, at);
  rt_cache_flush(n);
  fib_release_info(*gone.info);
  return {};
}

unsigned fib_table_flush(net& n, fib_table& tb, bool all) {
  unsigned count = 0;
  // Only what went with its preferred source is told of; of the rest, listeners know by the device.
  if (!all)
    for (auto& [at, a, nth] : downwards(tb, [](const fib_alias& x) {
           return (x.info->flags & RTNH_F_DEAD) && x.info->pfsrc_removed;
         }))
      rtmsg_fib(RTM_DELROUTE, n, at.key, a, at.plen, tb.id, nullptr, 0);
  fib_trie::cursor c;
  tb.trie->note_flush(true);
  for (;;) {
    std::span<fib_alias> list = tb.trie->next(c);
    if (list.empty()) break;
    for (size_t i = 0; i < list.size();) {
      fib_alias a = list[i];
      const bool gone = a.tb_id == tb.id && (all || (a.info->flags & RTNH_F_DEAD));
      if (!gone) {
        ++i;
        continue;
      }
      if (!c.plen) --tb.num_default;
      tb.trie->erase(c.key, c.plen, i);
      fib_release_info(*a.info);
      ++count;
      list = tb.trie->find(c.key, c.plen);
    }
  }
  tb.trie->note_flush(false);
  return count;
}

void fib_info_notify_update(net& n, const nl_request* rq) {
  for (fib_table* tb : fib_tables_of(n).dump_order)
    for (auto& [at, a, nth] : downwards(*tb, [](const fib_alias& x) { return x.info->nh_updated; }))
      rtmsg_fib(RTM_NEWROUTE, n, at.key, a, at.plen, tb->id, rq, NLM_F_REPLACE);
}

void fib_flush(net& n) {
  unsigned flushed = 0;
  for (fib_table* tb : fib_tables_of(n).dump_order) flushed += fib_table_flush(n, *tb, false);
  if (flushed) rt_cache_flush(n);
}

}  // namespace linnet
