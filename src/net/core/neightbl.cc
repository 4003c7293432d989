// Neighbour tables and their parameters over netlink: RTM_GETNEIGHTBL, RTM_SETNEIGHTBL (ip ntable).
#include <algorithm>

#include "net/core/neighbour.hh"
#include "net/core/neighbour_gc.hh"
#include "net/core/neighbour_netlink.hh"

namespace linnet {

namespace {

// What a full frame costs a queue: QUEUE_LEN in packets is QUEUE_LENBYTES over this (SKB_TRUESIZE).
constexpr u32 frame_truesize = 1514 + 256 + 320;

constexpr auto table_policy = [] {
  std::array<nla_policy, NDTA_MAX + 1> p{};
  p[NDTA_NAME] = nla_of(NLA_STRING);
  for (int t : {NDTA_THRESH1, NDTA_THRESH2, NDTA_THRESH3})
    p[static_cast<size_t>(t)] = nla_of(NLA_U32);
  p[NDTA_GC_INTERVAL] = nla_of(NLA_U64);
  p[NDTA_PARMS] = nla_of(NLA_NESTED);
  return p;
}();

constexpr auto parms_policy = [] {
  std::array<nla_policy, NDTPA_MAX + 1> p{};
  for (int t : {NDTPA_IFINDEX, NDTPA_QUEUE_LEN, NDTPA_QUEUE_LENBYTES, NDTPA_PROXY_QLEN,
                NDTPA_APP_PROBES, NDTPA_UCAST_PROBES, NDTPA_MCAST_PROBES, NDTPA_MCAST_REPROBES})
    p[static_cast<size_t>(t)] = nla_of(NLA_U32);
  for (int t : {NDTPA_BASE_REACHABLE_TIME, NDTPA_GC_STALETIME, NDTPA_DELAY_PROBE_TIME,
                NDTPA_RETRANS_TIME, NDTPA_ANYCAST_DELAY, NDTPA_PROXY_DELAY, NDTPA_LOCKTIME})
    p[static_cast<size_t>(t)] = nla_of(NLA_U64);
  p[NDTPA_INTERVAL_PROBE_TIME_MS] = nla_ranged(NLA_U64, 1, INT64_MAX);
  return p;
}();

bool put_parms(sk_buff& s, const neigh_parms& p) {
  nlattr* nest = nla_nest_start_noflag(s, NDTA_PARMS);
  bool ok = nest && (!p.dev || nla_put_u32(s, NDTPA_IFINDEX, static_cast<u32>(p.dev->ifindex))) &&
            nla_put_u32(s, NDTPA_REFCNT, 1 + p.users) &&
            nla_put_u32(s, NDTPA_QUEUE_LENBYTES, p.queue_len_bytes) &&
            nla_put_u32(s, NDTPA_QUEUE_LEN, p.queue_len_bytes / frame_truesize) &&
            nla_put_u32(s, NDTPA_PROXY_QLEN, p.proxy_qlen) &&
            nla_put_u32(s, NDTPA_APP_PROBES, p.app_probes) &&
            nla_put_u32(s, NDTPA_UCAST_PROBES, p.ucast_probes) &&
            nla_put_u32(s, NDTPA_MCAST_PROBES, p.mcast_probes) &&
            nla_put_u32(s, NDTPA_MCAST_REPROBES, p.mcast_reprobes) &&
            nla_put_msecs(s, NDTPA_REACHABLE_TIME, p.reachable_time) &&
            nla_put_msecs(s, NDTPA_BASE_REACHABLE_TIME, p.base_reachable_time) &&
            nla_put_msecs(s, NDTPA_GC_STALETIME, p.gc_staletime) &&
            nla_put_msecs(s, NDTPA_DELAY_PROBE_TIME, p.delay_probe_time) &&
            nla_put_msecs(s, NDTPA_RETRANS_TIME, p.retrans_time) &&
            nla_put_msecs(s, NDTPA_ANYCAST_DELAY, p.anycast_delay) &&
            nla_put_msecs(s, NDTPA_PROXY_DELAY, p.proxy_delay) &&
            nla_put_msecs(s, NDTPA_LOCKTIME, p.locktime) &&
            nla_put_msecs(s, NDTPA_INTERVAL_PROBE_TIME_MS, p.interval_probe_time);
  if (ok) nla_nest_end(s, nest);
  return ok;
}

bool put_config(sk_buff& s, const neigh_table& t) {
  const ktime now = t.ns.w.now();
  auto ms = [&](ktime since) { return static_cast<u32>((now - since) / ns_per_ms); };
  ndt_config c{};
  c.ndtc_key_len = t.key_len;
  c.ndtc_entry_size = sizeof(neighbour);
  c.ndtc_entries = static_cast<u32>(t.entries());
  c.ndtc_last_flush = ms(t.last_flush);
  c.ndtc_last_rand = ms(t.last_rand);
  c.ndtc_hash_rnd = t.hash.secret();
  c.ndtc_hash_mask = t.hash.mask();
  c.ndtc_proxy_qlen = t.proxy_queue.qlen();
  return nla_put_raw(s, NDTA_CONFIG, c);
}

bool put_stats(sk_buff& s, const neigh_statistics& v) {
  ndt_stats st{};
  st.ndts_allocs = v.allocs;
  st.ndts_destroys = v.destroys;
  st.ndts_hash_grows = v.hash_grows;
  st.ndts_res_failed = v.res_failed;
  st.ndts_lookups = v.lookups;
  st.ndts_hits = v.hits;
  st.ndts_rcv_probes_mcast = v.rcv_probes_mcast;
  st.ndts_rcv_probes_ucast = v.rcv_probes_ucast;
  st.ndts_periodic_gc_runs = v.periodic_gc_runs;
  st.ndts_forced_gc_runs = v.forced_gc_runs;
  st.ndts_table_fulls = v.table_fulls;
  return nla_put_raw(s, NDTA_STATS, st);
}

// The table itself with its defaults, or (`p` of a device) the device's parameters alone.
bool fill(sk_buff& s, const neigh_table& t, const neigh_parms& p, const netlink_callback& cb) {
  nlmsghdr* h =
      nlmsg_put(s, cb.portid(), cb.nlmsg_seq(), RTM_NEWNEIGHTBL, sizeof(ndtmsg), NLM_F_MULTI);
  if (!h) return false;
  nlmsg_body<ndtmsg>(h).ndtm_family = static_cast<u8>(t.family);
  bool ok = nla_put_string(s, NDTA_NAME, t.id);
  if (ok && !p.dev)
    ok = nla_put_msecs(s, NDTA_GC_INTERVAL, t.gc_interval) &&
         nla_put_u32(s, NDTA_THRESH1, t.gc_thresh1) && nla_put_u32(s, NDTA_THRESH2, t.gc_thresh2) &&
         nla_put_u32(s, NDTA_THRESH3, t.gc_thresh3) && put_config(s, t) && put_stats(s, t.stats);
  if (!ok || !put_parms(s, p)) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

// The cursor: args[0] the table, args[1] what of it is written: itself, then its devices, newest first.
status dump(sk_buff& s, netlink_callback& cb) {
  if (cb.strict_check) {
    const auto* m = nlmsg_header<ndtmsg>(*cb.nlh);
    if (!m) return err(EINVAL, "Invalid header for neighbor table dump request");
    if (m->ndtm_pad1 || m->ndtm_pad2)
      return err(EINVAL, "Invalid values in header for neighbor table dump request");
    if (!nlmsg_attrs(*cb.nlh, sizeof *m).empty())
      return err(EINVAL, "Invalid data after header in neighbor table dump request");
  }
  const auto family = static_cast<int>(*nlmsg_data(*cb.nlh));
  const auto& tables = cb.ns().neigh_tables;
  for (; cb.args[0] < tables.size(); ++cb.args[0], cb.args[1] = 0) {
    const neigh_table& t = *tables[cb.args[0]];
    if (family && t.family != family) continue;
    for (; cb.args[1] <= t.parms_list.size(); ++cb.args[1]) {
      const neigh_parms& p =
          cb.args[1] == 0 ? t.parms : *t.parms_list[t.parms_list.size() - cb.args[1]];
      if (!fill(s, t, p, cb)) return err(EMSGSIZE);
    }
  }
  return {};
}

status set_parms(neigh_table& t, nla nest) {
  nla_table<NDTPA_MAX> tb;
  if (status s = nla_parse_nested_deprecated(tb, nest, parms_policy); !s) return s;
  const u32 index = tb[NDTPA_IFINDEX] ? tb[NDTPA_IFINDEX].get_u32() : 0;
  // The defaults are the machine's: only its first namespace has them.
  neigh_parms* p = index || &t.ns != t.ns.w.init_net ? nullptr : &t.parms;
  for (neigh_parms* q : t.parms_list)
    if (index && q->dev->ifindex == static_cast<int>(index)) p = q;
  if (!p) return err(ENOENT);
  auto number = [&](size_t type, u32 neigh_parms::* to, u32 unit = 1) {
    if (!tb[type]) return;
    p->*to = tb[type].get_u32() * unit;
    p->set |= neigh_parms_bit(to);
  };
  auto time = [&](size_t type, ktime neigh_parms::* to) {
    if (!tb[type]) return;
    // Linux looks at the lower 32 bits only.
    p->*to = msecs(std::min(static_cast<u32>(tb[type].get_u64()), u32{0x7fffffff}));
    p->set |= neigh_parms_bit(to);
  };
  number(NDTPA_QUEUE_LEN, &neigh_parms::queue_len_bytes, frame_truesize);
  number(NDTPA_QUEUE_LENBYTES, &neigh_parms::queue_len_bytes);
  number(NDTPA_PROXY_QLEN, &neigh_parms::proxy_qlen);
  number(NDTPA_APP_PROBES, &neigh_parms::app_probes);
  number(NDTPA_UCAST_PROBES, &neigh_parms::ucast_probes);
  number(NDTPA_MCAST_PROBES, &neigh_parms::mcast_probes);
  number(NDTPA_MCAST_REPROBES, &neigh_parms::mcast_reprobes);
  time(NDTPA_BASE_REACHABLE_TIME, &neigh_parms::base_reachable_time);
  if (tb[NDTPA_BASE_REACHABLE_TIME])
    p->reachable_time = neigh_rand_reach_time(t, p->base_reachable_time);
  time(NDTPA_GC_STALETIME, &neigh_parms::gc_staletime);
  time(NDTPA_DELAY_PROBE_TIME, &neigh_parms::delay_probe_time);
  time(NDTPA_INTERVAL_PROBE_TIME_MS, &neigh_parms::interval_probe_time);
  time(NDTPA_RETRANS_TIME, &neigh_parms::retrans_time);
  time(NDTPA_ANYCAST_DELAY, &neigh_parms::anycast_delay);
  time(NDTPA_PROXY_DELAY, &neigh_parms::proxy_delay);
  time(NDTPA_LOCKTIME, &neigh_parms::locktime);
  return {};
}

status set(nl_request& rq) {
  nla_table<NDTA_MAX> tb;
  if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(ndtmsg), tb, table_policy); !s) return s;
  if (!tb[NDTA_NAME]) return err(EINVAL);
  const auto& m = *nlmsg_header<ndtmsg>(rq.nlh);
  neigh_table* t = nullptr;
  for (neigh_table* q : rq.ns().neigh_tables)
    if ((!m.ndtm_family || q->family == m.ndtm_family) && tb[NDTA_NAME].str() == q->id) t = q;
  if (!t) return err(ENOENT);
  if (tb[NDTA_PARMS])
    if (status s = set_parms(*t, tb[NDTA_PARMS]); !s) return s;
  // The thresholds belong to the machine: only its first namespace may set them.
  if ((tb[NDTA_THRESH1] || tb[NDTA_THRESH2] || tb[NDTA_THRESH3] || tb[NDTA_GC_INTERVAL]) &&
      &rq.ns() != rq.ns().w.init_net)
    return err(ENOENT);
  if (tb[NDTA_THRESH1]) t->gc_thresh1 = tb[NDTA_THRESH1].get_u32();
  if (tb[NDTA_THRESH2]) t->gc_thresh2 = tb[NDTA_THRESH2].get_u32();
  if (tb[NDTA_THRESH3]) t->gc_thresh3 = tb[NDTA_THRESH3].get_u32();
  if (tb[NDTA_GC_INTERVAL])
    t->gc_interval =
        msecs(std::min(static_cast<u32>(tb[NDTA_GC_INTERVAL].get_u64()), u32{0x7fffffff}));
  if (&rq.ns() == rq.ns().w.init_net) neigh_share_defaults(*t);
  return {};
}

}  // namespace

void neightbl_init(world& w) {
  rtnl_register(w, PF_UNSPEC, RTM_GETNEIGHTBL, nullptr, dump);
  rtnl_register(w, PF_UNSPEC, RTM_SETNEIGHTBL, set, nullptr);
}

}  // namespace linnet
