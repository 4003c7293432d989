// The options of level SOL_PACKET, and memberships: what a device is asked to let through while a socket wants it.
#include <algorithm>

#include "net/packet/af_packet.hh"

namespace linnet {
namespace {

// packet_dev_mc. Types that nobody knows do nothing, as on Linux. A wanted unicast address makes the device
// promiscuous, as on Linux where the device has no filter for it.
status packet_dev_mc(net_device& dev, const packet_mclist& i, int what) {
  const bool by_address = i.type == PACKET_MR_MULTICAST || i.type == PACKET_MR_UNICAST;
  if (by_address && i.alen != dev.addr_len) return err(EINVAL);
  switch (i.type) {
    case PACKET_MR_MULTICAST:
      if (what > 0) {
        dev_mc_add(dev, i.addr);
      } else {
        dev_mc_del(dev, i.addr);
      }
      break;
    case PACKET_MR_PROMISC:
    case PACKET_MR_UNICAST: dev_set_promiscuity(dev, what); break;
    case PACKET_MR_ALLMULTI: dev_set_allmulti(dev, what); break;
    default: break;
  }
  return {};
}

result<packet_mclist> membership(const sockopt_value& value) {
  packet_mreq fixed;
  constexpr size_t head = offsetof(packet_mreq, mr_address);
  if (value.size() < sizeof fixed) return err(EINVAL);
  if (!value.has(std::min(value.size(), head + max_addr_len))) return err(EFAULT);
  std::memcpy(&fixed, value.data(), sizeof fixed);
  const size_t room = std::min(value.size() - head, size_t{max_addr_len});
  if (fixed.mr_alen > room) return err(EINVAL);
  packet_mclist i{fixed.mr_ifindex, fixed.mr_type, fixed.mr_alen, {}, 1};
  std::memcpy(i.addr.data(), value.data() + head, fixed.mr_alen);
  return i;
}

status packet_mc_add(packet_sock& po, const packet_mclist& wanted) {
  net_device* dev = dev_get_by_index(po.ns, wanted.ifindex);
  if (!dev) return err(ENODEV);
  if (wanted.alen > dev->addr_len) return err(EINVAL);
  for (packet_mclist& i : po.mclist) {
    if (!i.same(wanted)) continue;
    ++i.count;
    return {};
  }
  if (status ok = packet_dev_mc(*dev, wanted, 1); !ok) return ok;
  po.mclist.push_back(wanted);
  return {};
}

status packet_mc_drop(packet_sock& po, const packet_mclist& wanted) {
  auto it = std::ranges::find_if(po.mclist, [&](auto& i) { return i.same(wanted); });
  if (it == po.mclist.end()) return {};  // no error, as on Linux
  if (--it->count) return {};
  po.mclist.erase(it);
  if (net_device* dev = dev_get_by_index(po.ns, wanted.ifindex))
    (void)packet_dev_mc(*dev, wanted, -1);
  return {};
}

result<int> exact_int(const sockopt_value& value) {
  if (value.size() != sizeof(int)) return err(EINVAL);
  return sockopt_int(value);
}

bool has_ring(const packet_sock& po) { return po.rx_ring || po.tx_ring; }

// The options of one int, of exactly that length. Those that shape a ring can't be changed while there is one.
status set_exact_int(packet_sock& po, int name, int v) {
  switch (name) {
    case PACKET_VERSION:
      if (v != TPACKET_V1 && v != TPACKET_V2 && v != TPACKET_V3) return err(EINVAL);
      if (has_ring(po)) return err(EBUSY);
      po.tp_version = v;
      return {};
    case PACKET_RESERVE:
      if (v < 0) return err(EINVAL);
      if (has_ring(po)) return err(EBUSY);
      po.tp_reserve = static_cast<u32>(v);
      return {};
    case PACKET_LOSS:
      if (has_ring(po)) return err(EBUSY);
      po.tp_loss = v;
      return {};
    case PACKET_COPY_THRESH: po.copy_thresh = v; return {};
    case PACKET_TIMESTAMP: po.tp_tstamp = v; return {};
    case PACKET_TX_HAS_OFF:
      if (!has_ring(po)) po.tp_tx_has_off = v;
      return {};
    case PACKET_QDISC_BYPASS: po.qdisc_bypass = v; return {};
    default:  // PACKET_IGNORE_OUTGOING
      if (v < 0 || v > 1) return err(EINVAL);
      po.prot_hook.ignore_outgoing = v;
      return {};
  }
}

status set_ring(packet_sock& po, const sockopt_value& value, bool tx) {
  tpacket_req3 req{};  // begins as struct tpacket_req
  const size_t need = po.tp_version == TPACKET_V3 ? sizeof req : sizeof(tpacket_req);
  if (value.size() < need) return err(EINVAL);
  if (!value.has(need)) return err(EINVAL);  // as on Linux
  std::memcpy(&req, value.data(), need);
  return packet_set_ring(po, req, false, tx);
}

// PACKET_VNET_HDR.
status set_vnet_hdr(packet_sock& po, const sockopt_value& value) {
  if (po.type != SOCK_RAW) return err(EINVAL);
  auto v = sockopt_int(value);
  if (!v) return std::unexpected(v.error());
  if (has_ring(po)) return err(EBUSY);
  po.has_vnet_hdr = *v;
  return {};
}

status join_fanout(packet_sock& po, const sockopt_value& value) {
  fanout_args args{};  // of old, the first int of it alone
  if (value.size() != sizeof(int) && value.size() != sizeof args) return err(EINVAL);
  if (!value.has(value.size())) return err(EFAULT);
  std::memcpy(&args, value.data(), value.size());
  return fanout_add(po, args);
}

result<u32> get_rollover(const packet_sock& po, bytes out) {
  if (!po.fanout) return err(EINVAL);
  const bool rolls = po.fanout->type == PACKET_FANOUT_ROLLOVER ||
                     po.fanout->flags & (PACKET_FANOUT_FLAG_ROLLOVER >> 8);
  if (!rolls) return err(EINVAL);
  return sockopt_put(out, &po.rollover.stats, sizeof po.rollover.stats);
}

result<u32> get_statistics(packet_sock& po, bytes out) {
  tpacket_stats_v3 st{};  // begins as struct tpacket_stats
  st.tp_freeze_q_cnt = std::exchange(po.tp_freeze_q_cnt, 0);
  st.tp_drops = std::exchange(po.tp_drops, 0);
  st.tp_packets = std::exchange(po.tp_packets, 0) + st.tp_drops;
  const bool v3 = po.tp_version == TPACKET_V3;
  return sockopt_put(out, &st, v3 ? sizeof st : sizeof(tpacket_stats));
}

// The caller puts a version in and gets the length of that version's frame header out.
result<u32> get_hdrlen(bytes out) {
  int v;
  if (out.size() < sizeof v) return err(EINVAL);
  std::memcpy(&v, out.data(), sizeof v);
  switch (v) {
    case TPACKET_V1: return sockopt_put_int(out, sizeof(tpacket_hdr));
    case TPACKET_V2: return sockopt_put_int(out, sizeof(tpacket2_hdr));
    case TPACKET_V3: return sockopt_put_int(out, sizeof(tpacket3_hdr));
    default: return err(EINVAL);
  }
}

}  // namespace

void packet_flush_mclist(packet_sock& po, const net_device* only) {
  std::erase_if(po.mclist, [&](const packet_mclist& i) {
    if (only && i.ifindex != only->ifindex) return false;
    net_device* dev = only ? const_cast<net_device*>(only) : dev_get_by_index(po.ns, i.ifindex);
    if (dev) (void)packet_dev_mc(*dev, i, -1);
    return true;
  });
}

status packet_setsockopt(socket& s, int level, int name, const sockopt_value& value) {
  if (level != SOL_PACKET) return err(ENOPROTOOPT);
  packet_sock& po = pkt_sk(s);
  switch (name) {
    case PACKET_ADD_MEMBERSHIP:
    case PACKET_DROP_MEMBERSHIP: {
      auto i = membership(value);
      if (!i) return std::unexpected(i.error());
      return name == PACKET_ADD_MEMBERSHIP ? packet_mc_add(po, *i) : packet_mc_drop(po, *i);
    }
    case PACKET_AUXDATA:
    case PACKET_ORIGDEV: {
      auto v = sockopt_int(value);
      if (!v) return std::unexpected(v.error());
      (name == PACKET_AUXDATA ? po.auxdata : po.origdev) = *v;
      return {};
    }
    case PACKET_VNET_HDR: return set_vnet_hdr(po, value);
    case PACKET_FANOUT: return join_fanout(po, value);
    case PACKET_FANOUT_DATA: return fanout_set_data(s, value);
    case PACKET_RX_RING:
    case PACKET_TX_RING: return set_ring(po, value, name == PACKET_TX_RING);
    case PACKET_VERSION:
    case PACKET_RESERVE:
    case PACKET_LOSS:
    case PACKET_COPY_THRESH:
    case PACKET_TIMESTAMP:
    case PACKET_TX_HAS_OFF:
    case PACKET_QDISC_BYPASS:
    case PACKET_IGNORE_OUTGOING: break;
    default: return err(ENOPROTOOPT);
  }
  auto v = exact_int(value);
  if (!v) return std::unexpected(v.error());
  return set_exact_int(po, name, *v);
}

status packet_getsockopt_level(const socket&, int level, int) {
  if (level != SOL_PACKET) return err(ENOPROTOOPT);
  return {};
}

result<u32> packet_getsockopt(socket& s, int, int name, bytes out) {
  packet_sock& po = pkt_sk(s);
  switch (name) {
    case PACKET_STATISTICS: return get_statistics(po, out);
    case PACKET_AUXDATA: return sockopt_put_int(out, po.auxdata);
    case PACKET_ORIGDEV: return sockopt_put_int(out, po.origdev);
    case PACKET_VNET_HDR: return sockopt_put_int(out, po.has_vnet_hdr);
    case PACKET_VERSION: return sockopt_put_int(out, po.tp_version);
    case PACKET_HDRLEN: return get_hdrlen(out);
    case PACKET_RESERVE: return sockopt_put_int(out, static_cast<int>(po.tp_reserve));
    case PACKET_FANOUT: return sockopt_put_int(out, static_cast<int>(fanout_value(po)));
    case PACKET_ROLLOVER_STATS: return get_rollover(po, out);
    case PACKET_LOSS: return sockopt_put_int(out, po.tp_loss);
    case PACKET_TIMESTAMP: return sockopt_put_int(out, po.tp_tstamp);
    case PACKET_TX_HAS_OFF: return sockopt_put_int(out, po.tp_tx_has_off);
    case PACKET_QDISC_BYPASS: return sockopt_put_int(out, po.qdisc_bypass);
    case PACKET_IGNORE_OUTGOING: return sockopt_put_int(out, po.prot_hook.ignore_outgoing);
    default: return err(ENOPROTOOPT);
  }
}

}  // namespace linnet
