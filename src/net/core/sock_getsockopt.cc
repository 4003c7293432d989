// Reading the options of SOL_SOCKET (sock_getsockopt): as many bytes as there is room for.
#include <linux/if.h>
#include <linux/sock_diag.h>
#include <sys/time.h>

#include <algorithm>
#include <optional>

#include "net/core/net_device.hh"
#include "net/core/optmem.hh"
#include "net/core/sock.hh"
#include "net/core/world.hh"

namespace linnet {

result<u32> sockopt_put(bytes out, const void* p, size_t len) {
  const size_t n = std::min(out.size(), len);
  if (n) std::memcpy(out.data(), p, n);
  return static_cast<u32>(n);
}

namespace {

timeval timeval_of(ktime t) {
  if (t == ktime_max) return {0, 0};
  return {t / ns_per_sec, t % ns_per_sec / ns_per_us};
}

result<u32> put_memory(const sock& sk, bytes out) {
  std::array<u32, SK_MEMINFO_VARS> mem{};
  mem[SK_MEMINFO_RMEM_ALLOC] = static_cast<u32>(sk.rmem_alloc);
  mem[SK_MEMINFO_RCVBUF] = static_cast<u32>(sk.rcvbuf);
  mem[SK_MEMINFO_WMEM_ALLOC] = static_cast<u32>(sk.wmem_alloc);
  mem[SK_MEMINFO_SNDBUF] = static_cast<u32>(sk.sndbuf);
  mem[SK_MEMINFO_FWD_ALLOC] = static_cast<u32>(sk.forward_alloc());
  mem[SK_MEMINFO_OPTMEM] = sk_filter_omem(sk);
  mem[SK_MEMINFO_WMEM_QUEUED] = static_cast<u32>(sk.queued_wmem());
  mem[SK_MEMINFO_DROPS] = sk.drops;
  return sockopt_put(out, mem.data(), sizeof mem);
}

// Who made the other end: sockets of the network have none.
result<u32> put_peer(bytes out) {
  constexpr u32 nobody = ~u32{0};
  const std::array<u32, 3> ucred = {0, nobody, nobody};
  return sockopt_put(out, ucred.data(), sizeof ucred);
}

result<u32> put_peer_name(socket& s, bytes out) {
  sockaddr_storage name{};
  const auto length = s.ops->getname(s, name, true);
  if (!length) return err(ENOTCONN);
  if (out.size() > *length) return err(EINVAL);
  return sockopt_put(out, &name, out.size());
}

// sk_get_filter: room and answer are in instructions.
result<u32> put_filter(const sock& sk, bytes out) {
  const size_t n = sk.filter ? sk.filter->size() : 0;
  if (out.empty()) return static_cast<u32>(n);
  if (out.size() < n * sizeof(sock_filter)) return err(EINVAL);
  if (n) std::memcpy(out.data(), sk.filter->data(), n * sizeof(sock_filter));
  return static_cast<u32>(n);
}

result<u32> put_device(const sock& sk, bytes out) {
  const net_device* dev = dev_get_by_index(sk.ns, sk.bound_dev_if);
  if (!sk.bound_dev_if) return u32{0};
  if (out.size() < IFNAMSIZ) return err(EINVAL);
  if (!dev) return err(ENODEV);
  return sockopt_put(out, dev->name.c_str(), dev->name.size() + 1);
}

result<u32> put_cookie(u64& cookie, sock& sk, bytes out) {
  if (out.size() < sizeof cookie) return err(EINVAL);
  if (!cookie) cookie = ++sk.ns.w.last_cookie;
  return sockopt_put(out, &cookie, sizeof cookie);
}

result<u32> put_timestamping(const sock& sk, int name, bytes out) {
  so_timestamping t{};
  if (name == SO_TIMESTAMPING || sk.timestamp_new)
    t = {.flags = static_cast<int>(sk.tsflags), .bind_phc = sk.bind_phc};
  return sockopt_put(out, &t, sizeof t);
}

// The options that are one int; null for others.
std::optional<int> int_of(sock& sk, int name) {
  switch (name) {
    case SO_DEBUG: return sk.debug;
    case SO_DONTROUTE: return sk.dontroute;
    case SO_BROADCAST: return sk.broadcast;
    case SO_SNDBUF: return sk.sndbuf;
    case SO_RCVBUF: return sk.rcvbuf;
    case SO_REUSEADDR: return sk.reuseaddr;
    case SO_REUSEPORT: return sk.reuseport;
    case SO_KEEPALIVE: return sk.keepalive;
    case SO_TYPE: return sk.type;
    case SO_PROTOCOL: return sk.protocol;
    case SO_DOMAIN: return sk.family;
    case SO_OOBINLINE: return sk.oobinline;
    case SO_NO_CHECK: return sk.no_check;
    case SO_PRIORITY: return static_cast<int>(sk.priority);
    case SO_BSDCOMPAT: return 0;
    case SO_TIMESTAMP: return sk.rcvtstamp && !sk.timestamp_new && !sk.rcvtstampns;
    case SO_TIMESTAMPNS: return sk.rcvtstampns && !sk.timestamp_new;
    case SO_TIMESTAMP_NEW: return sk.rcvtstamp && sk.timestamp_new && !sk.rcvtstampns;
    case SO_TIMESTAMPNS_NEW: return sk.rcvtstampns && sk.timestamp_new;
    case SO_RCVLOWAT: return sk.rcvlowat;
    case SO_SNDLOWAT: return 1;
    case SO_PASSCRED: return sk.passcred;
    case SO_PASSSEC: return sk.passsec;
    case SO_ACCEPTCONN: return sk.state == 10;  // TCP_LISTEN
    case SO_MARK: return static_cast<int>(sk.mark);
    case SO_RCVMARK: return sk.rcvmark;
    case SO_RXQ_OVFL: return sk.rxq_ovfl;
    case SO_WIFI_STATUS: return sk.wifi_status;
    case SO_NOFCS: return sk.nofcs;
    case SO_LOCK_FILTER: return sk.filter_locked;
    case SO_BPF_EXTENSIONS: return SKF_AD_MAX;
    case SO_SELECT_ERR_QUEUE: return sk.select_err_queue;
    case SO_BUSY_POLL: return sk.busy_poll;
    case SO_PREFER_BUSY_POLL: return sk.prefer_busy_poll;
    case SO_INCOMING_CPU: return sk.incoming_cpu;
    case SO_INCOMING_NAPI_ID: return 0;  // devices have none of an id to be told
    case SO_BINDTOIFINDEX: return sk.bound_dev_if;
    case SO_ZEROCOPY: return sk.zerocopy;
    case SO_BUF_LOCK: return static_cast<int>(sk.userlocks & SOCK_BUF_LOCK_MASK);
    case SO_RESERVE_MEM: return 0;
    case SO_TXREHASH: return sk.txrehash;
    default: return {};
  }
}

}  // namespace

result<u32> sk_getsockopt(socket& s, int name, bytes out) {
  sock& sk = *s.sk;
  if (const auto v = int_of(sk, name)) return sockopt_put_int(out, *v);
  switch (name) {
    case SO_ERROR: {
      int e = sock_error(sk);
      if (!e) e = std::exchange(sk.sk_err_soft, 0);
      return sockopt_put_int(out, e);
    }
    case SO_LINGER: {
      const linger l = {sk.linger, sk.linger_time};
      return sockopt_put(out, &l, sizeof l);
    }
    case SO_TIMESTAMPING:
    case SO_TIMESTAMPING_NEW: return put_timestamping(sk, name, out);
    case SO_RCVTIMEO:
    case SO_RCVTIMEO_NEW:
    case SO_SNDTIMEO:
    case SO_SNDTIMEO_NEW: {
      const bool receive = name == SO_RCVTIMEO || name == SO_RCVTIMEO_NEW;
      const timeval tv = timeval_of(receive ? sk.rcvtimeo : sk.sndtimeo);
      return sockopt_put(out, &tv, sizeof tv);
    }
    case SO_PEERCRED: return put_peer(out);
    case SO_PEERGROUPS: return err(ENODATA);
    case SO_PEERNAME: return put_peer_name(s, out);
    case SO_GET_FILTER: return put_filter(sk, out);
    case SO_PEEK_OFF:
      if (!sk.can_peek_off) return err(EOPNOTSUPP);
      return sockopt_put_int(out, sk.peek_off);
    case SO_BINDTODEVICE: return put_device(sk, out);
    case SO_MAX_PACING_RATE:
      return sockopt_put(out, &sk.max_pacing_rate, sizeof sk.max_pacing_rate);
    case SO_MEMINFO: return put_memory(sk, out);
    case SO_TXTIME: return sockopt_put(out, &sk.txtime_of, sizeof sk.txtime_of);
    case SO_COOKIE: return put_cookie(sk.cookie, sk, out);
    case SO_NETNS_COOKIE:
      if (out.size() != sizeof sk.ns.cookie) return err(EINVAL);
      return put_cookie(sk.ns.cookie, sk, out);
    default: return err(ENOPROTOOPT);
  }
}

}  // namespace linnet
