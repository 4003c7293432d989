// Filters of socket dumps: programs that `ss` makes of its expressions. An operation is four bytes (struct
// inet_diag_bc_op) and what belongs to it; `yes` and `no` are how far to go on, forwards only, when it holds and when
// not. Coming out at the end takes the socket; `no` may lead four bytes beyond it, which doesn't.
#include <cstring>

#include "net/ipv4/inet_diag.hh"

namespace linnet {
namespace {

constexpr s64 op_size = sizeof(inet_diag_bc_op);

// A view on what is left of a program from an operation on.
template <class T>
T at(const_bytes rest, size_t offset) {
  T v;
  std::memcpy(&v, rest.data() + offset, sizeof v);
  return v;
}
inet_diag_bc_op op_at(const_bytes rest) { return at<inet_diag_bc_op>(rest, 0); }

// Whether a jump from the program's start leads to the operation that has `cc` bytes left (valid_cc).
bool valid_cc(const_bytes program, size_t cc) {
  for (const_bytes rest = program; cc <= rest.size();) {
    if (cc == rest.size()) return true;
    if (rest.size() < sizeof(inet_diag_bc_op)) return false;
    const u8 yes = op_at(rest).yes;
    if (yes < op_size || (yes & 3) || yes > rest.size()) return false;
    rest = rest.subspan(yes);
  }
  return false;
}

// How long the operation is with what belongs to it; 0: there is no such operation, or not all of it (valid_hostcond and
// its kin).
size_t operation_size(const_bytes rest) {
  const auto with = [&](size_t more) {
    const size_t n = sizeof(inet_diag_bc_op) + more;
    return rest.size() >= n ? n : 0;
  };
  switch (op_at(rest).code) {
    case INET_DIAG_BC_NOP:
    case INET_DIAG_BC_JMP:
    case INET_DIAG_BC_AUTO: return sizeof(inet_diag_bc_op);
    case INET_DIAG_BC_S_COND:
    case INET_DIAG_BC_D_COND: {
      if (!with(sizeof(inet_diag_hostcond))) return 0;
      const auto cond = at<inet_diag_hostcond>(rest, sizeof(inet_diag_bc_op));
      size_t addr_len = 0;
      switch (cond.family) {
        case AF_UNSPEC: break;
        case AF_INET: addr_len = 4; break;
        case AF_INET6: addr_len = 16; break;
        default: return 0;
      }
      if (cond.prefix_len > 8 * addr_len) return 0;
      return with(sizeof(inet_diag_hostcond) + addr_len);
    }
    case INET_DIAG_BC_DEV_COND: return with(sizeof(u32));
    case INET_DIAG_BC_S_EQ:
    case INET_DIAG_BC_S_GE:
    case INET_DIAG_BC_S_LE:
    case INET_DIAG_BC_D_EQ:
    case INET_DIAG_BC_D_GE:
    case INET_DIAG_BC_D_LE: return with(sizeof(inet_diag_bc_op));
    case INET_DIAG_BC_MARK_COND: return with(sizeof(inet_diag_markcond));
    case INET_DIAG_BC_CGROUP_COND: return with(sizeof(u64));
    default: return 0;
  }
}

bool prefix_matches(be32 addr, be32 wanted, unsigned length) {
  if (length == 0) return true;
  return ((addr.host() ^ wanted.host()) >> (32 - length)) == 0;
}

bool host_matches(const_bytes rest, const inet_diag_entry& e, bool source) {
  const auto cond = at<inet_diag_hostcond>(rest, sizeof(inet_diag_bc_op));
  if (cond.port != -1 && cond.port != (source ? e.sport : e.dport)) return false;
  if (cond.family != AF_UNSPEC && cond.family != e.family) return false;
  if (cond.prefix_len == 0) return true;
  const be32 wanted =
      be32::from_raw(at<u32>(rest, sizeof(inet_diag_bc_op) + sizeof(inet_diag_hostcond)));
  return prefix_matches(source ? e.saddr : e.daddr, wanted, cond.prefix_len);
}

bool holds(const_bytes rest, const inet_diag_entry& e) {
  const auto port = [&] { return at<inet_diag_bc_op>(rest, sizeof(inet_diag_bc_op)).no; };
  switch (op_at(rest).code) {
    case INET_DIAG_BC_JMP: return false;
    case INET_DIAG_BC_S_EQ: return e.sport == port();
    case INET_DIAG_BC_S_GE: return e.sport >= port();
    case INET_DIAG_BC_S_LE: return e.sport <= port();
    case INET_DIAG_BC_D_EQ: return e.dport == port();
    case INET_DIAG_BC_D_GE: return e.dport >= port();
    case INET_DIAG_BC_D_LE: return e.dport <= port();
    case INET_DIAG_BC_AUTO: return !e.bindport_lock;
    case INET_DIAG_BC_S_COND: return host_matches(rest, e, true);
    case INET_DIAG_BC_D_COND: return host_matches(rest, e, false);
    case INET_DIAG_BC_DEV_COND: return at<u32>(rest, sizeof(inet_diag_bc_op)) == e.ifindex;
    case INET_DIAG_BC_MARK_COND: {
      const auto cond = at<inet_diag_markcond>(rest, sizeof(inet_diag_bc_op));
      return (e.mark & cond.mask) == cond.mark;
    }
    case INET_DIAG_BC_CGROUP_COND: return at<u64>(rest, sizeof(inet_diag_bc_op)) == e.cgroup_id;
    default: return true;  // NOP
  }
}

}  // namespace

status inet_diag_bc_audit(const_bytes program, bool net_admin) {
  if (program.size() < sizeof(inet_diag_bc_op)) return err(EINVAL);
  const_bytes rest = program;
  while (!rest.empty()) {
    if (rest.size() < sizeof(inet_diag_bc_op)) return err(EINVAL);
    const inet_diag_bc_op op = op_at(rest);
    if (op.code == INET_DIAG_BC_MARK_COND && !net_admin) return err(EPERM);
    const size_t least = operation_size(rest);
    if (!least) return err(EINVAL);
    if (op.code != INET_DIAG_BC_NOP) {
      if (op.no < least || op.no > rest.size() + 4 || (op.no & 3)) return err(EINVAL);
      if (op.no < rest.size() && !valid_cc(program, rest.size() - op.no)) return err(EINVAL);
    }
    if (op.yes < least || op.yes > rest.size() || (op.yes & 3)) return err(EINVAL);
    rest = rest.subspan(op.yes);
  }
  return {};
}

bool inet_diag_bc_run(const_bytes program, const inet_diag_entry& e) {
  const_bytes rest = program;
  while (!rest.empty()) {
    const inet_diag_bc_op op = op_at(rest);
    const size_t step = holds(rest, e) ? op.yes : op.no;
    if (step > rest.size()) return false;  // the way out that refuses
    rest = rest.subspan(step);
  }
  return true;
}

}  // namespace linnet
