// A namespace's routing tables and what keeps them: tables by id, the fib_infos that they share, the rules.
// Local and main are one trie until the first rule is added (as on Linux, where a more specific main
// route wins over a local prefix until then); other tables are made when first written to.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "net/core/fib_rules.hh"
#include "net/ipv4/fib_semantics.hh"
#include "net/ipv4/fib_trie.hh"
#include "net/ipv4/ip_fib.hh"
#include "net/ipv4/route.hh"

namespace linnet {

struct fib_table {
  u32 id;
  std::shared_ptr<fib_trie> trie;
  u32 num_default = 0;  // routes to 0.0.0.0/0
};

struct fib_tables {
  explicit fib_tables(net&);
  ~fib_tables();

  net& ns;
  std::map<u32, std::unique_ptr<fib_table>> by_id;
  std::vector<fib_table*>
      dump_order;  // as Linux's 256 hash chains are walked: by id mod 256, newest first
  fib_table* main = nullptr;
  fib_table* dflt = nullptr;
  bool has_custom_rules = false;
  bool has_custom_local_routes = false;  // someone added a local route by hand
  unsigned fib_rules_require_fldissect =
      0;                            // rules that ask arriving packets for protocol or ports
  unsigned num_tclassid_users = 0;  // next hops and rules with realms
  std::unique_ptr<fib_rules_ops> rules;
  fib_info_table infos;
  std::unique_ptr<route_caches> routes;
};

fib_tables& fib_tables_of(const net&);

fib_table* fib_get_table(const net&, u32 id);  // RT_TABLE_UNSPEC: main. Null: not made yet
fib_table& fib_new_table(net&, u32 id);        // makes it
void fib_unmerge(net&);                        // parts local from main

// In one table (fib_table.cc). EAGAIN: nothing matched.
result<fib_result> fib_table_lookup(const fib_table&, const flowi4&, int flags = 0,
                                    fib_result* refused = nullptr);
// Texts, errno and notifications are Linux's; NLM_F_CREATE, EXCL, REPLACE and APPEND in cfg.nlflags count.
status fib_table_insert(net&, fib_table&, const fib_config&);
status fib_table_delete(net&, fib_table&, const fib_config&);
// Takes out what leads to a dead fib_info, or everything (`all`). Returns how many routes went.
unsigned fib_table_flush(net&, fib_table&, bool all);
void fib_flush(net&);
void fib_info_notify_update(net&, const nl_request* rq);

void fib_rebalance(fib_info&);
void fib_netdev_event(net_device&, netdev_event);

// fib_netlink.cc: RTM_NEWROUTE or RTM_DELROUTE to RTNLGRP_IPV4_ROUTE.
void rtmsg_fib(int event, net&, u32 key, const fib_alias&, u8 plen, u32 table, const nl_request* rq,
               unsigned nlm_flags);
void fib_netlink_init(world&);
// fib_rules.cc
std::unique_ptr<fib_rules_ops> fib4_rules_init(net&);
result<fib_result> fib_rules_lookup4(net&, const flowi4&, int flags, fib_result* refused = nullptr);
void fib4_rules_netlink_init(world&);
// What rules ask of an arriving packet's protocol and ports, if any does (fib4_rules_early_flow_dissect). Data stands
// at the IP header.
void fib4_rules_early_flow_dissect(const net&, const sk_buff&, flowi4&);
// The rule that sends lookups to VRFs' tables, if it isn't there (vrf_add_fib_rules).
void fib4_add_l3mdev_rule(net&, u32 pref);

}  // namespace linnet
