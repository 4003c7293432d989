// Generic netlink: families are looked up by name or number through the controller (nlctrl), the only
// family so far. Programs that probe for others (ethtool, mptcp, wireguard) get ENOENT and do without.
#include <linux/genetlink.h>

#include "net/netlink/netlink.hh"

namespace linnet {

namespace {

constexpr u32 ctrl_version = 2;

constexpr auto policy = [] {
  std::array<nla_policy, CTRL_ATTR_MAX + 1> p{};
  p[CTRL_ATTR_FAMILY_ID] = nla_of(NLA_U16);
  p[CTRL_ATTR_FAMILY_NAME] = nla_of(NLA_NUL_STRING, GENL_NAMSIZ - 1);
  return p;
}();

bool put_ops(sk_buff& s) {
  nlattr* all = nla_nest_start_noflag(s, CTRL_ATTR_OPS);
  nlattr* op = all ? nla_nest_start_noflag(s, 1) : nullptr;
  if (!op || !nla_put_u32(s, CTRL_ATTR_OP_ID, CTRL_CMD_GETFAMILY) ||
      !nla_put_u32(s, CTRL_ATTR_OP_FLAGS,
                   GENL_CMD_CAP_DO | GENL_CMD_CAP_DUMP | GENL_CMD_CAP_HASPOL))
    return false;
  nla_nest_end(s, op);
  nla_nest_end(s, all);
  return true;
}

bool put_groups(sk_buff& s) {
  nlattr* all = nla_nest_start_noflag(s, CTRL_ATTR_MCAST_GROUPS);
  nlattr* g = all ? nla_nest_start_noflag(s, 1) : nullptr;
  if (!g || !nla_put_u32(s, CTRL_ATTR_MCAST_GRP_ID, GENL_ID_CTRL) ||
      !nla_put_string(s, CTRL_ATTR_MCAST_GRP_NAME, "notify"))
    return false;
  nla_nest_end(s, g);
  nla_nest_end(s, all);
  return true;
}

bool fill_ctrl(sk_buff& s, u32 portid, u32 seq, int flags) {
  nlmsghdr* h = nlmsg_put(s, portid, seq, GENL_ID_CTRL, GENL_HDRLEN, flags);
  if (!h) return false;
  auto& g = nlmsg_body<genlmsghdr>(h);
  g.cmd = CTRL_CMD_NEWFAMILY;
  g.version = ctrl_version;
  bool ok = nla_put_string(s, CTRL_ATTR_FAMILY_NAME, "nlctrl") &&
            nla_put_u16(s, CTRL_ATTR_FAMILY_ID, GENL_ID_CTRL) &&
            nla_put_u32(s, CTRL_ATTR_VERSION, ctrl_version) &&
            nla_put_u32(s, CTRL_ATTR_HDRSIZE, 0) &&
            nla_put_u32(s, CTRL_ATTR_MAXATTR, CTRL_ATTR_MAX) && put_ops(s) && put_groups(s);
  if (!ok) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

status ctrl_getfamily(nl_request& rq) {
  nla_table<CTRL_ATTR_MAX> tb;
  if (status s = nlmsg_parse(rq.nlh, GENL_HDRLEN, tb, policy, NL_VALIDATE_LIBERAL); !s) return s;
  bool found = false;
  if (tb[CTRL_ATTR_FAMILY_ID]) found = tb[CTRL_ATTR_FAMILY_ID].get_u16() == GENL_ID_CTRL;
  if (tb[CTRL_ATTR_FAMILY_NAME]) found = tb[CTRL_ATTR_FAMILY_NAME].str() == "nlctrl";
  if (!tb[CTRL_ATTR_FAMILY_ID] && !tb[CTRL_ATTR_FAMILY_NAME]) return err(EINVAL);
  if (!found) return err(ENOENT);
  skb_ptr s = nlmsg_new(rq.ns().c);
  fill_ctrl(*s, rq.portid(), rq.seq(), 0);
  rq.reply(std::move(s));
  return {};
}

status ctrl_dumpfamily(sk_buff& s, netlink_callback& cb) {
  if (cb.args[0]++) return {};
  fill_ctrl(s, cb.portid(), cb.nlmsg_seq(), NLM_F_MULTI);
  return {};
}

status genl_rcv_msg(nl_request& rq) {
  if (rq.nlh.nlmsg_type != GENL_ID_CTRL) return err(ENOENT);
  const auto* g = nlmsg_header<genlmsghdr>(rq.nlh);
  if (!g) return err(EINVAL);
  if (g->cmd != CTRL_CMD_GETFAMILY) return err(EOPNOTSUPP);
  if ((rq.nlh.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
    return netlink_dump_start(rq, ctrl_dumpfamily);
  return ctrl_getfamily(rq);
}

}  // namespace

void genl_init(world& w) {
  netlink_register(w, NETLINK_GENERIC, {.rcv = genl_rcv_msg, .groups = 32, .nonroot_recv = true});
}

}  // namespace linnet
