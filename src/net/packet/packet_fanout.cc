// Joining and leaving groups, and whose turn it is.
#include "net/packet/packet_fanout.hh"

#include <netinet/in.h>

#include <algorithm>

#include "net/core/filter.hh"
#include "net/core/world.hh"
#include "net/packet/af_packet.hh"
#include "wire/ip.hh"

namespace linnet {
namespace {

constexpr u32 most_members = 1 << 16, members_by_default = 256;
#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING  // headers before Linux 6.2 lack it, kernels since 5.17 have it
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif
constexpr u16 flag_mask_unique = PACKET_FANOUT_FLAG_UNIQUEID >> 8;

// Spreads 32 bits evenly over `n` (reciprocal_scale).
u32 scale(u32 v, u32 n) { return static_cast<u32>((u64{v} * n) >> 32); }

u32 mix(u64 v) {
  v *= 0x9e3779b97f4a7c15u;
  v ^= v >> 32;
  v *= 0xd6e8feb86659fd93u;
  return static_cast<u32>(v >> 32);
}

// The same for both directions of a flow (__skb_get_hash_symmetric): addresses, ports where there are any, protocols.
u32 flow_hash(const sk_buff& s) {
  const u64 seed = s.home->w.seed ^ s.protocol.raw();
  sk_buff v = s;
  v.data = v.network();
  const auto* ip = s.protocol == be16(ETH_P_IP) ? skb_header<iphdr>(v) : nullptr;
  if (!ip) return mix(seed);
  u64 key = seed ^ ip->saddr.raw() ^ ip->daddr.raw() ^ (u64{ip->protocol} << 32);
  const bool has_ports = ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP;
  if (has_ports && !(ip->frag_off & be16(ip_mf | ip_offset))) {
    struct ports {
      be16 source, dest;
    };
    if (const auto* p = skb_header<ports>(v, ip->header_len()))
      key ^= u64{static_cast<u16>(p->source.raw() ^ p->dest.raw())} << 40;
  }
  return mix(key);
}

// How much room a socket has for a packet (packet_rcv_has_room): a quarter of its room free is NORMAL.
enum class room : u8 { none, low, normal };

room packet_rcv_has_room(const packet_sock& po, const sk_buff& s) {
  if (po.rx_ring) {
    return packet_ring_room(po, 2)   ? room::normal
           : packet_ring_room(po, 0) ? room::low
                                     : room::none;
  }
  const int avail = po.rcvbuf - po.rmem_alloc - static_cast<int>(s.truesize);
  return avail > po.rcvbuf >> 2 ? room::normal : avail > 0 ? room::low : room::none;
}

// The chosen one, or the next who has room (fanout_demux_rollover). Linux sends a flow away that fills a socket by
// itself, too; here who has any room left keeps what is his.
u32 rollover(const packet_fanout& f, const sk_buff& s, u32 idx, bool try_self) {
  const u32 num = static_cast<u32>(f.arr.size());
  packet_sock& po = *f.arr[idx];
  const packet_sock* skip = nullptr;
  room left = room::none;
  if (try_self) {
    left = packet_rcv_has_room(po, s);
    if (left != room::none) return idx;
    skip = &po;
  }
  const u32 from = std::min(po.rollover.sock, num - 1);
  u32 i = from;
  do {
    const packet_sock& next = *f.arr[i];
    if (&next != skip && packet_rcv_has_room(next, s) == room::normal) {
      po.rollover.sock = i;
      ++po.rollover.stats.tp_all;
      return i;
    }
    if (++i == num) i = 0;
  } while (i != from);
  ++po.rollover.stats.tp_failed;
  return idx;
}

u32 choose(packet_fanout& f, const sk_buff& s, net_device& dev) {
  const u32 num = static_cast<u32>(f.arr.size());
  switch (f.type) {
    case PACKET_FANOUT_LB: return ++f.rr_cur % num;
    case PACKET_FANOUT_CPU: return dev.nd_net->c.id % num;
    case PACKET_FANOUT_RND: return dev.nd_net->c.rand.below(num);
    case PACKET_FANOUT_QM: return 0;  // devices have one queue
    case PACKET_FANOUT_ROLLOVER: return rollover(f, s, 0, false);
    case PACKET_FANOUT_CBPF: {
      if (f.prog.empty()) return 0;
      return bpf_prog_run(f.prog, packet_view(*f.arr[0], s, dev)) % num;
    }
    default: return scale(flow_hash(s), num);
  }
}

void packet_rcv_fanout(packet_tap& tap, const sk_buff& s, net_device& dev, const net_device& orig) {
  packet_fanout& f = *static_cast<packet_fanout::hook&>(tap).f;
  u32 idx = choose(f, s, dev);
  if (f.flags & (PACKET_FANOUT_FLAG_ROLLOVER >> 8)) idx = rollover(f, s, idx, true);
  packet_sock& po = *f.arr[idx];
  po.prot_hook.func(po.prot_hook, s, dev, orig);
}

status check_type(u8 type, u8 flags) {
  // Fragments would have to be put together first; and there are no extended BPF programs.
  if (flags & (PACKET_FANOUT_FLAG_DEFRAG >> 8) || type == PACKET_FANOUT_EBPF) return err(EINVAL);
  if (type > PACKET_FANOUT_QM && type != PACKET_FANOUT_CBPF) return err(EINVAL);
  if (type == PACKET_FANOUT_ROLLOVER && flags & (PACKET_FANOUT_FLAG_ROLLOVER >> 8))
    return err(EINVAL);
  return {};
}

packet_fanout* find_group(netns_packet& p, u16 id) {
  const auto it = std::ranges::find_if(p.fanouts, [&](const auto& f) { return f->id == id; });
  return it == p.fanouts.end() ? nullptr : it->get();
}

// The next id that no group has (fanout_find_new_id).
result<u16> new_id(netns_packet& p) {
  for (u32 tries = 0; tries <= 0xffff; ++tries) {
    const u16 id = p.next_fanout_id++;
    if (!find_group(p, id)) return id;
  }
  return err(ENOMEM);
}

std::unique_ptr<packet_fanout> make_group(const packet_sock& po, u16 id, u8 type, u8 flags,
                                          u32 most) {
  auto f = std::make_unique<packet_fanout>();
  f->id = id;
  f->type = type;
  f->flags = flags;
  f->max_num_members = most ? most : members_by_default;
  f->prot_hook.type = po.prot_hook.type;
  f->prot_hook.dev = po.prot_hook.dev;
  f->prot_hook.ignore_outgoing = flags & (PACKET_FANOUT_FLAG_IGNORE_OUTGOING >> 8);
  f->prot_hook.func = packet_rcv_fanout;
  f->prot_hook.f = f.get();
  return f;
}

}  // namespace

status fanout_add(packet_sock& po, const fanout_args& args) {
  netns_packet& all = *po.ns.packet;
  const u8 type = static_cast<u8>(args.type_flags);
  u8 flags = static_cast<u8>(args.type_flags >> 8);
  u16 id = args.id;
  if (status ok = check_type(type, flags); !ok) return ok;
  if (po.fanout) return err(EALREADY);
  if (flags & flag_mask_unique) {
    if (id) return err(EINVAL);
    const auto fresh = new_id(all);
    if (!fresh) return std::unexpected(fresh.error());
    id = *fresh;
    flags &= static_cast<u8>(~flag_mask_unique);
  }
  packet_fanout* f = find_group(all, id);
  if (f &&
      (f->flags != flags || (args.max_num_members && args.max_num_members != f->max_num_members)))
    return err(EINVAL);
  if (!f && args.max_num_members > most_members) return err(EINVAL);
  std::unique_ptr<packet_fanout> fresh;
  if (!f) f = (fresh = make_group(po, id, type, flags, args.max_num_members)).get();
  if (!po.running || f->type != type || f->prot_hook.type != po.prot_hook.type ||
      f->prot_hook.dev != po.prot_hook.dev)
    return err(EINVAL);
  if (f->members >= f->max_num_members) return err(ENOSPC);
  if (fresh) all.fanouts.push_back(std::move(fresh));
  po.unregister_hook();
  po.fanout = f;
  po.rollover = {};
  ++f->members;
  po.register_hook();
  return {};
}

status fanout_set_data(socket& s, const sockopt_value& program) {
  packet_sock& po = pkt_sk(s);
  if (!po.fanout) return err(EINVAL);
  if (po.fanout->type != PACKET_FANOUT_CBPF) return err(EINVAL);
  if (po.filter_locked) return err(EPERM);
  if (!program.has(program.size())) return err(EFAULT);
  if (program.empty() || program.size() % sizeof(sock_filter)) return err(EINVAL);
  std::vector<sock_filter> prog(program.size() / sizeof(sock_filter));
  std::memcpy(prog.data(), program.data(), program.size());
  if (status ok = bpf_check_classic(prog); !ok) return ok;
  po.fanout->prog = std::move(prog);
  return {};
}

void fanout_release(packet_sock& po) {
  packet_fanout* f = std::exchange(po.fanout, nullptr);
  if (!f || --f->members) return;
  std::erase_if(po.ns.packet->fanouts, [&](const auto& g) { return g.get() == f; });
}

u32 fanout_value(const packet_sock& po) {
  const packet_fanout* f = po.fanout;
  return f ? u32{f->id} | u32{f->type} << 16 | u32{f->flags} << 24 : 0;
}

void fanout_link(packet_sock& po) {
  packet_fanout& f = *po.fanout;
  if (f.arr.empty()) dev_add_tap(po.ns, f.prot_hook);
  f.arr.push_back(&po);
}

// The last takes the place of who leaves.
void fanout_unlink(packet_sock& po) {
  packet_fanout& f = *po.fanout;
  *std::ranges::find(f.arr, &po) = f.arr.back();
  f.arr.pop_back();
  if (f.arr.empty()) dev_remove_tap(po.ns, f.prot_hook);
}

}  // namespace linnet
