// Looking up through rules, and keeping the list of them in order. The netlink side is fib_rules_netlink.cc.
#include "net/core/fib_rules.hh"

#include <algorithm>

#include "net/core/net_device.hh"

namespace linnet {

fib_rule& fib_default_rule_add(fib_rules_ops& ops, u32 pref, u32 table, u32 flags) {
  auto r = ops.make();
  r->action = FR_ACT_TO_TBL;
  r->proto = RTPROT_KERNEL;
  r->pref = pref;
  r->table = table;
  r->flags = flags;
  return *ops.rules.emplace_back(std::move(r));
}

namespace {

bool fib_rule_match(const fib_rules_ops& ops, const fib_rule& r, const flowi_common& f,
                    const void* flow, int flags) {
  bool hit = (!r.iifindex || r.iifindex == f.iif) && (!r.oifindex || r.oifindex == f.oif) &&
             !((r.mark ^ f.mark) & r.mark_mask) && (!r.tun_id || r.tun_id == f.tun_id) &&
             (!r.l3mdev || f.l3mdev_table) && f.uid >= r.uid_range.start &&
             f.uid <= r.uid_range.end && ops.match(r, flow, flags);
  return r.flags & FIB_RULE_INVERT ? !hit : hit;
}

}  // namespace

int fib_rules_lookup(fib_rules_ops& ops, const flowi_common& f, const void* flow, int flags,
                     void* result, const fib_rule** matched) {
  for (size_t i = 0; i < ops.rules.size(); ++i) {
    fib_rule* r = ops.rules[i].get();
    if (!fib_rule_match(ops, *r, f, flow, flags)) continue;
    // A jump leads forward only, to a rule that has to match in its turn.
    if (r->action == FR_ACT_GOTO) {
      if (!r->ctarget) continue;
      while (ops.rules[i + 1].get() != r->ctarget) ++i;
      continue;
    }
    if (r->action == FR_ACT_NOP) continue;
    int error = ops.act(*r, flow, flags, result);
    if (!error && ops.suppress && ops.suppress(*r, result)) continue;
    if (error == EAGAIN) continue;
    if (matched) *matched = r;
    return error;
  }
  return ESRCH;
}

void fib_rule_insert(fib_rules_ops& ops, std::unique_ptr<fib_rule> fresh) {
  fib_rule& rule = *fresh;
  bool unresolved = false;
  if (rule.action == FR_ACT_GOTO) {
    for (auto& r : ops.rules)
      if (!rule.ctarget && r->pref == rule.target) rule.ctarget = r.get();
    unresolved = !rule.ctarget;
  }
  auto at = std::find_if(ops.rules.begin(), ops.rules.end(),
                         [&](auto& r) { return r->pref > rule.pref; });
  ops.rules.insert(at, std::move(fresh));
  for (auto& r : ops.rules) {
    if (!ops.unresolved_rules) break;
    if (r->action == FR_ACT_GOTO && !r->ctarget && r->target == rule.pref && r.get() != &rule) {
      r->ctarget = &rule;
      --ops.unresolved_rules;
    }
  }
  if (rule.action == FR_ACT_GOTO) ++ops.nr_goto_rules;
  if (unresolved) ++ops.unresolved_rules;
}

std::unique_ptr<fib_rule> fib_rule_remove(fib_rules_ops& ops, fib_rule& rule) {
  auto at =
      std::find_if(ops.rules.begin(), ops.rules.end(), [&](auto& r) { return r.get() == &rule; });
  auto gone = std::move(*at);
  at = ops.rules.erase(at);
  if (rule.action == FR_ACT_GOTO) {
    --ops.nr_goto_rules;
    if (!rule.ctarget) --ops.unresolved_rules;
  }
  // Who jumped here jumps to the next rule of the same priority, or nowhere.
  fib_rule* heir = at != ops.rules.end() && (*at)->pref == rule.pref ? at->get() : nullptr;
  for (auto& r : ops.rules) {
    if (r->ctarget != &rule) continue;
    r->ctarget = heir;
    if (!heir) ++ops.unresolved_rules;
  }
  return gone;
}

void fib_rules_device_event(fib_rules_ops& ops, net_device& dev, netdev_event event) {
  bool detach = event == netdev_event::unregister || event == netdev_event::changename;
  bool attach = event == netdev_event::registered || event == netdev_event::changename;
  if (!detach && !attach) return;
  for (auto& r : ops.rules) {
    if (detach && r->iifindex == dev.ifindex) r->iifindex = -1;
    if (detach && r->oifindex == dev.ifindex) r->oifindex = -1;
    if (attach && r->iifindex == -1 && r->iifname == dev.name) r->iifindex = dev.ifindex;
    if (attach && r->oifindex == -1 && r->oifname == dev.name) r->oifindex = dev.ifindex;
  }
}

}  // namespace linnet
