// Control messages of level SOL_SOCKET: those a reader gets with a message, and those that a sender gives with one.
#include <ctime>

#include <linux/errqueue.h>
#include <sys/time.h>

#include <algorithm>

#include "net/core/sock.hh"
#include "net/core/world.hh"

namespace linnet {
namespace {

template <class T>
const_bytes bytes_of(const T& v) {
  return std::as_bytes(std::span(&v, 1));
}

timespec timespec_of(ktime t) { return {t / ns_per_sec, t % ns_per_sec}; }

}  // namespace

void put_cmsg(std::vector<std::byte>& control, int level, int type, const_bytes data) {
  cmsghdr h{};
  h.cmsg_len = CMSG_LEN(data.size());
  h.cmsg_level = level;
  h.cmsg_type = type;
  const size_t at = control.size();
  control.resize(at + CMSG_SPACE(data.size()));
  std::memcpy(control.data() + at, &h, sizeof h);
  if (!data.empty()) std::memcpy(control.data() + at + CMSG_LEN(0), data.data(), data.size());
}

// __sock_recv_timestamp. The structures of the "new" options are those of the old ones where time has 64 bits.
void sock_recv_timestamp(msg_in& m, const sock& sk, const sk_buff& s) {
  sock_recv_timestamp_of(m, sk, s.tstamp);
}

void sock_recv_timestamp_of(msg_in& m, const sock& sk, ktime stamp) {
  if (sk.rcvtstamp) {
    const ktime t = stamp ? stamp : sk.ns.w.clk->real();
    if (sk.rcvtstampns) {
      put_cmsg(m.control, SOL_SOCKET, sk.timestamp_new ? SO_TIMESTAMPNS_NEW : SO_TIMESTAMPNS,
               bytes_of(timespec_of(t)));
    } else {
      const timeval tv = {t / ns_per_sec, t % ns_per_sec / ns_per_us};
      put_cmsg(m.control, SOL_SOCKET, sk.timestamp_new ? SO_TIMESTAMP_NEW : SO_TIMESTAMP,
               bytes_of(tv));
    }
  }
  if (sk.tsflags & SOF_TIMESTAMPING_SOFTWARE && stamp) {
    const scm_timestamping times = {{timespec_of(stamp), {}, {}}};
    put_cmsg(m.control, SOL_SOCKET, sk.timestamp_new ? SO_TIMESTAMPING_NEW : SO_TIMESTAMPING,
             bytes_of(times));
  }
}

void sock_recv_cmsgs(msg_in& m, sock& sk, const sk_buff& s) {
  if (sk.rcvtstamp || sk.tsflags) sock_recv_timestamp(m, sk, s);
  if (sock_wants_stamp(sk)) {
    sk.stamp = s.tstamp;
  } else if (sk.stamp < 0) {
    sk.stamp = 0;  // one came, but nobody looked at the clock
  }
  const u32 drops = const_cast<sk_buff&>(s).cb_as<sock_skb_cb>().dropcount;
  if (sk.rxq_ovfl && drops) put_cmsg(m.control, SOL_SOCKET, SO_RXQ_OVFL, bytes_of(drops));
  if (sk.rcvmark) put_cmsg(m.control, SOL_SOCKET, SO_MARK, bytes_of(s.mark));
}

result<ktime> sock_gettstamp(sock& sk) {
  sk.stamp_wanted = true;
  if (sk.stamp < 0) return err(ENOENT);
  if (sk.stamp == 0) sk.stamp = sk.ns.w.clk->real();
  return sk.stamp;
}

status sock_cmsg_send(const sock& sk, int type, const_bytes data, sockcm_cookie& c) {
  u32 v = 0;
  std::memcpy(&v, data.data(), std::min(data.size(), sizeof v));
  switch (type) {
    case SO_MARK: {
      const cred& who = sk.sk_socket->owner;
      if (!who.net_admin && !who.net_raw) return err(EPERM);
      if (data.size() != sizeof v) return err(EINVAL);
      c.mark = v;
      return {};
    }
    case SO_TIMESTAMPING:
    case SO_TIMESTAMPING_NEW: {
      // Which times are recorded can be asked for one message, not how they are told.
      constexpr u32 recorded = SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_TX_SOFTWARE |
                               SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_ACK;
      if (data.size() != sizeof v) return err(EINVAL);
      if (v & ~recorded) return err(EINVAL);
      c.tsflags = (c.tsflags & ~recorded) | v;
      return {};
    }
    case SCM_TXTIME:
      if (!sk.txtime || data.size() != sizeof c.transmit_time) return err(EINVAL);
      std::memcpy(&c.transmit_time, data.data(), sizeof c.transmit_time);
      return {};
    // Of AF_UNIX, and passed over by others.
    case SCM_RIGHTS:
    case SCM_CREDENTIALS: return {};
    default: return err(EINVAL);
  }
}

}  // namespace linnet
