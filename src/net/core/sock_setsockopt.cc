// Setting the options of SOL_SOCKET (sock_setsockopt). All but a few take an int, or more than one, whose first is looked
// at before anything else.
#include <linux/if.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <sys/time.h>

#include <algorithm>

#include "net/core/filter.hh"
#include "net/core/net_device.hh"
#include "net/core/sock.hh"
#include "net/core/sysctl.hh"
#include "net/core/world.hh"

namespace linnet {

result<int> sockopt_int(const sockopt_value& value) { return value.load<int>(); }

namespace {

constexpr u32 known_tsflags = (SOF_TIMESTAMPING_LAST << 1) - 1;
constexpr ktime jiffy = ns_per_ms;  // timeouts are counted in whole ones

// struct timeval to ktime: zero means for ever (sock_set_timeout). EDOM, EINVAL.
status set_timeout(ktime& timeout, const sockopt_value& value) {
  const auto tv = value.load<timeval>();
  if (!tv) return std::unexpected(tv.error());
  if (tv->tv_usec < 0 || tv->tv_usec >= 1'000'000) return err(EDOM);
  if (tv->tv_sec < 0) {
    timeout = 0;
  } else if ((tv->tv_sec == 0 && tv->tv_usec == 0) || tv->tv_sec >= ktime_max / ns_per_sec - 1) {
    timeout = ktime_max;
  } else {
    const ktime t = tv->tv_sec * ns_per_sec + tv->tv_usec * ns_per_us;
    timeout = (t + jiffy - 1) / jiffy * jiffy;
  }
  return {};
}

status bind_to_device(socket& s, const sockopt_value& value) {
  sock& sk = *s.sk;
  char name[IFNAMSIZ] = {};
  const size_t n = std::min(value.size(), sizeof name - 1);
  if (!value.has(n)) return err(EFAULT);
  std::memcpy(name, value.data(), n);
  int index = 0;
  if (name[0]) {
    const net_device* dev = dev_get_by_name(sk.ns, name);
    if (!dev) return err(ENODEV);
    index = dev->ifindex;
  }
  return sock_bindtoindex(s, index);
}

s64 limit(const sock& sk, const char* path) {
  return sysctl_values(*sk.ns.w.init_net, path).value_or(ctl_values{sk_mem_default})[0];
}

// SO_SNDBUF and SO_RCVBUF: doubled for overhead; limited by *mem_max unless forced.
int buffer_size(int v, int least, s64 most) {
  if (static_cast<u32>(v) > static_cast<u64>(most)) v = static_cast<int>(most);
  v = std::clamp(v, 0, INT32_MAX / 2);
  return std::max(v * 2, least);
}

// sock_set_timestamp: one of SO_TIMESTAMP, SO_TIMESTAMPNS and their new forms at a time.
void set_timestamp(sock& sk, int name, bool on) {
  if (!on) {
    sk.rcvtstamp = sk.rcvtstampns = false;
    return;
  }
  sk.rcvtstamp = true;
  sk.timestamp_new = name == SO_TIMESTAMP_NEW || name == SO_TIMESTAMPNS_NEW;
  sk.rcvtstampns = name == SO_TIMESTAMPNS || name == SO_TIMESTAMPNS_NEW;
  sk.stamp_wanted = true;
}

// sock_set_timestamping.
status set_timestamping(sock& sk, int name, int flags, const sockopt_value& value) {
  so_timestamping t{.flags = flags, .bind_phc = 0};
  if (value.size() == sizeof t) {
    const auto whole = value.load<so_timestamping>();
    if (!whole) return std::unexpected(whole.error());
    t = *whole;
  }
  const u32 val = static_cast<u32>(t.flags);
  if (val & ~known_tsflags) return err(EINVAL);
  if (val & SOF_TIMESTAMPING_OPT_STATS && !(val & SOF_TIMESTAMPING_OPT_TSONLY)) return err(EINVAL);
  if (val & SOF_TIMESTAMPING_BIND_PHC) {
    // None of the devices has a clock of its own.
    const bool bound = sk.bound_dev_if && dev_get_by_index(sk.ns, sk.bound_dev_if);
    return err(bound ? EINVAL : EOPNOTSUPP);
  }
  if (val & SOF_TIMESTAMPING_OPT_ID && !(sk.tsflags & SOF_TIMESTAMPING_OPT_ID)) sk.tskey = 0;
  sk.tsflags = val;
  sk.timestamp_new = name == SO_TIMESTAMPING_NEW;
  return {};
}

status set_txtime(socket& s, const sockopt_value& value) {
  if (value.size() != sizeof(sock_txtime)) return err(EINVAL);
  const auto t = value.load<sock_txtime>();
  if (!t) return std::unexpected(t.error());
  if (t->flags & ~u32{SOF_TXTIME_FLAGS_MASK}) return err(EINVAL);
  if (t->clockid != CLOCK_MONOTONIC && !s.owner.net_admin) return err(EPERM);
  s.sk->txtime = true;
  s.sk->txtime_of = *t;
  return {};
}

status set_pacing_rate(sock& sk, int v, const sockopt_value& value) {
  u64 rate = v == -1 ? ~u64{0} : static_cast<u32>(v);
  if (value.size() >= sizeof rate) {
    const auto whole = value.load<u64>();
    if (!whole) return std::unexpected(whole.error());
    rate = *whole;
  }
  sk.max_pacing_rate = rate;
  return {};
}

status set_zerocopy(sock& sk, int v) {
  const bool udp = sk.type == SOCK_DGRAM && sk.protocol == IPPROTO_UDP;
  if (sk.family != AF_INET || (sk.type != SOCK_STREAM && !udp)) return err(EOPNOTSUPP);
  if (v < 0 || v > 1) return err(EINVAL);
  sk.zerocopy = v;
  return {};
}

// eBPF programs: the caller's descriptor is none of those (the front end knows whether it is one at all).
status attach_bpf(const sock& sk, const sockopt_value& value) {
  if (value.size() != sizeof(u32)) return err(EINVAL);
  return err(sk.filter_locked ? EPERM : EINVAL);
}

// Flags that are kept for who asks for them, or that mean something elsewhere.
bool sock::* flag_of(int name) {
  switch (name) {
    case SO_DEBUG: return &sock::debug;
    case SO_REUSEADDR: return &sock::reuseaddr;
    case SO_REUSEPORT: return &sock::reuseport;
    case SO_DONTROUTE: return &sock::dontroute;
    case SO_BROADCAST: return &sock::broadcast;
    case SO_KEEPALIVE: return &sock::keepalive;
    case SO_OOBINLINE: return &sock::oobinline;
    case SO_NO_CHECK: return &sock::no_check;
    case SO_PASSCRED: return &sock::passcred;
    case SO_PASSSEC: return &sock::passsec;
    case SO_RXQ_OVFL: return &sock::rxq_ovfl;
    case SO_WIFI_STATUS: return &sock::wifi_status;
    case SO_NOFCS: return &sock::nofcs;
    case SO_SELECT_ERR_QUEUE: return &sock::select_err_queue;
    case SO_PREFER_BUSY_POLL: return &sock::prefer_busy_poll;
    case SO_RCVMARK: return &sock::rcvmark;
    default: return nullptr;
  }
}

status set_buffer(socket& s, int name, int v) {
  sock& sk = *s.sk;
  const bool force = name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE;
  const bool send = name == SO_SNDBUF || name == SO_SNDBUFFORCE;
  if (force && !s.owner.net_admin) return err(EPERM);
  if (force && v < 0) v = 0;
  const s64 most = force ? INT32_MAX : limit(sk, send ? "core/wmem_max" : "core/rmem_max");
  sk.userlocks |= send ? 1 : 2;
  if (send) {
    sk.sndbuf = buffer_size(v, sk_min_sndbuf, most);
    sk_write_space(sk);
  } else {
    sk.rcvbuf = buffer_size(v, sk_min_rcvbuf, most);
  }
  return {};
}

}  // namespace

status sock_bindtoindex(socket& s, int index) {
  sock& sk = *s.sk;
  if (sk.bound_dev_if && !s.owner.net_raw) return err(EPERM);
  if (index < 0) return err(EINVAL);
  sk.bound_dev_if = index;
  sk.rehash();
  return {};
}

status sk_setsockopt(socket& s, int name, const sockopt_value& value) {
  sock& sk = *s.sk;
  if (name == SO_BINDTODEVICE) return bind_to_device(s, value);
  if (name == SO_ATTACH_FILTER || name == SO_ATTACH_REUSEPORT_CBPF) {
    if (!value.has(value.size())) return err(EFAULT);
    if (name == SO_ATTACH_FILTER) return sk_attach_filter(sk, value);
    return sk.attach_reuseport(&value);
  }
  const auto iv = sockopt_int(value);
  if (!iv) return std::unexpected(iv.error());
  const int v = *iv;
  if (bool sock::* flag = flag_of(name)) {
    if (name == SO_REUSEPORT && v && sk.family != AF_INET) return err(EOPNOTSUPP);
    if (name == SO_DEBUG && v && !s.owner.net_admin) return err(EACCES);
    if (name == SO_KEEPALIVE) sk.set_keepalive(v);
    sk.*flag = v != 0;
    return {};
  }
  switch (name) {
    case SO_SNDBUF:
    case SO_RCVBUF:
    case SO_SNDBUFFORCE:
    case SO_RCVBUFFORCE: return set_buffer(s, name, v);
    case SO_BSDCOMPAT:
    case SO_CNX_ADVICE: return {};
    case SO_PRIORITY:
      if ((v < 0 || v > 6) && !s.owner.net_admin && !s.owner.net_raw) return err(EPERM);
      sk.priority = static_cast<u32>(v);
      return {};
    case SO_LINGER: {
      const auto l = value.load<linger>();
      if (!l) return std::unexpected(l.error());
      sk.linger = l->l_onoff;
      sk.linger_time = l->l_linger;
      return {};
    }
    case SO_TIMESTAMP:
    case SO_TIMESTAMP_NEW:
    case SO_TIMESTAMPNS:
    case SO_TIMESTAMPNS_NEW: set_timestamp(sk, name, v); return {};
    case SO_TIMESTAMPING:
    case SO_TIMESTAMPING_NEW: return set_timestamping(sk, name, v, value);
    case SO_RCVLOWAT: sk.set_rcvlowat(v < 0 ? INT32_MAX : v); return {};
    case SO_RCVTIMEO:
    case SO_RCVTIMEO_NEW: return set_timeout(sk.rcvtimeo, value);
    case SO_SNDTIMEO:
    case SO_SNDTIMEO_NEW: return set_timeout(sk.sndtimeo, value);
    case SO_MARK:
      if (!s.owner.net_admin && !s.owner.net_raw) return err(EPERM);
      sk.mark = static_cast<u32>(v);
      return {};
    case SO_DETACH_FILTER: return sk_detach_filter(sk);
    case SO_ATTACH_BPF:
    case SO_ATTACH_REUSEPORT_EBPF: return attach_bpf(sk, value);
    case SO_DETACH_REUSEPORT_BPF: return sk.attach_reuseport(nullptr);
    case SO_LOCK_FILTER:
      if (sk.filter_locked && !v) return err(EPERM);
      sk.filter_locked = v;
      return {};
    case SO_PEEK_OFF:
      if (!sk.can_peek_off) return err(EOPNOTSUPP);
      sk.peek_off = v;
      return {};
    case SO_BINDTOIFINDEX: return sock_bindtoindex(s, v);
    case SO_INCOMING_CPU: sk.incoming_cpu = v; return {};
    case SO_BUSY_POLL:
      if (v < 0) return err(EINVAL);
      sk.busy_poll = v;
      return {};
    case SO_BUSY_POLL_BUDGET: return v < 0 || v > 0xffff ? status(err(EINVAL)) : status();
    case SO_MAX_PACING_RATE: return set_pacing_rate(sk, v, value);
    case SO_ZEROCOPY: return set_zerocopy(sk, v);
    case SO_TXTIME: return set_txtime(s, value);
    case SO_BUF_LOCK:
      if (v & ~SOCK_BUF_LOCK_MASK) return err(EINVAL);
      sk.userlocks = (sk.userlocks & ~u32{SOCK_BUF_LOCK_MASK}) | static_cast<u32>(v);
      return {};
    case SO_RESERVE_MEM: return err(v < 0 ? EINVAL : EOPNOTSUPP);
    case SO_TXREHASH:
      if (v < -1 || v > 1) return err(EINVAL);
      sk.txrehash = v != 0;  // -1: the setting core/txrehash, which says 1
      return {};
    default: return err(ENOPROTOOPT);
  }
}

}  // namespace linnet
