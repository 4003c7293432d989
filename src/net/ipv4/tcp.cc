// TCP's socket calls but for what moves bytes. None blocks: where Linux would wait, the answer is EAGAIN (EINPROGRESS of a connect), and the
// front end asks again when the socket wakes.
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_memory.hh"
#include "net/ipv4/tcp_stream.hh"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "net/core/sysctl.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp_cong.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {
namespace {

constexpr u8 RCV_SHUTDOWN = 1, SEND_SHUTDOWN = 2;

// An orphan or a child that nobody took is freed when no function that works on it is left on the stack; a listener when no
// request is left that it has answered.
void free_work(work& w) {
  auto& sk = static_cast<tcp_sock&>(w);
  if (!sk.queue || !sk.queue->qlen) sk_free(&sk);
}

}  // namespace

tcp_sock::tcp_sock(net& n, socket& s)
    : inet_sock(n, s, AF_INET, IPPROTO_TCP), tcp_endpoint(kind::full), work(free_work) {
  uid = s.owner.uid;
  tcp_init_sock(*this);
}

tcp_sock::~tcp_sock() {
  assert(!hashed && !bound());
  tcp_write_queue_purge(*this);
  tcp_ofo_purge(*this);
  receive_queue.purge(skb_drop_reason::SOCKET_CLOSE);
  if (!ns.ipv4) return;
  tcp_mem_update(*this);
  if (!tcp_of(ns).reuseport.empty()) tcp_of(ns).reuseport.erase(this);
  --tcp_of(ns).sockets;
}

void tcp_init_sock(tcp_sock& sk) {
  tcp_table& t = tcp_of(sk.ns);
  ++t.sockets;
  t.all.push_back(sk);
  sk.rto = TCP_TIMEOUT_INIT;
  sk.mdev_us = TCP_TIMEOUT_INIT / 1000;
  sk.reordering = static_cast<u32>(t.settings.reordering);
  sk.app_limited = ~0u;  // until the first ack
  sk.sndbuf = static_cast<int>(t.settings.wmem[1]);
  sk.rcvbuf = static_cast<int>(t.settings.rmem[1]);
  tcp_assign_congestion_control(sk);
  sk.state = TCP_CLOSE;
}

void tcp_set_state(tcp_sock& sk, u8 state) {
  const u8 old = sk.state;
  u64& established = ipv4_of(sk.ns).mib.tcp[TCP_MIB_CURRESTAB];
  const bool counted = old == TCP_ESTABLISHED || old == TCP_CLOSE_WAIT;
  if (state == TCP_ESTABLISHED) {
    if (old != TCP_ESTABLISHED) ++established;
  } else if (state == TCP_CLOSE_WAIT) {
    if (old == TCP_SYN_RECV) ++established;
  } else {
    if (state == TCP_CLOSE) {
      if (counted) tcp_inc_stats(sk.ns, TCP_MIB_ESTABRESETS);
      tcp_unhash(sk);
      if (sk.bound() && !sk.bindport_lock) sk.unbind();
    }
    if (counted) --established;
  }
  sk.state = state;
}

void tcp_error(tcp_sock& sk, int error) {
  sk.sk_err = error;
  sk_error_report(sk);
}

void tcp_done(tcp_sock& sk) {
  if (sk.state == TCP_SYN_SENT || sk.state == TCP_SYN_RECV)
    tcp_inc_stats(sk.ns, TCP_MIB_ATTEMPTFAILS);
  tcp_set_state(sk, TCP_CLOSE);
  tcp_clear_xmit_timers(sk);
  reqsk_fastopen_remove(sk, false);
  sk.shutdown = RCV_SHUTDOWN | SEND_SHUTDOWN;
  if (sk.orphaned)
    tcp_destroy_sock(sk);
  else
    sk_data_ready(sk);
}

void tcp_destroy_sock(tcp_sock& sk) {
  if (sk.done) return;
  sk.done = true;
  reqsk_fastopen_remove(sk, false);
  tcp_fastopen_active_disable_ofo_check(sk);
  if (sk.orphaned) --tcp_of(sk.ns).orphans;
  tcp_unhash(sk);
  sk.unbind();
  tcp_clear_xmit_timers(sk);
  tcp_write_queue_purge(sk);
  sk.ns.c.schedule(sk);
}

namespace {

// Its own address goes, unless a call of bind(2) gave it (inet_reset_saddr).
void tcp_reset_saddr(tcp_sock& sk) {
  if (!(sk.userlocks & SOCK_BINDADDR_LOCK)) sk.inet_saddr = sk.inet_rcv_saddr = be32();
}

}  // namespace

int tcp_disconnect(tcp_sock& sk) {
  const u8 old = sk.state;
  if (old != TCP_CLOSE) tcp_set_state(sk, TCP_CLOSE);
  const bool needs_reset =
      TCPF(old) & (TCPF(TCP_ESTABLISHED) | TCPF(TCP_CLOSE_WAIT) | TCPF(TCP_FIN_WAIT1) |
                   TCPF(TCP_FIN_WAIT2) | TCPF(TCP_SYN_RECV));
  if (needs_reset || (sk.snd_nxt != sk.write_seq && (old == TCP_CLOSING || old == TCP_LAST_ACK))) {
    tcp_send_active_reset(sk);
    sk.sk_err = ECONNRESET;
  } else if (old == TCP_SYN_SENT) {
    sk.sk_err = ECONNRESET;
  }
  tcp_clear_xmit_timers(sk);
  sk.receive_queue.purge(skb_drop_reason::SOCKET_CLOSE);
  tcp_write_queue_purge(sk);
  tcp_ofo_purge(sk);
  sk.inet_dport = 0;
  tcp_reset_saddr(sk);
  sk.shutdown = 0;
  sk.srtt_us = 0;
  sk.mdev_us = TCP_TIMEOUT_INIT / 1000;
  sk.rto = TCP_TIMEOUT_INIT;
  sk.write_seq += sk.max_window + 2;
  if (!sk.write_seq) sk.write_seq = 1;
  sk.backoff = sk.probes_out = 0;
  sk.snd_cwnd = TCP_INIT_CWND;
  sk.snd_cwnd_cnt = 0;
  sk.snd_ssthresh = TCP_INFINITE_SSTHRESH;
  sk.is_cwnd_limited = false;
  tcp_set_ca_state(sk, TCP_CA_Open);
  tcp_clear_retrans(sk);
  sk.delivered = sk.delivered_ce = 0;
  sk.total_retrans = 0;
  sk.ack = {};
  sk.ack.rcv_mss = TCP_MIN_MSS;
  sk.dst = {};
  const u16 user_mss = sk.rx_opt.user_mss;
  sk.rx_opt = {};
  sk.rx_opt.user_mss = user_mss;
  sk.urg_data = 0;
  sk.bytes_acked = sk.bytes_received = sk.bytes_sent = sk.bytes_retrans = 0;
  sk.segs_in = sk.segs_out = sk.data_segs_in = sk.data_segs_out = 0;
  sk.rack = {};
  sk.defer_connect = sk.syn_fastopen = sk.syn_fastopen_exp = sk.syn_fastopen_ch = false;
  sk.syn_data = sk.syn_data_acked = false;
  sk.fastopen_client_fail = 0;
  sk.fastopen_req.reset();
  sk_error_report(sk);
  return 0;
}

// ---- connections begin and end

namespace {

status tcp_listen(socket& s, int backlog) {
  tcp_sock& sk = tcp_sk(s);
  if (!(TCPF(sk.state) & (TCPF(TCP_CLOSE) | TCPF(TCP_LISTEN)))) return err(EINVAL);
  if (sk.connecting || tcp_was_connected(sk)) return err(EINVAL);
  const s64 somaxconn = sysctl_values(sk.ns, "core/somaxconn").value_or(ctl_values{4096})[0];
  sk.max_ack_backlog =
      static_cast<u32>(std::min<u64>(static_cast<u32>(backlog), static_cast<u64>(somaxconn)));
  if (sk.state == TCP_LISTEN) return {};
  sk.ack_backlog = 0;
  sk.ack = {};
  if (!sk.queue) sk.queue = std::make_unique<request_sock_queue>();
  tcp_fastopen_listen(sk, static_cast<u32>(backlog));
  tcp_set_state(sk, TCP_LISTEN);
  if (!sk.bound()) {
    if (status got = sk.get_port(0); !got) {
      sk.state = TCP_CLOSE;
      return err(EADDRINUSE);
    }
  } else {
    // Another may listen here by now, if both said that they share addresses.
    const u16 port = sk.inet_num;
    const bool by_call = sk.bound_by_call, lock = sk.bindport_lock;
    sk.unbind();
    if (status got = sk.get_port(port); !got) {
      sk.state = TCP_CLOSE;
      return err(EADDRINUSE);
    }
    sk.bound_by_call = by_call;
    sk.bindport_lock = lock;
  }
  tcp_listen_insert(sk);
  return {};
}

result<socket_ptr> tcp_accept(socket& s, int) {
  tcp_sock& sk = tcp_sk(s);
  if (sk.state != TCP_LISTEN) return err(EINVAL);
  if (const int e = sock_error(sk)) return err(e);
  if (sk.queue->accepted.empty()) return err(EAGAIN);
  tcp_sock& child = sk.queue->accepted.front();
  list<tcp_sock, tcp_accept_tag>::remove(child);
  --sk.ack_backlog;
  child.listener = nullptr;
  net_get_user(*s.ns);
  auto made = std::make_unique<socket>(*s.ns, s.owner, SOCK_STREAM);
  made->ops = &inet_stream_ops;
  made->sk = &child;
  child.sk_socket = made.get();
  return made;
}

void migrate_child(tcp_sock& child, tcp_sock& to) {
  child.listener = &to;
  to.queue->accepted.push_back(child);
  ++to.ack_backlog;
  net_inc_stats(to.ns, LINUX_MIB_TCPMIGRATEREQSUCCESS);
  sk_data_ready(to);
}

// inet_csk_listen_stop: what waits to be taken goes to another of the group, or ends. Requests stay until something happens to
// them: nobody listens for them then, or another.
void listen_stop(tcp_sock& sk) {
  auto& q = *sk.queue;
  while (!q.accepted.empty()) {
    tcp_sock& child = q.accepted.front();
    list<tcp_sock, tcp_accept_tag>::remove(child);
    if (tcp_sock* to = tcp_reuseport_migrate(sk, child.hash))
      migrate_child(child, *to);
    else
      tcp_child_forget(child);
  }
  tcp_fastopen_listen_stop(sk);
  sk.ack_backlog = 0;
}

// Where close(2) or shutdown(2) leads from each state, and whether a FIN goes out (tcp_close_state).
bool close_state(tcp_sock& sk) {
  switch (sk.state) {
    case TCP_SYN_RECV:
    case TCP_ESTABLISHED: tcp_set_state(sk, TCP_FIN_WAIT1); return true;
    case TCP_CLOSE_WAIT: tcp_set_state(sk, TCP_LAST_ACK); return true;
    case TCP_SYN_SENT:
    case TCP_CLOSE:
    case TCP_LISTEN: tcp_set_state(sk, TCP_CLOSE); return false;
    default: return false;
  }
}

// What was sent and not read is lost, and the peer is to know it.
bool purge_unread(tcp_sock& sk) {
  bool unread = false;
  while (skb_ptr p = sk.receive_queue.dequeue()) {
    u32 len = tcp_cb(*p).end_seq - tcp_cb(*p).seq;
    if (tcp_cb(*p).flags & TCPHDR_FIN) --len;
    unread |= after(tcp_cb(*p).seq + len, sk.copied_seq);
    consume_skb(std::move(p));
  }
  return unread;
}

void orphan(tcp_sock& sk) {
  sk.orphaned = true;
  ++tcp_of(sk.ns).orphans;
}

// An orphan is only as good as its peer's promise to end it.
void settle_orphan(tcp_sock& sk) {
  if (sk.state == TCP_FIN_WAIT2) {
    if (sk.linger2 < 0) {
      tcp_set_state(sk, TCP_CLOSE);
      tcp_send_active_reset(sk);
      net_inc_stats(sk.ns, LINUX_MIB_TCPABORTONLINGER);
    } else {
      const ktime tmo = tcp_fin_time(sk);
      if (tmo > TCP_TIMEWAIT_LEN) {
        tcp_reset_keepalive_timer(sk, tmo - TCP_TIMEWAIT_LEN);
      } else {
        tcp_time_wait(sk, TCP_FIN_WAIT2, tmo);
        return;
      }
    }
  }
  tcp_check_oom_orphans(sk);
  if (sk.state == TCP_CLOSE) tcp_destroy_sock(sk);
}

void tcp_close(tcp_sock& sk) {
  tcp_mstamp_refresh(sk);
  sk.shutdown = RCV_SHUTDOWN | SEND_SHUTDOWN;
  if (sk.state == TCP_LISTEN) {
    tcp_set_state(sk, TCP_CLOSE);
    listen_stop(sk);
  } else {
    const bool unread = purge_unread(sk) || sk.unread;
    if (sk.state == TCP_CLOSE) {
      // nothing to say
    } else if (unread) {
      net_inc_stats(sk.ns, LINUX_MIB_TCPABORTONCLOSE);
      tcp_set_state(sk, TCP_CLOSE);
      tcp_send_active_reset(sk);
    } else if (sk.linger && !sk.linger_time) {
      tcp_disconnect(sk);
      net_inc_stats(sk.ns, LINUX_MIB_TCPABORTONDATA);
    } else if (close_state(sk)) {
      tcp_send_fin(sk);
    }
  }
  orphan(sk);
  settle_orphan(sk);
}

void tcp_release(socket& s) {
  tcp_sock& sk = tcp_sk(s);
  sk.mc_list.drop();
  s.sk = nullptr;
  sk.sk_socket = nullptr;  // nobody to be woken
  tcp_close(sk);
}

status tcp_shutdown(socket& s, int how) {
  tcp_sock& sk = tcp_sk(s);
  if (how < SHUT_RD || how > SHUT_RDWR) return err(EINVAL);
  ++how;
  switch (sk.state) {
    case TCP_CLOSE: return err(ENOTCONN);
    case TCP_LISTEN:
      if (how & RCV_SHUTDOWN) {
        tcp_disconnect(sk);
        listen_stop(sk);
        sk.sk_err = 0;
        sk_data_ready(sk);
      }
      return {};
    case TCP_SYN_SENT:
      if (!(how & RCV_SHUTDOWN)) return {};
      tcp_disconnect(sk);
      sk.sk_err = 0;
      return {};
    default: break;
  }
  sk.shutdown |= static_cast<u8>(how);
  tcp_mstamp_refresh(sk);
  if ((how & SEND_SHUTDOWN) &&
      (TCPF(sk.state) & (TCPF(TCP_ESTABLISHED) | TCPF(TCP_SYN_SENT) | TCPF(TCP_CLOSE_WAIT))) &&
      close_state(sk))
    tcp_send_fin(sk);
  sk_data_ready(sk);
  return {};
}

u32 tcp_poll(const socket& s) {
  const tcp_sock& sk = tcp_sk(s);
  if (sk.state == TCP_LISTEN) return sk.queue->accepted.empty() ? 0 : u32{EPOLLIN | EPOLLRDNORM};
  u32 mask = 0;
  if (sk.shutdown == (RCV_SHUTDOWN | SEND_SHUTDOWN) || sk.state == TCP_CLOSE) mask |= EPOLLHUP;
  if (sk.shutdown & RCV_SHUTDOWN) mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
  if (sk.state == TCP_SYN_SENT && sk.defer_connect) {
    mask |= EPOLLOUT | EPOLLWRNORM;  // writing is what sends the SYN
  } else if (sk.state != TCP_SYN_SENT && (sk.state != TCP_SYN_RECV || sk.fastopen_rsk)) {
    if (tcp_stream_is_readable(sk, sk.rcvlowat)) mask |= EPOLLIN | EPOLLRDNORM;
    if (sk.shutdown & SEND_SHUTDOWN) {
      mask |= EPOLLOUT | EPOLLWRNORM;
    } else if (sk.sndbuf - sk.wmem_queued >= sk.wmem_queued >> 1 && tcp_unsent_below_limit(sk, 1)) {
      mask |= EPOLLOUT | EPOLLWRNORM;
    } else {
      const_cast<tcp_sock&>(sk).nospace = true;
    }
    if (sk.urg_data & TCP_URG_VALID) mask |= EPOLLPRI;
  }
  if (sk.sk_err || !sk.error_queue.empty()) mask |= EPOLLERR;
  return mask;
}

status tcp_connect_call(socket& s, const_bytes addr, int) {
  tcp_sock& sk = tcp_sk(s);
  if (addr.size() < sizeof(sa_family_t)) return err(EINVAL);
  sockaddr_in a{};
  std::memcpy(&a, addr.data(), std::min(addr.size(), sizeof a));
  if (a.sin_family == AF_UNSPEC) {
    tcp_disconnect(sk);
    sk.sk_err = 0;
    return {};
  }
  if (sk.state == TCP_LISTEN) return err(EISCONN);
  if (sk.state == TCP_SYN_SENT && sk.defer_connect) return err(EISCONN);
  if (sk.state == TCP_SYN_SENT || (sk.state == TCP_SYN_RECV && sk.connecting)) return err(EALREADY);
  if (std::exchange(sk.connecting, false)) {
    if (sk.state != TCP_CLOSE) return {};
    sk.inet_dport = 0;
    tcp_reset_saddr(sk);
    const int e = sock_error(sk);
    return err(e ? e : ECONNABORTED);
  }
  if (sk.state != TCP_CLOSE || tcp_was_connected(sk)) return err(EISCONN);
  if (const int e = sock_error(sk)) return err(e);
  if (addr.size() < sizeof a) return err(EINVAL);
  if (a.sin_family != AF_INET) return err(EAFNOSUPPORT);
  if (status c = tcp_v4_connect(sk, be32::from_raw(a.sin_addr.s_addr), ntohs(a.sin_port)); !c)
    return c;
  sk.connecting = true;
  return sk.defer_connect ? status() : status(err(EINPROGRESS));
}

result<u32> tcp_getname(socket& s, sockaddr_storage& out, bool peer) {
  const tcp_sock& sk = tcp_sk(s);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  if (peer) {
    if (!sk.inet_dport || (TCPF(sk.state) & (TCPF(TCP_CLOSE) | TCPF(TCP_SYN_SENT))))
      return err(ENOTCONN);
    a.sin_port = htons(sk.inet_dport);
    a.sin_addr.s_addr = sk.inet_daddr.raw();
  } else {
    a.sin_port = htons(sk.inet_num ? sk.inet_num : sk.inet_sport);
    a.sin_addr.s_addr = (sk.inet_rcv_saddr ? sk.inet_rcv_saddr : sk.inet_saddr).raw();
  }
  std::memcpy(&out, &a, sizeof a);
  return static_cast<u32>(sizeof a);
}

result<size_t> tcp_sendmsg_call(socket& s, const msg_out& m, int flags) {
  return tcp_sk(s).sendmsg(m, flags);
}

}  // namespace

// tcp_epollin_ready: as much as the reader wants to wait for, or as much as there will be before he reads.
bool tcp_stream_is_readable(const tcp_sock& sk, int target) {
  const s64 avail = static_cast<s32>(sk.rcv_nxt - sk.copied_seq);
  if (avail <= 0) return false;
  if (sk.urg_data && sk.urg_seq == sk.copied_seq && !sk.oobinline) ++target;
  return avail >= target || tcp_under_memory_pressure(sk) ||
         sk.rmem_alloc > sk.rcvbuf - (sk.rcvbuf >> 3) || tcp_receive_window(sk) <= sk.ack.rcv_mss;
}

void tcp_child_forget(tcp_sock& child) {
  child.listener = nullptr;
  tcp_mstamp_refresh(child);
  tcp_disconnect(child);
  child.orphaned = true;
  ++tcp_of(child.ns).orphans;
  tcp_destroy_sock(child);
}

// tcp_abort: ends a connection or a listener at once, for `error`, and tells the peer.
status tcp_sock::diag_destroy(int error) {
  if (done) return {};
  tcp_mstamp_refresh(*this);
  if (state == TCP_LISTEN) {
    tcp_set_state(*this, TCP_CLOSE);
    listen_stop(*this);
  }
  if (!orphaned) tcp_error(*this, error);
  constexpr u32 spoken_to = TCPF(TCP_ESTABLISHED) | TCPF(TCP_CLOSE_WAIT) | TCPF(TCP_FIN_WAIT1) |
                            TCPF(TCP_FIN_WAIT2) | TCPF(TCP_SYN_RECV);
  if (TCPF(state) & spoken_to) tcp_send_active_reset(*this);
  tcp_done(*this);
  if (!done) tcp_write_queue_purge(*this);
  return {};
}

void tcp_check_oom_orphans(tcp_sock& sk) {
  if (sk.state == TCP_CLOSE || !tcp_check_oom(sk, 0)) return;
  tcp_set_state(sk, TCP_CLOSE);
  tcp_send_active_reset(sk);
  net_inc_stats(sk.ns, LINUX_MIB_TCPABORTONMEMORY);
}

// The buffer must take what the reader waits for (tcp_set_rcvlowat).
void tcp_sock::set_rcvlowat(int v) {
  const s64 cap = userlocks & SOCK_RCVBUF_LOCK ? rcvbuf : tcp_sysctl(*this).rmem[2];
  rcvlowat = static_cast<int>(std::min<s64>(v, cap >> 1));
  if (!rcvlowat) rcvlowat = 1;
  sk_data_ready(*this);
  if (userlocks & SOCK_RCVBUF_LOCK) return;
  if (const s64 wanted = std::min<s64>(v, cap >> 1) << 1; wanted > rcvbuf) {
    rcvbuf = static_cast<int>(wanted);
    window_clamp = static_cast<u32>(tcp_win_from_space(*this, rcvbuf));
  }
}

result<int> tcp_sock::ioctl(unsigned cmd, bytes arg) {
  int answer;
  switch (cmd) {
    case SIOCINQ:
      if (state == TCP_LISTEN) return err(EINVAL);
      if (tcp_syn_state(state)) {
        answer = 0;
      } else {
        answer = static_cast<int>(tcp_unread(*this));
        constexpr unsigned ended = 1u << TCP_CLOSE_WAIT | 1u << TCP_LAST_ACK | 1u << TCP_CLOSING |
                                   1u << TCP_TIME_WAIT | 1u << TCP_CLOSE;
        if (answer && (ended >> state & 1)) --answer;  // the end is no byte to be read
      }
      break;
    case SIOCATMARK: answer = urg_data && urg_seq == copied_seq; break;
    case SIOCOUTQ:
      if (state == TCP_LISTEN) return err(EINVAL);
      answer = tcp_syn_state(state) ? 0 : static_cast<int>(write_seq - snd_una);
      break;
    case SIOCOUTQNSD:
      if (state == TCP_LISTEN) return err(EINVAL);
      answer = tcp_syn_state(state) ? 0 : static_cast<int>(write_seq - snd_nxt);
      break;
    default: return err(ENOIOCTLCMD);
  }
  if (arg.size() < sizeof answer) return err(EFAULT);
  std::memcpy(arg.data(), &answer, sizeof answer);
  return 0;
}

sock* tcp_alloc(net& n, socket& s) { return new tcp_sock(n, s); }

const proto_ops inet_stream_ops = {.family = AF_INET,
                                   .release = tcp_release,
                                   .bind = inet_bind,
                                   .connect = tcp_connect_call,
                                   .accept = tcp_accept,
                                   .getname = tcp_getname,
                                   .poll = tcp_poll,
                                   .ioctl = inet_ioctl,
                                   .listen = tcp_listen,
                                   .shutdown = tcp_shutdown,
                                   .setsockopt = inet_setsockopt,
                                   .getsockopt = inet_getsockopt,
                                   .sendmsg = tcp_sendmsg_call,
                                   .recvmsg = tcp_recvmsg,
                                   .getsockopt_level = inet_getsockopt_level,
                                   .send_unit = tcp_send_unit,
                                   .send_skb = tcp_send_skb,
                                   .recv_skb = tcp_recv_skb};

}  // namespace linnet
