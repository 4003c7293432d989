// AF_PACKET's part of NETLINK_SOCK_DIAG (struct packet_diag_req): what packet sockets are bound to, have joined, map and
// filter by, as far as a request asks. In the order of their creation.
#include <linux/packet_diag.h>

#include <algorithm>

#include "net/netlink/sock_diag.hh"
#include "net/packet/af_packet.hh"

namespace linnet {
namespace {

bool put_info(sk_buff& s, const packet_sock& po) {
  packet_diag_info i{};
  i.pdi_index = static_cast<u32>(po.ifindex);
  i.pdi_version = static_cast<u32>(po.tp_version);
  i.pdi_reserve = po.tp_reserve;
  i.pdi_copy_thresh = static_cast<u32>(po.copy_thresh);
  i.pdi_tstamp = static_cast<u32>(po.tp_tstamp);
  if (po.running) i.pdi_flags |= PDI_RUNNING;
  if (po.auxdata) i.pdi_flags |= PDI_AUXDATA;
  if (po.origdev) i.pdi_flags |= PDI_ORIGDEV;
  if (po.has_vnet_hdr) i.pdi_flags |= PDI_VNETHDR;
  if (po.tp_loss) i.pdi_flags |= PDI_LOSS;
  return nla_put_raw(s, PACKET_DIAG_INFO, i);
}

// The newest first, one structure behind the other.
bool put_mclist(sk_buff& s, const packet_sock& po) {
  std::vector<packet_diag_mclist> all;
  for (auto ml = po.mclist.rbegin(); ml != po.mclist.rend(); ++ml) {
    packet_diag_mclist m{};
    m.pdmc_index = static_cast<u32>(ml->ifindex);
    m.pdmc_count = ml->count;
    m.pdmc_type = ml->type;
    m.pdmc_alen = ml->alen;
    std::copy_n(ml->addr.begin(), std::min(ml->addr.size(), sizeof m.pdmc_addr), m.pdmc_addr);
    all.push_back(m);
  }
  return nla_put(s, PACKET_DIAG_MCLIST, std::as_bytes(std::span(all)));
}

bool put_ring(sk_buff& s, const packet_sock& po, bool tx) {
  const packet_ring_buffer& ring = tx ? po.tx_ring : po.rx_ring;
  if (!ring) return true;
  packet_diag_ring r{};
  r.pdr_block_size = ring.block_size;
  r.pdr_block_nr = ring.block_nr;
  r.pdr_frame_size = ring.frame_size;
  r.pdr_frame_nr = ring.frame_max + 1;
  if (po.tp_version > TPACKET_V2 && !tx) {
    r.pdr_retire_tmo = static_cast<u32>(po.blocks.retire_tov / ns_per_ms);
    r.pdr_sizeof_priv = po.blocks.sizeof_priv;
    r.pdr_features = po.blocks.features;
  }
  return nla_put_raw(s, tx ? PACKET_DIAG_TX_RING : PACKET_DIAG_RX_RING, r);
}

// The program as it was attached; who may not see it gets an empty one (sock_diag_put_filterinfo).
bool put_filter(sk_buff& s, const packet_sock& po, bool allowed) {
  if (!allowed) return nla_put(s, PACKET_DIAG_FILTER, {});
  if (!po.filter) return true;
  return nla_put(s, PACKET_DIAG_FILTER, std::as_bytes(std::span(*po.filter)));
}

bool put_attrs(sk_buff& s, const packet_sock& po, u32 show, bool net_admin) {
  if ((show & PACKET_SHOW_INFO) &&
      !(put_info(s, po) && nla_put_u32(s, PACKET_DIAG_UID, sock_i_uid(po))))
    return false;
  if ((show & PACKET_SHOW_MCLIST) && !put_mclist(s, po)) return false;
  if ((show & PACKET_SHOW_RING_CFG) && !(put_ring(s, po, false) && put_ring(s, po, true)))
    return false;
  if ((show & PACKET_SHOW_FANOUT) && po.fanout &&
      !nla_put_u32(s, PACKET_DIAG_FANOUT, po.fanout->id | u32{po.fanout->type} << 16))
    return false;
  if ((show & PACKET_SHOW_MEMINFO) && !sock_diag_put_meminfo(s, po, PACKET_DIAG_MEMINFO))
    return false;
  return !(show & PACKET_SHOW_FILTER) || put_filter(s, po, net_admin);
}

bool fill(sk_buff& s, const netlink_callback& cb, packet_sock& po, u32 show) {
  nlmsghdr* h = nlmsg_put(s, cb.portid(), cb.nlmsg_seq(), SOCK_DIAG_BY_FAMILY,
                          sizeof(packet_diag_msg), NLM_F_MULTI);
  if (!h) return false;
  auto& m = nlmsg_body<packet_diag_msg>(h);
  m.pdiag_family = AF_PACKET;
  m.pdiag_type = static_cast<u8>(po.type);
  m.pdiag_num = po.num.host();
  m.pdiag_ino = static_cast<u32>(sock_i_ino(po));
  u32 cookie[2];
  sock_diag_save_cookie(po, cookie);
  std::copy_n(cookie, 2, m.pdiag_cookie);
  if (!put_attrs(s, po, show, cb.from->who.net_admin)) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

// The cursor is the place in the list.
status packet_diag_dump(sk_buff& s, netlink_callback& cb) {
  const auto& req = *nlmsg_header<packet_diag_req>(*cb.nlh);
  const auto& list = cb.ns().packet->sklist;
  for (; cb.args[0] < list.size(); ++cb.args[0])
    if (!fill(s, cb, *list[cb.args[0]], req.pdiag_show)) return err(EMSGSIZE);
  return {};
}

status packet_diag_handler(nl_request& rq) {
  const auto* req = nlmsg_header<packet_diag_req>(rq.nlh);
  if (!req || req->sdiag_protocol) return err(EINVAL);
  if (!diag_wants_dump(rq)) return err(EOPNOTSUPP);
  return netlink_dump_start(rq, packet_diag_dump);
}

}  // namespace

void packet_diag_init(world& w) { sock_diag_register(w, AF_PACKET, {.dump = packet_diag_handler}); }

}  // namespace linnet
