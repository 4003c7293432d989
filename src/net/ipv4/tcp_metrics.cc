// How entries of the cache are found, made, aged and bounded, and what connections take from them and leave in them.
#include "net/ipv4/tcp_metrics.hh"

#include "net/core/world.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

constexpr ktime timeout = 3600 * ns_per_sec;
// As many as Linux's table holds on a machine with much memory: 16384 rows of five.
constexpr size_t most = 16384 * 5;

constexpr std::array route_metric = {RTAX_RTT, RTAX_RTTVAR, RTAX_SSTHRESH, RTAX_CWND,
                                     RTAX_REORDERING};
static_assert(route_metric.size() == tcp_metrics_kept);

tcp_metrics_table& table_of(const tcp_sock& sk) { return tcp_of(sk.ns).metrics; }

// What the route says (tcpm_suck_dst).
void take_route(tcp_metrics_block& b, const rtable& rt, ktime now) {
  const auto metric = [&](int m) { return rt.from ? rt.from->metric(m) : 0u; };
  b.stamp = now;
  b.lock = 0;
  for (size_t i = 0; i < tcp_metrics_kept; ++i) {
    b.vals[i] = metric(route_metric[i]);
    if (metric(RTAX_LOCK) >> route_metric[i] & 1) b.lock |= 1u << i;
  }
  b.vals[TCP_METRIC_RTT] *= 1000;
  b.vals[TCP_METRIC_RTTVAR] *= 1000;
}

// What nobody has added to for an hour holds no longer (tcpm_check_stamp).
void check_stamp(tcp_metrics_block& b, const rtable& rt, ktime now) {
  if (now > b.stamp + timeout) take_route(b, rt, now);
}

// tcp_get_metrics. Null when there is none and `create` is false.
tcp_metrics_block* get_metrics(const tcp_sock& sk, const rtable& rt, bool create) {
  tcp_metrics_table& t = table_of(sk);
  const tcp_metrics_table::key k = {sk.inet_daddr, sk.inet_saddr};
  const ktime now = sk.ns.w.now();
  if (tcp_metrics_block* b = t.find(k)) {
    check_stamp(*b, rt, now);
    return b;
  }
  if (!create) return nullptr;
  tcp_metrics_block& b = t.make(k);
  take_route(b, rt, now);
  return &b;
}

class learner {
 public:
  learner(tcp_metrics_block& b, tcp_sock& sk) : b_(b), sk_(sk) {}

  void round_trips() {
    const u32 rtt = b_.vals[TCP_METRIC_RTT];
    s32 m = static_cast<s32>(rtt - sk_.srtt_us);
    // A longer round trip is taken over at once, a shorter one slowly.
    set(TCP_METRIC_RTT, m <= 0 ? sk_.srtt_us : rtt - static_cast<u32>(m >> 3));
    if (m < 0) m = -m;
    const u32 dev = std::max(static_cast<u32>(m) >> 1, sk_.mdev_us),
              var = b_.vals[TCP_METRIC_RTTVAR];
    set(TCP_METRIC_RTTVAR, dev >= var ? dev : var - ((var - dev) >> 2));
  }

  void windows() {
    const u32 ssthresh = b_.vals[TCP_METRIC_SSTHRESH], cwnd = b_.vals[TCP_METRIC_CWND];
    if (sk_.snd_ssthresh >= TCP_INFINITE_SSTHRESH) {  // slow start from the beginning to the end
      if (ssthresh && sk_.snd_cwnd >> 1 > ssthresh) set_ssthresh(sk_.snd_cwnd >> 1);
      if (sk_.snd_cwnd > cwnd) set(TCP_METRIC_CWND, sk_.snd_cwnd);
    } else if (!tcp_in_slow_start(sk_) && sk_.ca_state == TCP_CA_Open) {
      set_ssthresh(std::max(sk_.snd_cwnd >> 1, sk_.snd_ssthresh));
      set(TCP_METRIC_CWND, (cwnd + sk_.snd_cwnd) >> 1);
    } else {  // on the way somewhere: the window says nothing
      set(TCP_METRIC_CWND, (cwnd + sk_.snd_ssthresh) >> 1);
      if (ssthresh && sk_.snd_ssthresh > ssthresh) set_ssthresh(sk_.snd_ssthresh);
      if (b_.vals[TCP_METRIC_REORDERING] < sk_.reordering &&
          sk_.reordering != static_cast<u32>(tcp_sysctl(sk_).reordering))
        set(TCP_METRIC_REORDERING, sk_.reordering);
    }
  }

 private:
  void set(tcp_metric_index i, u32 v) {
    if (!b_.locked(i)) b_.vals[i] = v;
  }
  void set_ssthresh(u32 v) {
    if (!tcp_sysctl(sk_).no_ssthresh_metrics_save) set(TCP_METRIC_SSTHRESH, v);
  }

  tcp_metrics_block& b_;
  tcp_sock& sk_;
};

// The first retransmission waits as long as the path is known to need, if that is longer than the handshake took.
void seed_rto(tcp_sock& sk, u32 cached_rtt) {
  if (cached_rtt > sk.srtt_us) {
    const ktime rtt = ktime{cached_rtt / 8} * 1000;
    sk.rto = rtt + std::max(2 * rtt, sk.rto_min);
  } else if (!sk.srtt_us) {  // RFC 6298 §5.7: the SYN went more than once, and nothing was measured
    sk.rttvar_us = sk.mdev_us = sk.mdev_max_us = static_cast<u32>(TCP_TIMEOUT_FALLBACK / 1000);
    sk.rto = TCP_TIMEOUT_FALLBACK;
  }
}

}  // namespace

// ---- the table

tcp_metrics_block* tcp_metrics_table::find(const key& k) {
  const auto i = by_host_.find(k);
  return i == by_host_.end() ? nullptr : &i->second;
}

tcp_metrics_block& tcp_metrics_table::make(const key& k) {
  if (by_host_.size() >= most) by_host_.erase(key(by_age_.front().ends));
  const auto [i, fresh] = by_host_.try_emplace(k);
  if (fresh) {
    i->second.ends = k;
    by_age_.push_back(i->second);
  }
  return i->second;
}

void tcp_metrics_table::touch(tcp_metrics_block& b, ktime now) {
  b.stamp = now;
  list<tcp_metrics_block>::remove(b);
  by_age_.push_back(b);
}

// ---- connections

void tcp_init_metrics(tcp_sock& sk) {
  // What the handshake's own losses did to it says little.
  sk.snd_ssthresh = TCP_INFINITE_SSTHRESH;
  tcp_metrics_block* b = sk.dst ? get_metrics(sk, *sk.dst, false) : nullptr;
  if (!b) return seed_rto(sk, 0);
  if (b->locked(TCP_METRIC_CWND)) sk.snd_cwnd_clamp = b->vals[TCP_METRIC_CWND];
  if (const u32 v = b->vals[TCP_METRIC_SSTHRESH]; v && !tcp_sysctl(sk).no_ssthresh_metrics_save)
    sk.snd_ssthresh = std::min(v, sk.snd_cwnd_clamp);
  if (const u32 v = b->vals[TCP_METRIC_REORDERING]) sk.reordering = v;
  seed_rto(sk, b->vals[TCP_METRIC_RTT]);
}

void tcp_update_metrics(tcp_sock& sk) {
  if (tcp_sysctl(sk).no_metrics_save || !sk.dst) return;
  if (sk.backoff || !sk.srtt_us) {
    // It failed to learn how long a round trip takes; then what was known is no better.
    tcp_metrics_block* b = get_metrics(sk, *sk.dst, false);
    if (b && !b->locked(TCP_METRIC_RTT)) b->vals[TCP_METRIC_RTT] = 0;
    return;
  }
  tcp_metrics_block& b = *get_metrics(sk, *sk.dst, true);
  learner l(b, sk);
  l.round_trips();
  l.windows();
  table_of(sk).touch(b, sk.ns.w.now());
}

bool tcp_peer_is_proven(const tcp_request_sock& req) {
  tcp_metrics_block* b = tcp_of(req.sk().ns).metrics.find({req.raddr, req.laddr});
  return b && b->vals[TCP_METRIC_RTT];
}

void tcp_fastopen_cache_get(tcp_sock& sk, u16& mss, tcp_fastopen_cookie& cookie) {
  const tcp_metrics_block* b = sk.dst ? get_metrics(sk, *sk.dst, false) : nullptr;
  if (!b) return;
  if (b->fastopen.mss) mss = b->fastopen.mss;
  cookie = b->fastopen.cookie;
  if (cookie.len <= 0 && b->fastopen.try_exp == 1) cookie.exp = true;
}

void tcp_fastopen_cache_set(tcp_sock& sk, u16 mss, const tcp_fastopen_cookie* cookie, bool syn_lost,
                            u8 try_exp) {
  if (!sk.dst) return;
  tcp_fastopen_metrics& f = get_metrics(sk, *sk.dst, true)->fastopen;
  if (mss) f.mss = mss;
  if (cookie && cookie->len > 0)
    f.cookie = *cookie;
  else if (try_exp > f.try_exp && f.cookie.len <= 0 && !f.cookie.exp)
    f.try_exp = try_exp;
  if (syn_lost) {
    f.syn_loss = static_cast<u16>((f.syn_loss + 1) & 0x3ff);
    f.last_syn_loss = sk.ns.w.now();
  } else {
    f.syn_loss = 0;
  }
}

}  // namespace linnet
