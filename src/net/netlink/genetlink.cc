// Generic netlink: families are looked up by name or number through the controller (nlctrl), the first of them, and
// their messages handed on. Programs that probe for a family that isn't there (ethtool, mptcp, wireguard) get ENOENT and
// do without.
#include "net/netlink/genetlink.hh"

#include "net/core/world.hh"
#include "net/netlink/af_netlink.hh"

namespace linnet {

namespace {

constexpr u32 ctrl_version = 2;

constexpr auto policy = [] {
  std::array<nla_policy, CTRL_ATTR_MAX + 1> p{};
  p[CTRL_ATTR_FAMILY_ID] = nla_of(NLA_U16);
  p[CTRL_ATTR_FAMILY_NAME] = nla_of(NLA_NUL_STRING, GENL_NAMSIZ - 1);
  return p;
}();

status ctrl_getfamily(nl_request&);
status ctrl_dumpfamily(sk_buff&, netlink_callback&);
constexpr genl_ops ctrl_ops[] = {
    {.cmd = CTRL_CMD_GETFAMILY, .doit = ctrl_getfamily, .dumpit = ctrl_dumpfamily}};
constexpr genl_family ctrl = {.name = "nlctrl",
                              .version = ctrl_version,
                              .maxattr = CTRL_ATTR_MAX,
                              .policy = policy,
                              .ops = ctrl_ops};

// ---- by number: the controller has its own, the others follow from GENL_START_ALLOC on

const genl_family* family_by_id(const world& w, u16 id) {
  if (id == GENL_ID_CTRL) return &ctrl;
  const auto& all = w.netlink->genl_families;
  const size_t i = id - size_t{GENL_START_ALLOC};
  return id >= GENL_START_ALLOC && i < all.size() ? all[i] : nullptr;
}

u16 id_by_name(const world& w, std::string_view name) {
  if (name == ctrl.name) return GENL_ID_CTRL;
  const auto& all = w.netlink->genl_families;
  for (size_t i = 0; i < all.size(); ++i)
    if (name == all[i]->name) return static_cast<u16>(GENL_START_ALLOC + i);
  return 0;
}

u32 capabilities(const genl_family& f, const genl_ops& op) {
  return op.flags | (op.doit ? u32{GENL_CMD_CAP_DO} : 0) |
         (op.dumpit ? u32{GENL_CMD_CAP_DUMP} : 0) |
         (f.policy.empty() ? 0 : u32{GENL_CMD_CAP_HASPOL});
}

bool put_ops(sk_buff& s, const genl_family& f) {
  nlattr* all = nla_nest_start_noflag(s, CTRL_ATTR_OPS);
  if (!all) return false;
  int i = 0;
  for (const genl_ops& op : f.ops) {
    nlattr* one = nla_nest_start_noflag(s, ++i);
    if (!one || !nla_put_u32(s, CTRL_ATTR_OP_ID, op.cmd) ||
        !nla_put_u32(s, CTRL_ATTR_OP_FLAGS, capabilities(f, op)))
      return false;
    nla_nest_end(s, one);
  }
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

bool fill_family(sk_buff& s, u32 portid, u32 seq, int flags, u16 id, const genl_family& f) {
  nlmsghdr* h = genlmsg_put(s, portid, seq, GENL_ID_CTRL, ctrl, flags, CTRL_CMD_NEWFAMILY);
  if (!h) return false;
  const bool ok =
      nla_put_string(s, CTRL_ATTR_FAMILY_NAME, f.name) && nla_put_u16(s, CTRL_ATTR_FAMILY_ID, id) &&
      nla_put_u32(s, CTRL_ATTR_VERSION, f.version) && nla_put_u32(s, CTRL_ATTR_HDRSIZE, 0) &&
      nla_put_u32(s, CTRL_ATTR_MAXATTR, f.maxattr) && put_ops(s, f) &&
      (&f != &ctrl || put_groups(s));
  if (!ok) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

status ctrl_getfamily(nl_request& rq) {
  nla_table<CTRL_ATTR_MAX> tb;
  if (status s = genlmsg_parse(rq.nlh, tb, ctrl); !s) return s;
  if (!tb[CTRL_ATTR_FAMILY_ID] && !tb[CTRL_ATTR_FAMILY_NAME]) return err(EINVAL);
  const world& w = rq.ns().w;
  u16 id = 0;
  if (tb[CTRL_ATTR_FAMILY_ID]) id = tb[CTRL_ATTR_FAMILY_ID].get_u16();
  if (tb[CTRL_ATTR_FAMILY_NAME]) id = id_by_name(w, tb[CTRL_ATTR_FAMILY_NAME].str());
  const genl_family* f = family_by_id(w, id);
  if (!f) return err(ENOENT);
  skb_ptr s = nlmsg_new(rq.ns().c);
  fill_family(*s, rq.portid(), rq.seq(), 0, id, *f);
  rq.reply(std::move(s));
  return {};
}

// The cursor: args[0] how many families have been told.
status ctrl_dumpfamily(sk_buff& s, netlink_callback& cb) {
  const auto& all = cb.ns().w.netlink->genl_families;
  for (; cb.args[0] <= all.size(); ++cb.args[0]) {
    const u16 id = cb.args[0] ? static_cast<u16>(GENL_START_ALLOC + cb.args[0] - 1) : GENL_ID_CTRL;
    if (!fill_family(s, cb.portid(), cb.nlmsg_seq(), NLM_F_MULTI, id, *family_by_id(cb.ns().w, id)))
      return err(EMSGSIZE);
  }
  return {};
}

status genl_rcv_msg(nl_request& rq) {
  const genl_family* f = family_by_id(rq.ns().w, rq.nlh.nlmsg_type);
  if (!f) return err(ENOENT);
  const auto* g = nlmsg_header<genlmsghdr>(rq.nlh);
  if (!g) return err(EINVAL);
  for (const genl_ops& op : f->ops) {
    if (op.cmd != g->cmd) continue;
    if ((op.flags & GENL_ADMIN_PERM) && !rq.from.who.net_admin) return err(EPERM);
    if ((rq.nlh.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
      return op.dumpit ? netlink_dump_start(rq, op.dumpit) : status(err(EOPNOTSUPP));
    return op.doit ? op.doit(rq) : status(err(EOPNOTSUPP));
  }
  return err(EOPNOTSUPP);
}

}  // namespace

void genl_init(world& w) {
  netlink_register(w, NETLINK_GENERIC, {.rcv = genl_rcv_msg, .groups = 32, .nonroot_recv = true});
}

void genl_register_family(world& w, const genl_family& family) {
  w.netlink->genl_families.push_back(&family);
}

nlmsghdr* genlmsg_put(sk_buff& s, u32 portid, u32 seq, u16 type, const genl_family& family,
                      int flags, u8 cmd) {
  nlmsghdr* h = nlmsg_put(s, portid, seq, type, GENL_HDRLEN, flags);
  if (!h) return nullptr;
  auto& g = nlmsg_body<genlmsghdr>(h);
  g.cmd = cmd;
  g.version = family.version;
  return h;
}

}  // namespace linnet
