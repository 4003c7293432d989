// net.core.optmem_max, and what a filter costs its socket of that. Linux translates classic programs to its own machine's instructions, and charges for those:
// eight bytes each, and a header. How many an instruction becomes was asked of Linux, one by one (tests/scenarios/optmem.sh).
#include <linux/bpf_common.h>

#include "net/core/filter.hh"
#include "net/core/optmem.hh"
#include "net/core/sock.hh"

namespace linnet {
namespace {

constexpr u32 sizeof_bpf_prog = 72, sizeof_insn = 8;
constexpr u32 prologue = 3, cached_packet = 4;  // the second for programs that load from the packet
constexpr u32 longest_direct = 0x7fff;          // an offset that fits the instruction itself
constexpr u32 slow_load = 8;                    // by a call

bool reads_packet(const sock_filter& f) {
  const u16 mode = BPF_MODE(f.code);
  if (BPF_CLASS(f.code) == BPF_LDX) return mode == BPF_MSH;
  if (BPF_CLASS(f.code) != BPF_LD) return false;
  return mode == BPF_IND || (mode == BPF_ABS && f.k < static_cast<u32>(SKF_AD_OFF));
}

// Straight from the packet where it is in one piece, with the call behind it.
u32 direct_load(u16 size, u32 offset) {
  if (static_cast<int>(offset) < 0) return slow_load;
  const u32 swap = size == BPF_B ? 0 : 1;
  return 12 + (offset != 0) + swap + (offset > longest_direct ? 2 : 0);
}

// Extensions: what stands beside the packet.
u32 ancillary(u32 offset) {
  switch (offset - static_cast<u32>(SKF_AD_OFF)) {
    case SKF_AD_PROTOCOL:
    case SKF_AD_PKTTYPE:
    case SKF_AD_VLAN_TAG_PRESENT:
    case SKF_AD_VLAN_TPID: return 2;
    case SKF_AD_MARK:
    case SKF_AD_QUEUE:
    case SKF_AD_RXHASH:
    case SKF_AD_ALU_XOR_X:
    case SKF_AD_VLAN_TAG: return 1;
    default: return 4;
  }
}

u32 load(const sock_filter& f) {
  if (BPF_CLASS(f.code) == BPF_LDX)
    return BPF_MODE(f.code) == BPF_MSH ? direct_load(BPF_B, f.k) + 6 : 1;
  switch (BPF_MODE(f.code)) {
    case BPF_ABS: return reads_packet(f) ? direct_load(BPF_SIZE(f.code), f.k) : ancillary(f.k);
    case BPF_IND: return slow_load + (f.k != 0);
    default: return 1;
  }
}

u32 alu(const sock_filter& f) {
  const bool divides = BPF_OP(f.code) == BPF_DIV || BPF_OP(f.code) == BPF_MOD;
  return divides && BPF_SRC(f.code) == BPF_X ? 5 : 1;  // looks at the divisor first
}

// One jump when one way goes on with the next instruction, and the condition can be turned round if it must.
u32 jump(const sock_filter& f) {
  const u16 op = BPF_OP(f.code);
  if (op == BPF_JA) return 1;
  const u32 constant = BPF_SRC(f.code) == BPF_K && static_cast<int>(f.k) < 0 ? 1 : 0;
  const bool one = f.jf == 0 || (f.jt == 0 && op != BPF_JSET);
  return constant + (one ? 1 : 2);
}

u32 translated(const sock_filter& f) {
  switch (BPF_CLASS(f.code)) {
    case BPF_LD:
    case BPF_LDX: return load(f);
    case BPF_ALU: return alu(f);
    case BPF_JMP: return jump(f);
    case BPF_RET: return BPF_RVAL(f.code) == BPF_K ? 2 : 1;
    default: return 1;
  }
}

}  // namespace

u32 bpf_prog_size(std::span<const sock_filter> prog) {
  u32 insns = prologue;
  bool packet = false;
  for (const sock_filter& f : prog) {
    insns += translated(f);
    packet |= reads_packet(f);
  }
  if (packet) insns += cached_packet;
  return sizeof_bpf_prog + insns * sizeof_insn;
}

u32 sk_filter_omem(const sock& sk) { return sk.filter ? bpf_prog_size(*sk.filter) : 0; }

bool optmem_fits(world& w, u64 used, u64 size) {
  const u64 most = static_cast<u32>(sysctl_optmem_max(w));
  return size <= most && used + size < most;
}

bool control_fits(const sock& sk, u64 length) {
  constexpr u64 on_the_stack = 36;  // as much as Linux has room for without asking
  return length <= on_the_stack || optmem_fits(sk.ns.w, sk_filter_omem(sk), length);
}

}  // namespace linnet
