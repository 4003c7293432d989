// DCTCP (RFC 8257): the receiver says exactly which packets were marked, the sender gives way by as much as there were.
// `alpha`, of 1024, is the share of marked packets, smoothed with a weight of 1/16 a round trip.
#include <linux/tcp.h>

#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

constexpr u32 max_alpha = 1024, shift_g = 4;

struct state {
  u32 old_delivered, old_delivered_ce;  // when the round trip began
  u32 prior_rcv_nxt;                    // with the last packet's mark
  u32 alpha;
  u32 next_seq;   // its ack ends the round trip
  bool ce_state;  // the last packet was marked
  u32 loss_cwnd;
};
static_assert(sizeof(state) <= tcp_ca_priv_size);
state& of(tcp_sock& sk) { return *reinterpret_cast<state*>(sk.ca_priv.data()); }

void reset(const tcp_sock& sk, state& ca) {
  ca.next_seq = sk.snd_nxt;
  ca.old_delivered = sk.delivered;
  ca.old_delivered_ce = sk.delivered_ce;
}

void dctcp_init(tcp_sock& sk) {
  // With a peer that knows no ECN it is Reno.
  if (!(sk.ecn_flags & TCP_ECN_OK)) {
    sk.ca_ops = &dctcp_reno;
    return;
  }
  state& ca = of(sk) = {};
  ca.prior_rcv_nxt = sk.rcv_nxt;
  ca.alpha = max_alpha;
  reset(sk, ca);
}

u32 dctcp_ssthresh(tcp_sock& sk) {
  state& ca = of(sk);
  ca.loss_cwnd = sk.snd_cwnd;
  return std::max(sk.snd_cwnd - ((sk.snd_cwnd * ca.alpha) >> 11), 2u);
}

u32 dctcp_undo_cwnd(tcp_sock& sk) { return std::max(sk.snd_cwnd, of(sk).loss_cwnd); }

void update_alpha(tcp_sock& sk) {
  state& ca = of(sk);
  if (before(sk.snd_una, ca.next_seq)) return;
  const u32 decay = ca.alpha >> shift_g;
  u32 alpha = ca.alpha - (decay ? decay : ca.alpha);
  if (u64 marked = sk.delivered_ce - ca.old_delivered_ce) {
    marked <<= 10 - shift_g;
    marked /= std::max(1u, sk.delivered - ca.old_delivered);
    alpha = static_cast<u32>(std::min<u64>(alpha + marked, max_alpha));
  }
  ca.alpha = alpha;
  reset(sk, ca);
}

// A loss halves the window, marks or not.
void react_to_loss(tcp_sock& sk) {
  of(sk).loss_cwnd = sk.snd_cwnd;
  sk.snd_ssthresh = std::max(sk.snd_cwnd >> 1, 2u);
}

void dctcp_set_state(tcp_sock& sk, tcp_ca_state now) {
  if (now == TCP_CA_Recovery && now != sk.ca_state) react_to_loss(sk);
}

void echo(tcp_sock& sk, bool marked) {
  if (marked)
    sk.ecn_flags |= TCP_ECN_DEMAND_CWR;
  else
    sk.ecn_flags &= static_cast<u16>(~TCP_ECN_DEMAND_CWR);
}

// One ack speaks for packets of one kind: when the mark changes, those before are acknowledged at once, with theirs.
void received(tcp_sock& sk, bool marked) {
  state& ca = of(sk);
  if (ca.ce_state != marked) {
    if (sk.ack.pending & ICSK_ACK_TIMER) {
      echo(sk, ca.ce_state);
      tcp_send_ack_of(sk, ca.prior_rcv_nxt);
    }
    sk.ack.pending |= ICSK_ACK_NOW;
  }
  ca.prior_rcv_nxt = sk.rcv_nxt;
  ca.ce_state = marked;
  echo(sk, marked);
}

void dctcp_cwnd_event(tcp_sock& sk, tcp_ca_event e) {
  switch (e) {
    case tcp_ca_event::ecn_is_ce: return received(sk, true);
    case tcp_ca_event::ecn_no_ce: return received(sk, false);
    case tcp_ca_event::loss: return react_to_loss(sk);
    default: return;
  }
}

size_t dctcp_get_info(const tcp_sock& sk, int& attr, tcp_cc_info& info) {
  attr = INET_DIAG_DCTCPINFO;
  info.dctcp = {};
  if (sk.ca_ops != &dctcp_reno) {
    const state& ca = of(const_cast<tcp_sock&>(sk));
    info.dctcp.dctcp_enabled = 1;
    info.dctcp.dctcp_ce_state = ca.ce_state;
    info.dctcp.dctcp_alpha = ca.alpha;
    info.dctcp.dctcp_ab_ecn = sk.mss_cache * (sk.delivered_ce - ca.old_delivered_ce);
    info.dctcp.dctcp_ab_tot = sk.mss_cache * (sk.delivered - ca.old_delivered);
  }
  return sizeof info.dctcp;
}

}  // namespace

const tcp_congestion_ops dctcp = {.name = "dctcp",
                                  .restricted = true,
                                  .needs_ecn = true,
                                  .ssthresh = dctcp_ssthresh,
                                  .cong_avoid = tcp_reno_cong_avoid,
                                  .undo_cwnd = dctcp_undo_cwnd,
                                  .init = dctcp_init,
                                  .set_state = dctcp_set_state,
                                  .cwnd_event = dctcp_cwnd_event,
                                  .in_ack_event = update_alpha,
                                  .get_info = dctcp_get_info};

const tcp_congestion_ops dctcp_reno = {.name = "dctcp-reno",
                                       .ssthresh = tcp_reno_ssthresh,
                                       .cong_avoid = tcp_reno_cong_avoid,
                                       .undo_cwnd = tcp_reno_undo_cwnd,
                                       .get_info = dctcp_get_info};

}  // namespace linnet
