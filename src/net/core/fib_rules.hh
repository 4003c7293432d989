// Policy rules: an ordered list of selectors, each with an action, of which a lookup takes the first that
// matches and answers (struct fib_rules_ops). What is common to address families is here: priorities, input
// and output device, mark, user, ports, goto and suppression; the family's part (addresses, TOS, what an
// action does) is behind fib_rules_ops' functions. A family's lists hang off its per-namespace state.
#pragma once

#include <linux/fib_rules.h>

#include <memory>
#include <string>
#include <vector>

#include "base/endian.hh"
#include "base/result.hh"
#include "net/core/nlattr.hh"
#include "net/core/world.hh"

namespace linnet {

struct fib_rules_ops;
struct nl_request;

// FIB_RULE_* flags that the ABI does not have.
inline constexpr u32 FIB_RULE_DETACHED_MASK = FIB_RULE_IIF_DETACHED | FIB_RULE_OIF_DETACHED;

// What every family's flow has (struct flowi_common).
struct flowi_common {
  int oif = 0;
  int iif = 0;
  u32 mark = 0;
  u32 uid = 0;
  u64 tun_id = 0;
  u32 l3mdev_table = 0;  // of the VRF that the flow belongs to; 0: none
};

struct fib_rule {
  virtual ~fib_rule() = default;

  u32 pref = 0;
  u32 table = 0;
  u8 action = 0;  // FR_ACT_*
  u8 proto = 0;   // RTPROT_* of who made it
  u8 ip_proto = 0;
  bool l3mdev = false;
  u32 flags = 0;     // FIB_RULE_*
  int iifindex = 0;  // -1: the device is not there at present
  int oifindex = 0;
  std::string iifname, oifname;
  u32 mark = 0, mark_mask = 0;
  u64 tun_id = 0;
  u32 target = 0;  // of FR_ACT_GOTO
  fib_rule* ctarget = nullptr;
  s32 suppress_ifgroup = -1, suppress_prefixlen = -1;
  fib_rule_uid_range uid_range{0, ~u32{0}};
  fib_rule_port_range sport_range{0, 0}, dport_range{0, 0};
};

struct fib_rules_ops {
  net* ns = nullptr;
  int family = 0;
  u32 nlgroup = 0;                               // RTNLGRP_*
  std::vector<std::unique_ptr<fib_rule>> rules;  // by pref, equal ones in the order of their making
  unsigned unresolved_rules = 0;
  unsigned nr_goto_rules = 0;

  std::unique_ptr<fib_rule> (*make)() = nullptr;  // one of the family's, empty
  bool (*match)(const fib_rule&, const void* flow, int flags) = nullptr;
  // 0: answered. EAGAIN: the next rule, please. Any other errno is the answer.
  int (*act)(fib_rule&, const void* flow, int flags, void* result) = nullptr;
  bool (*suppress)(const fib_rule&, void* result) = nullptr;
  status (*configure)(fib_rules_ops&, fib_rule&, const fib_rule_hdr&,
                      std::span<const nla> tb) = nullptr;
  void (*deleted)(fib_rules_ops&, fib_rule&) = nullptr;
  // Whether the family's part is what the request says.
  bool (*compare)(const fib_rule&, const fib_rule_hdr&, std::span<const nla> tb) = nullptr;
  bool (*fill)(const fib_rule&, sk_buff&, fib_rule_hdr&) = nullptr;
  void (*flush_cache)(fib_rules_ops&) = nullptr;
};

// Puts a rule into its place, and takes one out: who jumps to it is told.
void fib_rule_insert(fib_rules_ops&, std::unique_ptr<fib_rule>);
std::unique_ptr<fib_rule> fib_rule_remove(fib_rules_ops&, fib_rule&);

// A rule that the kernel itself has from the start (fib_default_rule_add).
fib_rule& fib_default_rule_add(fib_rules_ops&, u32 pref, u32 table, u32 flags);

// Goes through the rules; 0 or a positive errno as the family's action gave it, ESRCH when none answered.
// `*matched`: the rule that answered.
int fib_rules_lookup(fib_rules_ops&, const flowi_common&, const void* flow, int flags, void* result,
                     const fib_rule** matched);

// Puts in a rule of the kernel's own making, and tells of it.
void fib_rule_add_internal(fib_rules_ops&, std::unique_ptr<fib_rule>);

// RTM_NEWRULE and RTM_DELRULE for one family's list (fib_nl_newrule, fib_nl_delrule).
status fib_nl_newrule(nl_request&, fib_rules_ops&);
status fib_nl_delrule(nl_request&, fib_rules_ops&);
// Appends a list's rules to a dump from the `*at`-th on. False: the packet is full.
bool fib_rules_dump_one(sk_buff&, struct netlink_callback&, fib_rules_ops&, u64* at);
// Strict checking of a dump request.
status fib_valid_dumprule_req(const struct netlink_callback&);
// Device names in rules are bound and unbound (fib_rules_event).
void fib_rules_device_event(fib_rules_ops&, net_device&, netdev_event);

}  // namespace linnet
