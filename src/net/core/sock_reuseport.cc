// Groups of sockets on one port.
#include "net/core/sock_reuseport.hh"

#include <algorithm>

#include "net/core/filter.hh"
#include "net/core/optmem.hh"
#include "net/core/sock.hh"

namespace linnet {
namespace {

constexpr u8 established = 1;

}  // namespace

void sock_reuseport::join(sock& sk) { socks.push_back(&sk); }

void sock_reuseport::leave(sock& sk) {
  const auto it = std::ranges::find(socks, &sk);
  if (it == socks.end()) return;
  *it = socks.back();
  socks.pop_back();
}

sock* sock_reuseport::select(u32 hash, const sk_buff* s, u32 header) const {
  if (socks.empty()) return nullptr;
  if (!prog.empty() && s) {
    skb_ptr view = skb_clone(*s);
    const bool whole = skb_pull(*view, header) != nullptr;
    const u32 index = whole ? bpf_prog_run(prog, *view) : 0;
    consume_skb(std::move(view));
    if (!whole) return nullptr;
    if (index < socks.size()) return socks[index];
  }
  // The hash scaled to the group, and from there on the first that is not connected.
  const size_t first = static_cast<size_t>(u64{hash} * socks.size() >> 32);
  for (size_t i = 0; i < socks.size(); ++i) {
    sock* sk = socks[(first + i) % socks.size()];
    if (sk->state != established) return sk;
  }
  return nullptr;
}

status reuseport_attach_prog(ref<sock_reuseport>& group, const sock& sk, bool bound,
                             const sockopt_value* program) {
  if (!program) {
    if (!group) return err(sk.reuseport ? ENOENT : EINVAL);
    if (group->prog.empty()) return err(ENOENT);
    group->prog.clear();
    return {};
  }
  if (sk.filter_locked) return err(EPERM);
  if (program->empty() || program->size() % sizeof(sock_filter)) return err(EINVAL);
  std::vector<sock_filter> prog(program->size() / sizeof(sock_filter));
  std::memcpy(prog.data(), program->data(), program->size());
  if (status ok = bpf_check_classic(prog); !ok) return ok;
  if (bpf_prog_size(prog) > static_cast<u32>(sysctl_optmem_max(sk.ns.w))) return err(ENOMEM);
  if (!group) {
    if (!sk.reuseport || bound) return err(EINVAL);
    group = ref<sock_reuseport>(new sock_reuseport);
  }
  group->prog = std::move(prog);
  return {};
}

}  // namespace linnet
