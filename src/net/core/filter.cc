// The checker, the loads, and the interpreter. Offsets below 0 name what isn't in the packet's bytes: fields
// of the sk_buff (SKF_AD_OFF), the network header (SKF_NET_OFF), the link-layer header (SKF_LL_OFF).
#include "net/core/filter.hh"
#include "net/core/optmem.hh"

#include <linux/netlink.h>

#include <algorithm>
#include <array>
#include <optional>

#include "net/core/cpu.hh"
#include "net/core/net_device.hh"
#include "net/core/sock.hh"

namespace linnet {
namespace {

constexpr u32 ad_off = static_cast<u32>(SKF_AD_OFF);

bool known_opcode(u16 code) {
  switch (code) {
    case BPF_LD | BPF_W | BPF_ABS:
    case BPF_LD | BPF_H | BPF_ABS:
    case BPF_LD | BPF_B | BPF_ABS:
    case BPF_LD | BPF_W | BPF_IND:
    case BPF_LD | BPF_H | BPF_IND:
    case BPF_LD | BPF_B | BPF_IND:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LD | BPF_IMM:
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_B | BPF_MSH:
    case BPF_LDX | BPF_IMM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
    case BPF_RET | BPF_K:
    case BPF_RET | BPF_A:
    case BPF_ALU | BPF_NEG:
    case BPF_JMP | BPF_JA: return true;
    default: break;
  }
  const u16 op = BPF_OP(code);
  if (code == (BPF_ALU | op | BPF_SRC(code))) return op <= BPF_XOR && op != BPF_NEG;
  if (code == (BPF_JMP | op | BPF_SRC(code))) return op > BPF_JA && op <= BPF_JSET;
  return false;
}

bool is_load_abs(u16 code) { return BPF_CLASS(code) == BPF_LD && BPF_MODE(code) == BPF_ABS; }

// The ancillary loads that there are. Everything else above SKF_AD_OFF is refused.
bool known_ancillary(u32 k) {
  switch (k - ad_off) {
    case SKF_AD_PROTOCOL:
    case SKF_AD_PKTTYPE:
    case SKF_AD_IFINDEX:
    case SKF_AD_NLATTR:
    case SKF_AD_NLATTR_NEST:
    case SKF_AD_MARK:
    case SKF_AD_QUEUE:
    case SKF_AD_HATYPE:
    case SKF_AD_RXHASH:
    case SKF_AD_CPU:
    case SKF_AD_ALU_XOR_X:
    case SKF_AD_VLAN_TAG:
    case SKF_AD_VLAN_TAG_PRESENT:
    case SKF_AD_RANDOM:
    case SKF_AD_VLAN_TPID: return true;
    default: return false;
  }
}

bool insn_ok(const sock_filter& f, size_t pc, size_t len) {
  if (!known_opcode(f.code)) return false;
  const size_t after = len - pc - 1;  // instructions behind this one
  switch (f.code) {
    case BPF_ALU | BPF_DIV | BPF_K:
    case BPF_ALU | BPF_MOD | BPF_K: return f.k != 0;
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_K: return f.k < 32;
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX: return f.k < BPF_MEMWORDS;
    case BPF_JMP | BPF_JA: return f.k < after;
    default: break;
  }
  if (BPF_CLASS(f.code) == BPF_JMP) return f.jt < after && f.jf < after;
  if (is_load_abs(f.code) && f.k >= ad_off) return known_ancillary(f.k);
  return true;
}

// Whether every read of scratch memory follows a write on each way to it (check_load_and_stores). `arrives`
// holds, for each instruction, the words written on all jumps to it.
bool memory_written_first(std::span<const sock_filter> prog) {
  constexpr u16 all = 0xffff;
  std::vector<u16> arrives(prog.size(), all);
  u16 valid = 0;
  for (size_t pc = 0; pc < prog.size(); ++pc) {
    const sock_filter& f = prog[pc];
    valid &= arrives[pc];
    switch (f.code) {
      case BPF_ST:
      case BPF_STX: valid |= static_cast<u16>(1u << f.k); continue;
      case BPF_LD | BPF_MEM:
      case BPF_LDX | BPF_MEM:
        if (!(valid >> f.k & 1)) return false;
        continue;
      case BPF_JMP | BPF_JA:
        arrives[pc + 1 + f.k] &= valid;
        valid = all;
        continue;
      default: break;
    }
    if (BPF_CLASS(f.code) == BPF_JMP) {
      arrives[pc + 1 + f.jt] &= valid;
      arrives[pc + 1 + f.jf] &= valid;
      valid = all;
    }
  }
  return true;
}

std::optional<u32> load(const sk_buff& s, u32 offset, u32 size) {
  s64 at = static_cast<s32>(offset);  // from data
  if (at < 0) {
    const s64 start = s.data - s.head;
    if (at >= SKF_NET_OFF) {
      at += s.network_header - SKF_NET_OFF - start;
    } else if (at >= SKF_LL_OFF) {
      at += s.mac_header - SKF_LL_OFF - start;
    } else {
      return std::nullopt;
    }
    if (start + at < 0) return std::nullopt;
  }
  if (at + size > s64{s.len()}) return std::nullopt;
  u32 v = 0;
  for (u32 i = 0; i < size; ++i) v = v << 8 | std::to_integer<u32>(s.data[at + i]);
  return v;
}

// Where the first attribute of type `type` stands, from data, in the run from `from` to `end`; 0 for none.
u32 find_attribute(const sk_buff& s, u32 from, u32 end, u32 type) {
  while (end - from >= sizeof(nlattr)) {
    nlattr a;
    std::memcpy(&a, s.data + from, sizeof a);
    if (a.nla_len < sizeof a || a.nla_len > end - from) return 0;
    if ((a.nla_type & NLA_TYPE_MASK) == type) return from;
    from += std::min<u32>(NLA_ALIGN(a.nla_len), end - from);
  }
  return 0;
}

// Empty ends the program with 0.
std::optional<u32> load_ancillary(const sk_buff& s, u32 k, u32 a, u32 x) {
  switch (k - ad_off) {
    case SKF_AD_PROTOCOL: return s.protocol.host();
    case SKF_AD_PKTTYPE: return static_cast<u32>(s.pkt);
    case SKF_AD_IFINDEX:
      if (!s.dev) return std::nullopt;
      return static_cast<u32>(s.dev->ifindex);
    case SKF_AD_HATYPE:
      if (!s.dev) return std::nullopt;
      return s.dev->type;
    case SKF_AD_MARK: return s.mark;
    case SKF_AD_RXHASH: return s.hash;
    case SKF_AD_CPU: return s.home->id;
    case SKF_AD_RANDOM: return static_cast<u32>(s.home->rand.next());
    case SKF_AD_ALU_XOR_X: return a ^ x;
    case SKF_AD_NLATTR:
      if (s.len() < sizeof(nlattr) || a > s.len() - sizeof(nlattr)) return 0;
      return find_attribute(s, a, s.len(), x);
    case SKF_AD_NLATTR_NEST: {
      if (s.len() < sizeof(nlattr) || a > s.len() - sizeof(nlattr)) return 0;
      nlattr nest;
      std::memcpy(&nest, s.data + a, sizeof nest);
      if (nest.nla_len < sizeof nest || nest.nla_len > s.len() - a) return 0;
      return find_attribute(s, a + static_cast<u32>(sizeof nest), a + nest.nla_len, x);
    }
    case SKF_AD_VLAN_TAG: return s.vlan_present ? s.vlan_tci : u16{0};
    case SKF_AD_VLAN_TAG_PRESENT: return s.vlan_present;
    case SKF_AD_VLAN_TPID: return s.vlan_present ? s.vlan_proto.host() : u16{0};
    default: return 0;  // one queue
  }
}

// Empty: division by 0.
std::optional<u32> alu(u16 op, u32 a, u32 b) {
  switch (op) {
    case BPF_ADD: return a + b;
    case BPF_SUB: return a - b;
    case BPF_MUL: return a * b;
    case BPF_DIV: return b ? std::optional(a / b) : std::nullopt;
    case BPF_MOD: return b ? std::optional(a % b) : std::nullopt;
    case BPF_AND: return a & b;
    case BPF_OR: return a | b;
    case BPF_XOR: return a ^ b;
    case BPF_LSH: return a << (b & 31);
    case BPF_RSH: return a >> (b & 31);
    default: return 0 - a;  // BPF_NEG
  }
}

bool jumps(u16 op, u32 a, u32 b) {
  switch (op) {
    case BPF_JEQ: return a == b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    default: return a & b;  // BPF_JSET
  }
}

u32 bytes_of_size(u16 code) {
  switch (BPF_SIZE(code)) {
    case BPF_B: return 1;
    case BPF_H: return 2;
    default: return 4;
  }
}

// The registers of a run.
struct machine {
  u32 a = 0, x = 0;
  std::array<u32, BPF_MEMWORDS> mem{};

  // BPF_LD and BPF_LDX: the value. Empty ends the program with 0.
  std::optional<u32> value(const sock_filter& f, const sk_buff& s) const {
    switch (BPF_MODE(f.code)) {
      case BPF_IMM: return f.k;
      case BPF_MEM: return mem[f.k];
      case BPF_LEN: return s.len();
      case BPF_IND: return load(s, x + f.k, bytes_of_size(f.code));
      case BPF_MSH: {
        const auto b = load(s, f.k, 1);
        return b ? std::optional((*b & 0xf) * 4) : std::nullopt;
      }
      default:
        if (f.k >= ad_off) return load_ancillary(s, f.k, a, x);
        return load(s, f.k, bytes_of_size(f.code));
    }
  }
};

}  // namespace

status bpf_check_classic(std::span<const sock_filter> prog) {
  if (prog.empty() || prog.size() > BPF_MAXINSNS) return err(EINVAL);
  for (size_t pc = 0; pc < prog.size(); ++pc) {
    if (!insn_ok(prog[pc], pc, prog.size())) return err(EINVAL);
  }
  const u16 last = prog.back().code;
  if (last != (BPF_RET | BPF_K) && last != (BPF_RET | BPF_A)) return err(EINVAL);
  return memory_written_first(prog) ? status() : status(err(EINVAL));
}

u32 bpf_prog_run(std::span<const sock_filter> prog, const sk_buff& s) {
  machine m;
  for (size_t pc = 0; pc < prog.size(); ++pc) {
    const sock_filter& f = prog[pc];
    const u32 operand = BPF_SRC(f.code) == BPF_X ? m.x : f.k;
    switch (BPF_CLASS(f.code)) {
      case BPF_LD:
      case BPF_LDX: {
        const auto v = m.value(f, s);
        if (!v) return 0;
        (BPF_CLASS(f.code) == BPF_LD ? m.a : m.x) = *v;
        break;
      }
      case BPF_ST: m.mem[f.k] = m.a; break;
      case BPF_STX: m.mem[f.k] = m.x; break;
      case BPF_ALU: {
        const auto v = alu(BPF_OP(f.code), m.a, operand);
        if (!v) return 0;
        m.a = *v;
        break;
      }
      case BPF_JMP:
        if (BPF_OP(f.code) == BPF_JA) {
          pc += f.k;
        } else {
          pc += jumps(BPF_OP(f.code), m.a, operand) ? f.jt : f.jf;
        }
        break;
      case BPF_RET: return BPF_RVAL(f.code) == BPF_A ? m.a : f.k;
      default:  // BPF_MISC
        if (BPF_MISCOP(f.code) == BPF_TAX) {
          m.x = m.a;
        } else {
          m.a = m.x;
        }
    }
  }
  return 0;
}

bool sk_filter_trim_cap(const sock& sk, sk_buff& s, u32 cap) {
  if (likely(!sk.filter)) return true;
  const u32 keep = bpf_prog_run(*sk.filter, s);
  if (!keep) return false;
  skb_trim(s, std::max(keep, cap));
  return true;
}

status sk_attach_filter(sock& sk, const_bytes program) {
  if (sk.filter_locked) return err(EPERM);
  if (program.size() % sizeof(sock_filter)) return err(EINVAL);
  std::vector<sock_filter> prog(program.size() / sizeof(sock_filter));
  if (!prog.empty()) std::memcpy(prog.data(), program.data(), program.size());
  if (status ok = bpf_check_classic(prog); !ok) return ok;
  // The one before is still there.
  if (!optmem_fits(sk.ns.w, sk_filter_omem(sk), bpf_prog_size(prog))) return err(ENOMEM);
  sk.filter = std::make_unique<const std::vector<sock_filter>>(std::move(prog));
  return {};
}

status sk_detach_filter(sock& sk) {
  if (sk.filter_locked) return err(EPERM);
  if (!sk.filter) return err(ENOENT);
  sk.filter.reset();
  return {};
}

}  // namespace linnet
